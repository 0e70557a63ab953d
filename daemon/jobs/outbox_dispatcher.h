#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <stop_token>
#include <unordered_map>

#include "connectors/message_sender.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/model/outbox.h"
#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "monitoring/metrics.h"

namespace hrbridge::jobs {

struct DispatchOptions {
    std::int64_t attempts = 12;           // then a message is dead: about 5 hours
    std::chrono::seconds first_wait{30};  // doubles with each failure
    std::chrono::seconds longest_wait{3600};
    // The platform's duplicate check compares the request's bytes for so long; an attempt whose
    // outcome is unknown may be repeated only while it lasts.
    std::chrono::seconds duplicate_window{14'400};
    std::chrono::seconds duplicate_margin{300};  // of the platform's clock and the way there
    std::chrono::seconds stale{300};             // a claim of a process that died
    bool avoid_busy_minutes = false;  // send nothing in minutes 0 and 30, as the platform advises
};

struct DispatchReport {
    std::int64_t sent = 0;
    std::int64_t postponed = 0;
    std::int64_t uncertain = 0;
    std::int64_t dead = 0;
    std::optional<base::Timestamp> halted_until;
};

// Sends what is due in the outbox, each row exactly as its bytes were fixed. No thread of its own;
// one caller at a time a process, any number of processes.
class OutboxDispatcher {
  public:
    struct Parts {
        store::Store& store;
        connectors::MessageSender& sender;
        base::Clock& clock;
        base::Log& log;
        monitoring::Metrics& metrics;
    };
    explicit OutboxDispatcher(const Parts& parts, DispatchOptions options = {})
        : parts_(parts), options_(options) {}

    // Sends until nothing is due, the platform halts us or `stop` is requested. Throws StoreError.
    DispatchReport run_once(const std::stop_token& stop);

  private:
    void dispatch(store::OutboxRepository& outbox,
                  model::OutboxEvent event,
                  DispatchReport& report);
    bool repeat_is_safe(const model::OutboxEvent& event) const;
    void apply(model::OutboxEvent& event,
               const connectors::SendOutcome& outcome,
               DispatchReport& report);
    static void end(model::OutboxEvent& event, DispatchReport& report);
    void postpone(model::OutboxEvent& event, std::int64_t at_least_seconds, DispatchReport& report);

    Parts parts_;
    DispatchOptions options_;
    // Refusals in a row that count no attempt, by message: a restart begins anew.
    std::unordered_map<std::int64_t, std::int64_t> put_offs_;
    std::optional<base::Timestamp> halted_until_;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace hrbridge::jobs
