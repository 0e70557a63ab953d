#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/connector.h"
#include "connectors/wecom/client.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom {

// The userids whose check-ins are read when a mapping names no file. Called at each open(); the
// list is sorted and made unique here, so that a reading can be continued.
using UserList = std::function<std::vector<std::string>()>;

// What one punch is, in the order of the columns; all text, checkin_time in Unix seconds.
std::vector<base::DescribedColumn> checkin_columns();

// Attendance from WeCom check-in (kind "wecom_checkin", getcheckindata): chunks of at most 100
// people and 30 days, at most 600 calls a minute. The mapping's `source:` map knows
//   type:   attendance (default), outdoor or all
//   users:  a file with one userid a line, # for comments; absent: the list of the constructor
//   from:   first day (YYYY-MM-DD) of a reading without a lower bound; default 90 days back
// and needs a watermark column checkin_time (its window counts in whole seconds).
class CheckinConnector final : public connectors::Connector {
  public:
    // The references must outlive it and its sources. `name` is the source's in the configuration.
    CheckinConnector(std::string name, Client& client, UserList users, base::Clock& clock)
        : name_(std::move(name)), client_(client), users_(std::move(users)), clock_(clock) {}

    std::string_view kind() const override { return "wecom_checkin"; }
    void check() override;
    base::Timestamp now() override { return clock_.now(); }
    base::Faults validate(const base::YamlNode& dataset) const override;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

  private:
    std::string name_;
    Client& client_;
    UserList users_;
    base::Clock& clock_;
};

}  // namespace hrbridge::wecom
