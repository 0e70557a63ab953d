#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/wecom/sandbox/options.h"
#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/base/clock.h"

namespace hrbridge::wecom::sandbox {

// All that the stand-in remembers. Whoever uses it holds `mutex`.
class State {
  public:
    State(Options given, const base::Clock& time) : options(std::move(given)), clock_(time) {}

    std::int64_t now() const;  // Unix seconds, with the offset set by an administrator
    const Person* find_person(const std::string& userid) const;  // by any case
    Delivery* find_delivery(std::int64_t id);
    std::string new_id(const std::string& prefix);
    // A code for one update of the delivery's card, valid for 72 hours.
    std::string new_response_code(std::int64_t delivery);
    std::optional<Trouble> take_trouble(const std::string& api);
    // Appends to the state file, if any.
    void keep(const Delivery& delivery) const;
    void load();

    struct ResponseCode {
        std::vector<std::int64_t> deliveries;
        std::int64_t valid_until = 0;
    };
    struct Sent {  // of the duplicate check
        std::int64_t until = 0;
        std::string reply;
    };
    struct LoginCode {
        std::string userid;
        std::int64_t valid_until = 0;
    };

    mutable std::mutex mutex;
    Options options;
    std::int64_t offset = 0;                     // seconds added to the clock
    std::map<std::string, std::int64_t> tokens;  // to their end
    std::deque<std::int64_t> failed_fetches;
    std::int64_t fetch_blocked_until = 0;
    std::vector<Delivery> deliveries;
    std::map<std::string, ResponseCode> response_codes;
    std::set<std::string> task_ids;
    std::map<std::string, Sent> sent;  // by SHA-256 of the body
    std::map<std::string, std::deque<std::int64_t>> member_sends;
    std::int64_t day = 0;
    std::int64_t sent_on_day = 0;
    std::deque<std::int64_t> checkin_calls;
    std::map<std::string, LoginCode> login_codes;
    std::deque<Trouble> troubles;
    Counters counters;

  private:
    const base::Clock& clock_;
};

}  // namespace hrbridge::wecom::sandbox
