#include "daemon/app/callback_job.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/wecom/callback.h"
#include "daemon/app/card_task.h"
#include "daemon/base/text.h"
#include "daemon/pip/announce.h"
#include "daemon/store/callback_inbox.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

using model::CallbackOutcome;
using nlohmann::json;

constexpr std::size_t kAtOnce = 100;

std::string field_of(const wecom::CallbackEvent& event, const char* name) {
    const auto found = event.fields.find(name);
    return found == event.fields.end() ? std::string() : found->second;
}

// Whether these are the bytes of a card with this task and button.
bool has_button(const std::string& request, const std::string& task, const std::string& key) {
    const json message = json::parse(request, nullptr, false);
    if (!message.is_object()) {
        return false;
    }
    const json card = message.value("template_card", json::object());
    const json buttons = card.value("button_list", json::array());
    return card.value("task_id", "") == task &&
           std::any_of(buttons.begin(), buttons.end(), [&](const json& button) {
               return button.value("key", "") == key;
           });
}

// The one we sent the pressed card to; nullopt when we did not. The platform folds case in userids.
std::optional<std::string> receiver_of(store::sql::Connection& connection,
                                       const wecom::CallbackEvent& event) {
    const std::string task = field_of(event, "TaskId");
    const auto sent = store::OutboxRepository(connection).of_event(event_of_task(task));
    for (const model::OutboxEvent& each : sent) {
        if (base::same_name(each.receiver, event.from_user) &&
            has_button(each.request, task, field_of(event, "EventKey"))) {
            return each.receiver;
        }
    }
    return std::nullopt;
}

// One callback's work, in the caller's transaction.
class Work {
  public:
    Work(Services& services, store::sql::Connection& connection)
        : services_(services), connection_(connection), inbox_(connection) {}

    // False when it goes on waiting.
    bool run(const model::Callback& callback) {
        const base::Result<std::string> body = inbox_.body(callback, *services_.keys);
        if (!body) {
            set_aside(callback);
            return false;
        }
        const auto event = wecom::parse_event(*body);
        const auto receiver =
            event && is_press(*event) ? receiver_of(connection_, *event) : std::nullopt;
        const CallbackOutcome outcome = outcome_of(event, receiver);
        const auto now = services_.clock.now();
        if (!inbox_.finish(callback.id, outcome, now)) {
            return true;
        }
        if (outcome == CallbackOutcome::Noted) {
            note(*event, *receiver, callback.received_at);
        } else {
            tell(callback, outcome);
        }
        return true;
    }

  private:
    static bool is_press(const wecom::CallbackEvent& event) {
        return event.event == "template_card_event" &&
               pip::finding_of_key(field_of(event, "EventKey")).has_value();
    }

    CallbackOutcome outcome_of(const std::optional<wecom::CallbackEvent>& event,
                               const std::optional<std::string>& receiver) {
        if (!event || !is_press(*event)) {
            return CallbackOutcome::Unknown;
        }
        const std::int64_t finding = *pip::finding_of_key(field_of(*event, "EventKey"));
        return receiver && store::FindingRepository(connection_).find(finding)
                   ? CallbackOutcome::Noted
                   : CallbackOutcome::Foreign;
    }

    void note(const wecom::CallbackEvent& event,
              const std::string& receiver,
              base::Timestamp pressed_at) {
        const std::int64_t finding = *pip::finding_of_key(field_of(event, "EventKey"));
        const std::string actor = "wecom/" + receiver;
        store::FindingRepository(connection_).add_note({finding, pressed_at, actor, "seen"});
        store::AuditRepository(connection_)
            .add(actor,
                 "finding.seen",
                 std::to_string(finding),
                 field_of(event, "TaskId"),
                 services_.clock.now());
    }

    void set_aside(const model::Callback& callback) {
        if (inbox_.set_aside(callback.id)) {
            services_.log.error("a callback opens with no present key; it waits for its key",
                                {{"callback", std::to_string(callback.id)}});
        }
    }

    // An operator sees what was kept without work; who pressed what stays in the store.
    void tell(const model::Callback& callback, CallbackOutcome outcome) {
        const std::string id = std::to_string(callback.id);
        if (outcome == CallbackOutcome::Foreign) {
            services_.log.warning("a callback fits no card that was sent to its sender; it is kept",
                                  {{"callback", id}});
        } else {
            services_.log.notice("a callback that this version has no work for is kept",
                                 {{"callback", id}});
        }
    }

    Services& services_;
    store::sql::Connection& connection_;
    store::CallbackInbox inbox_;
};

}  // namespace

std::int64_t work_on_callbacks(Services& services, const std::stop_token& stop) {
    if (!services.keys) {
        return 0;
    }
    const auto connection = services.store->connect();
    std::int64_t worked = 0;
    std::int64_t last = 0;
    while (!stop.stop_requested()) {
        const auto waiting = store::CallbackInbox(*connection).waiting(kAtOnce, last);
        if (waiting.empty()) {
            break;
        }
        for (const model::Callback& callback : waiting) {
            store::sql::Transaction transaction(*connection);
            worked += Work(services, *connection).run(callback) ? 1 : 0;
            transaction.commit();
            last = callback.id;
        }
    }
    return worked;
}

}  // namespace hrbridge::app
