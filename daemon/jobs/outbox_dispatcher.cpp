#include "daemon/jobs/outbox_dispatcher.h"

#include <algorithm>
#include <string_view>

namespace hrbridge::jobs {
namespace {

// Begins last_code from the first attempt without an answer on: whatever later attempts met, that
// one may have been delivered.
constexpr std::string_view kUnknown = "unknown";
// Everybody's schedulers push at these minutes; the platform asks to stay away from them.
constexpr std::int64_t kBusyMinute = 30;

bool is_busy_minute(base::Timestamp at) {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
    return minutes % kBusyMinute == 0;
}

}  // namespace

DispatchReport OutboxDispatcher::run_once(const std::stop_token& stop) {
    DispatchReport report;
    const auto connection = parts_.store.connect();
    store::OutboxRepository outbox(*connection);
    while (!stop.stop_requested()) {
        const auto now = parts_.clock.now();
        if (halted_until_ && *halted_until_ > now) {
            report.halted_until = halted_until_;
            break;
        }
        halted_until_.reset();
        if (options_.avoid_busy_minutes && is_busy_minute(now)) {
            break;
        }
        // One at a time: what a dead process leaves behind in state "sending" is then one message.
        auto due = outbox.claim(now, options_.stale, 1);
        if (due.empty()) {
            break;
        }
        dispatch(outbox, std::move(due.front()), report);
    }
    return report;
}

// Whether the platform still knows the bytes of an earlier attempt, or there was none.
bool OutboxDispatcher::repeat_is_safe(const model::OutboxEvent& event) const {
    return !event.first_attempt || parts_.clock.now() - *event.first_attempt <
                                       options_.duplicate_window - options_.duplicate_margin;
}

void OutboxDispatcher::dispatch(store::OutboxRepository& outbox,
                                model::OutboxEvent event,
                                DispatchReport& report) {
    const std::string before = event.last_code.value_or("");
    const bool may_have_been_sent = before == "interrupted" || before.starts_with(kUnknown);
    if (may_have_been_sent && !repeat_is_safe(event)) {
        event.state = model::OutboxState::Uncertain;
        event.last_error =
            "it may have been delivered, and the platform no longer recognises a repetition: a "
            "person decides";
        ++report.uncertain;
        outbox.update(event);
        return;
    }
    if (!may_have_been_sent && event.first_attempt && !repeat_is_safe(event)) {
        event.first_attempt.reset();  // earlier attempts were refused: nothing to be doubled
    }
    const auto now = parts_.clock.now();
    if (!event.first_attempt) {
        event.first_attempt = now;
    }
    event.last_attempt = now;
    event.last_code = "interrupted";  // until an answer says otherwise
    outbox.update(event);
    connectors::SendOutcome outcome = parts_.sender.send(event.request, event.receiver);
    const bool says_nothing_of_before = outcome.kind == connectors::SendOutcome::Kind::Retry ||
                                        outcome.kind == connectors::SendOutcome::Kind::Halt ||
                                        outcome.kind == connectors::SendOutcome::Kind::Dead;
    if (may_have_been_sent && says_nothing_of_before) {
        outcome.code = std::string(kUnknown) + ", then " + outcome.code;
    }
    apply(event, outcome, report);
    if (event.state != model::OutboxState::Waiting) {
        put_offs_.erase(event.id);
    }
    outbox.update(event);
}

void OutboxDispatcher::apply(model::OutboxEvent& event,
                             const connectors::SendOutcome& outcome,
                             DispatchReport& report) {
    using Kind = connectors::SendOutcome::Kind;
    event.last_code = outcome.code;
    event.last_error = outcome.error.empty() ? std::nullopt : std::optional(outcome.error);
    switch (outcome.kind) {
        case Kind::Sent:
            event.state = model::OutboxState::Sent;
            event.sent_at = parts_.clock.now();
            event.message_id = outcome.message_id;
            event.response_code = outcome.response_code;
            event.last_error.reset();
            ++report.sent;
            return;
        case Kind::Retry:
            if (!outcome.counts) {
                event.attempts -= 1;
            }
            if (!outcome.counts && outcome.wait_seconds == 0) {
                ++put_offs_[event.id];
            }
            postpone(event, outcome.wait_seconds, report);
            return;
        case Kind::Unknown:
            event.last_code = std::string(kUnknown);
            postpone(event, outcome.wait_seconds, report);
            return;
        case Kind::Dead:
            end(event, report);
            parts_.log.warning("a message cannot be delivered",
                               {{"event", std::to_string(event.id)}, {"code", outcome.code}});
            return;
        case Kind::Halt:
            event.attempts -= 1;
            event.state = model::OutboxState::Waiting;
            halted_until_ = parts_.clock.now() +
                            std::chrono::seconds(std::max<std::int64_t>(outcome.wait_seconds, 60));
            event.next_attempt = *halted_until_;
            report.halted_until = halted_until_;
            ++report.postponed;
            parts_.metrics.retries.Add({{"source", "wecom"}, {"class", "halt"}}).Increment();
            parts_.log.error("WeCom takes no messages until a person acts",
                             {{"code", outcome.code}, {"error", outcome.error}});
            return;
    }
}

// Without a further attempt: whether it arrived may be unknown all the same.
void OutboxDispatcher::end(model::OutboxEvent& event, DispatchReport& report) {
    const bool unknown = event.last_code.value_or("").starts_with(kUnknown);
    event.state = unknown ? model::OutboxState::Uncertain : model::OutboxState::Dead;
    (unknown ? report.uncertain : report.dead) += 1;
}

void OutboxDispatcher::postpone(model::OutboxEvent& event,
                                std::int64_t at_least_seconds,
                                DispatchReport& report) {
    if (event.attempts >= options_.attempts) {
        end(event, report);
        parts_.log.warning(
            "a message was given up",
            {{"event", std::to_string(event.id)}, {"code", event.last_code.value_or("")}});
        return;
    }
    const auto put_offs = put_offs_.find(event.id);
    const std::int64_t refusals =
        event.attempts + (put_offs == put_offs_.end() ? 0 : put_offs->second);
    const std::int64_t doublings = std::clamp<std::int64_t>(refusals - 1, 0, 20);
    const std::int64_t most =
        std::min(options_.first_wait.count() << doublings, options_.longest_wait.count());
    const std::int64_t wait = std::uniform_int_distribution<std::int64_t>(most / 2, most)(random_);
    event.state = model::OutboxState::Waiting;
    event.next_attempt =
        parts_.clock.now() + std::chrono::seconds(std::max(wait, at_least_seconds));
    ++report.postponed;
}

}  // namespace hrbridge::jobs
