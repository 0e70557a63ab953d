#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/app/demo/attendance_source.h"
#include "daemon/app/demo/company.h"
#include "daemon/app/demo/sources.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

namespace hrbridge::app::demo {

// The demo's outside world and its configuration in one folder: databases, files, servers on
// loopback, hrbridge.yaml with the shipped mappings and rules, secrets in files of mode 0600.
class Site {
  public:
    Site(const Company& company, std::string folder, int port, base::Clock& clock, base::Log& log);

    const std::string& config_file() const { return config_file_; }
    const PlantedFaults& planted() const { return planted_; }
    wecom::sandbox::Sandbox& sandbox() { return sandbox_; }
    const std::string& sandbox_url() const { return sandbox_url_; }

  private:
    std::string file(const std::string& name) const;
    void write(const std::string& name, std::string_view content, bool secret = false) const;
    void write_shipped_files() const;
    void write_terminal_file(const Company& company) const;
    void write_configuration(int port) const;

    std::string folder_;
    base::Secret attendance_token_;
    base::Secret wecom_secret_;
    base::Secret callback_token_;
    base::Secret callback_key_;
    PlantedFaults planted_;
    AttendanceSource attendance_;
    wecom::sandbox::Sandbox sandbox_;
    std::string sandbox_url_;
    std::string config_file_;
};

}  // namespace hrbridge::app::demo
