#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "daemon/store/readings.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kRowsShown = 50;
constexpr std::array<const char*, 5> kStates{"waiting", "sending", "sent", "uncertain", "dead"};

nlohmann::json to_json(const model::OutboxEvent& event) {
    return {{"id", event.id},
            {"event", event.event_key},
            {"kind", event.kind},
            {"receiver", event.receiver},
            {"state", kStates.at(static_cast<std::size_t>(event.state))},
            {"attempts", event.attempts},
            {"created", base::to_string(event.created_at)},
            {"code", event.last_code.value_or("")},
            {"error", event.last_error.value_or("")}};
}

Exit retry_message(const CommandContext& context, store::sql::Connection& connection) {
    const auto id = parse_number(context.line.arguments.front());
    store::OutboxRepository outbox(connection);
    auto event = id ? outbox.find(*id) : std::nullopt;
    if (!event) {
        context.output.error("there is no such message; hrbridge outbox list shows them");
        return Exit::Usage;
    }
    if (event->state != model::OutboxState::Dead && event->state != model::OutboxState::Uncertain) {
        context.output.error("only dead and uncertain messages are sent again by hand");
        return Exit::Usage;
    }
    if (event->request.empty()) {
        context.output.error("this message could not be built (" + event->last_error.value_or("") +
                             "); correct the data, the next evaluation builds it again");
        return Exit::Usage;
    }
    if (outbox.is_withdrawn(*id)) {
        context.output.error("this message was taken back, since what it says no longer holds");
        return Exit::Usage;
    }
    const auto now = context.services.clock.now();
    // That it may have arrived stays known: whoever may have it hears when it is taken back.
    const bool uncertain = event->state == model::OutboxState::Uncertain;
    event->last_code = uncertain ? std::optional<std::string>("unknown") : std::nullopt;
    event->state = model::OutboxState::Waiting;
    event->attempts = 0;
    event->first_attempt.reset();
    event->next_attempt = now;
    store::sql::Transaction transaction(connection);
    outbox.update(*event);
    store::AuditRepository(connection)
        .add(context.actor, "outbox.retry", std::to_string(*id), event->event_key, now);
    transaction.commit();
    context.output.line("the message waits to be sent again");
    return Exit::Done;
}

}  // namespace

Exit run_outbox(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    if (context.line.command == "outbox retry") {
        return retry_message(context, *connection);
    }
    const std::vector<model::OutboxEvent> listed =
        store::OutboxRepository(*connection)
            .list(context.line.option("state"),
                  static_cast<std::size_t>(context.line.number("limit", kRowsShown)));
    store::note_reading(*connection,
                        {context.actor, "outbox.read", context.line.option("state"), listed.size()},
                        context.services.clock.now());
    nlohmann::json all = nlohmann::json::array();
    for (const model::OutboxEvent& event : listed) {
        if (context.line.has("json")) {
            all.push_back(to_json(event));
            continue;
        }
        context.output.line(fmt::format("{:>6}  {:<10} {:<13} to {:<16} {} attempts  {}  {}",
                                        event.id,
                                        kStates.at(static_cast<std::size_t>(event.state)),
                                        event.kind,
                                        event.receiver,
                                        event.attempts,
                                        event.event_key,
                                        event.last_error.value_or("")));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
