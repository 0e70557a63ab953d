#include <array>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/reject_replay.h"
#include "daemon/app/store_commands.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/text.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kRowsShown = 50;
constexpr std::array<const char*, 5> kStates{"waiting", "sending", "sent", "uncertain", "dead"};

std::optional<std::int64_t> number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

std::size_t limit_of(const CommandLine& line) {
    const auto limit = number(line.option("limit"));
    return limit && *limit > 0 ? static_cast<std::size_t>(*limit) : kRowsShown;
}

nlohmann::json to_json(const model::RejectedRow& row) {
    return {{"id", row.id},
            {"mapping", row.mapping},
            {"kind", row.kind},
            {"rule", row.rule},
            {"field", row.field},
            {"reason", row.reason},
            {"source_key", row.source_key},
            {"waits_for", row.waits_for.value_or("")},
            {"state", row.state},
            {"seen", row.seen},
            {"first_seen", base::to_string(row.first_seen)},
            {"last_seen", base::to_string(row.last_seen)}};
}

Exit list_rejects(const CommandContext& context, store::sql::Connection& connection) {
    store::RejectFilter filter;
    filter.mapping = context.line.option("mapping");
    filter.kind = context.line.option("kind");
    filter.limit = limit_of(context.line);
    nlohmann::json all = nlohmann::json::array();
    for (const model::RejectedRow& row : store::RejectRepository(connection).list(filter)) {
        if (context.line.has("json")) {
            all.push_back(to_json(row));
            continue;
        }
        context.output.line(fmt::format("{:>8}  {:<24} {:<7} {:<6} {:<18} key {:<20} {}{}",
                                        row.id,
                                        row.mapping,
                                        row.kind,
                                        row.rule,
                                        row.field,
                                        row.source_key,
                                        row.reason,
                                        row.waits_for ? "; waits for " + *row.waits_for : ""));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

Exit show_reject(const CommandContext& context, store::sql::Connection& connection) {
    const auto id = number(context.line.arguments.front());
    store::RejectRepository rejects(connection);
    const auto row = id ? rejects.find(*id) : std::nullopt;
    if (!row) {
        context.output.error("there is no such reject; hrbridge rejects list shows them");
        return Exit::Usage;
    }
    context.output.line(to_json(*row).dump(2));
    const engine::Mapping* mapping = context.services.find_mapping(row->mapping);
    if (mapping == nullptr || !context.services.keys) {
        return Exit::Done;
    }
    const auto packed = rejects.packed_row(*id, *context.services.keys);
    std::vector<base::DescribedColumn> columns;
    for (const engine::ContractColumn& column : mapping->columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    base::RawBlock block;
    if (!packed || !base::unpack_row(*packed, columns, block)) {
        context.output.error("the kept row cannot be opened with the present keys");
        return Exit::Failed;
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string_view cell = block.columns[i].cell(0);
        const std::string shown = block.columns[i].is_null(0)     ? "NULL"
                                  : block.columns[i].is_absent(0) ? "absent"
                                  : base::is_valid_utf8(cell)     ? base::mask(cell)
                                                                  : "0x" + base::to_hex(cell);
        context.output.line(fmt::format("  {:<24} {}", columns[i].name, shown));
    }
    store::AuditRepository(connection)
        .add(context.actor,
             "reject.read",
             std::to_string(*id),
             "masked",
             context.services.clock.now());
    return Exit::Done;
}

Exit replay_rejects(const CommandContext& context) {
    const auto done = replay_open_rejects(
        context.services, context.line.arguments.front(), context.actor, context.stop);
    if (!done) {
        context.output.error("there is no such mapping");
        return Exit::Usage;
    }
    const jobs::ReplayReport& report = *done;
    for (const std::string& note : report.notes) {
        context.output.line("note: " + note);
    }
    if (!report.error.empty()) {
        context.output.error(report.error);
        return Exit::Failed;
    }
    context.output.line(fmt::format("{} rows mapped again: {} stored, {} still refused",
                                    report.rows,
                                    report.released,
                                    report.remaining));
    return Exit::Done;
}

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
    const auto id = number(context.line.arguments.front());
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
    const auto now = context.services.clock.now();
    event->state = model::OutboxState::Waiting;
    event->attempts = 0;
    event->first_attempt.reset();
    event->last_code.reset();
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

Exit run_rejects(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    if (context.line.command == "rejects show") {
        return show_reject(context, *connection);
    }
    if (context.line.command == "rejects replay") {
        return replay_rejects(context);
    }
    return list_rejects(context, *connection);
}

Exit run_outbox(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    if (context.line.command == "outbox retry") {
        return retry_message(context, *connection);
    }
    nlohmann::json all = nlohmann::json::array();
    for (const model::OutboxEvent& event :
         store::OutboxRepository(*connection)
             .list(context.line.option("state"), limit_of(context.line))) {
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
