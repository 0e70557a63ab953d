#pragma once

#include <string>

#include "daemon/app/demo/company.h"
#include "daemon/app/demo/sources.h"
#include "tests/e2e/support/source_table.h"

namespace hrbridge::e2e {

// The demo company's ERP on a MariaDB server, as old ERPs keep it: GBK bytes, departments in gbk
// columns and people in columns that were declared latin1. Beside the demo's planted faults it has
// what only a real server can hold: dates of zeros, and a person twice under one number.
class ErpServer {
  public:
    // Adds what the store must refuse or hold to `planted`.
    ErpServer(const app::demo::Company& company, app::demo::PlantedFaults& planted);
    ErpServer(const ErpServer&) = delete;
    ErpServer& operator=(const ErpServer&) = delete;
    ~ErpServer();

    const std::string& database() const { return database_; }
    // Runs SQL in the database. {now} stands for some minutes ago in the ERP's zone: a row changed
    // then is read by the next sync and, because of the overlap, by the one after it.
    void execute(std::string sql);
    // SQL for the bytes of a text in GBK, whatever charset the column was declared with.
    static std::string gbk(const std::string& text);

    // A person that the ERP has under his number and, with a blank before it and changed later,
    // once more; the later name.
    static constexpr const char* kTwice = "E000020";
    static constexpr const char* kLaterName = "李重复";
    // A good person whose dates of leaving and of the probation's end are zeros.
    static constexpr const char* kZeroDates = "E000021";

  private:
    void copy(const std::string& path);
    void add_what_only_a_server_holds(app::demo::PlantedFaults& planted);

    std::string database_;
};

}  // namespace hrbridge::e2e
