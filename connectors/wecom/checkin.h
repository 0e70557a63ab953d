#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/connector.h"
#include "connectors/wecom/checkin_plan.h"
#include "connectors/wecom/client.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom {

// The userids of all who may have checked in since `from`, when a mapping names no file. Called at
// each open().
using UserList = std::function<std::vector<std::string>(base::Timestamp from)>;

// Fields of one punch, in the order of the columns; all text, checkin_time in Unix seconds.
const std::vector<base::DescribedColumn>& checkin_columns();

// Keeps getcheckindata under 600 calls a minute. Thread-safe.
class CallPacer {
  public:
    explicit CallPacer(base::Clock& clock) : clock_(clock) {}
    // Waits for the next call's turn. Throws base::Stopped.
    void wait(const std::stop_token& stop);
    base::Clock& clock() const { return clock_; }

  private:
    base::Clock& clock_;
    std::mutex mutex_;
    std::chrono::nanoseconds next_{0};
};

// Attendance from WeCom check-in (kind "wecom_checkin", getcheckindata): chunks of at most 100
// people and 30 days. The mapping's `source:` map knows, all optional,
//   type:   attendance (default), outdoor or all
//   users:  a file with one userid a line, # for comments, beside the mapping; absent: the list of
//           the constructor
//   from:   first day (YYYY-MM-DD, UTC+8) of a reading without a lower bound; absent: 90 days back
// and its window, if any, is by checkin_time. Who is on the list for the first time is read from
// the first day on, whatever the window; an empty list is an error, since it would end the first
// reading before anybody is known.
class CheckinConnector final : public connectors::Connector {
  public:
    // The references must outlive it and its sources.
    CheckinConnector(Client& client, UserList users, base::Clock& clock)
        : client_(client), users_(std::move(users)), pacer_(clock) {}

    std::string_view kind() const override { return "wecom_checkin"; }
    void check() override;
    base::Timestamp now(const std::stop_token&) override { return pacer_.clock().now(); }
    base::Faults validate(const base::YamlNode& dataset) const override;
    std::unique_ptr<connectors::Source> open(const connectors::ReadRequest& request) override;

  private:
    CheckinPlan plan(const std::string& users_file,
                     const CheckinBounds& bounds,
                     const connectors::ReadRequest& request) const;

    Client& client_;
    UserList users_;
    CallPacer pacer_;
};

}  // namespace hrbridge::wecom
