#pragma once

#include <string>

#include "daemon/app/demo/attendance_source.h"
#include "daemon/app/demo/company.h"
#include "daemon/base/secret.h"
#include "tests/e2e/support/erp_server.h"
#include "tests/e2e/support/mes_server.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::e2e {

// All systems that hrbridge reads, for the demo's company with its newest months: ERP, MES, an
// attendance system with an HTTP interface and the folder of a terminal.
class Outside {
  public:
    Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

    const app::demo::Company& company() const { return company_; }
    // Rows that the first sync must refuse or hold.
    const app::demo::PlantedFaults& planted() const { return planted_; }
    ErpServer& erp() { return erp_; }
    MesServer& mes() { return mes_; }
    // A file in the terminal's folder with two punches, in GBK.
    void export_punches(const std::string& name, const std::string& employee);

    // The `sources:` of hrbridge.yaml; the secrets are files in `folder`.
    std::string sources_yaml() const;
    void write_secrets(const test::TempDir& folder) const;

    static constexpr int kMonths = 3;

  private:
    app::demo::Company company_;
    app::demo::PlantedFaults planted_;
    ErpServer erp_;
    MesServer mes_;
    base::Secret attendance_token_;
    test::MemoryLog log_;
    app::demo::AttendanceSource attendance_;
    test::TempDir terminal_;
};

}  // namespace hrbridge::e2e
