#pragma once

#include <string>

#include "daemon/app/demo/company.h"
#include "daemon/app/demo/sources.h"

namespace hrbridge::e2e {

// The demo company's MES on a PostgreSQL server, in UTF-8, with the demo's planted faults.
class MesServer {
  public:
    MesServer(const app::demo::Company& company, app::demo::PlantedFaults& planted);
    MesServer(const MesServer&) = delete;
    MesServer& operator=(const MesServer&) = delete;
    ~MesServer();

    const std::string& database() const { return database_; }
    // Runs SQL in the database. {now} stands for some minutes ago in the MES's zone, see ErpServer.
    void execute(std::string sql);

  private:
    void copy(const std::string& path, const std::string& table);

    std::string database_;
};

}  // namespace hrbridge::e2e
