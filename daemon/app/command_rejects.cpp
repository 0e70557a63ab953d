#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/reject_replay.h"
#include "daemon/app/store_commands.h"
#include "daemon/base/packed_row.h"
#include "daemon/base/printable.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/text.h"
#include "daemon/jobs/reject_rows.h"
#include "daemon/store/readings.h"
#include "daemon/store/repositories.h"
#include "daemon/store/side_store.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::app {
namespace {

constexpr std::int64_t kRowsShown = 50;
constexpr std::size_t kMostKey = 160;  // bytes in a line; --json has the whole of it

nlohmann::ordered_json to_json(const model::RejectedRow& row) {
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

void add_dismissal(const model::RejectedRow& row, nlohmann::ordered_json& out) {
    if (row.state == "dismissed" && row.closed_at) {
        out["dismissed_by"] = row.closed_by.value_or("");
        out["dismissed_at"] = base::to_string(*row.closed_at);
        out["dismissed_because"] = row.closed_reason.value_or("");
    }
}

// The rehearsal that --rehearsal names, "core_hr" or "core_hr/3"; nullopt with an error said.
std::optional<rehearsal::Rehearsal> named_rehearsal(const CommandContext& context,
                                                    store::sql::Connection& live) {
    const std::string name = context.line.option("rehearsal");
    const auto parts = base::split(name, '/');
    const auto number =
        parts.size() == 2 ? parse_number(std::string(parts[1])) : std::optional<std::int64_t>();
    std::optional<rehearsal::Rehearsal> found;
    for (rehearsal::Rehearsal& each : rehearsal::list(live, std::string(parts.front()))) {
        const bool asked = parts.size() == 1 || (number && each.number == *number);
        const bool kept = each.state != rehearsal::State::Dropped;
        if (asked && kept && store::upgrade_side(context.services.config.store, each.side())) {
            found = std::move(each);
        }
    }
    if (!found || parts.front().empty()) {
        context.output.error(fmt::format(
            "there is no rehearsal {}, or it was dropped; hrbridge migrate list shows them", name));
        return std::nullopt;
    }
    return found;
}

// The store whose rejects are meant; nullptr with an error said.
std::unique_ptr<store::sql::Connection> rejects_store(const CommandContext& context) {
    auto live = context.services.store->connect();
    if (!context.line.has("rehearsal")) {
        return live;
    }
    const auto rehearsal = named_rehearsal(context, *live);
    if (!rehearsal) {
        return nullptr;
    }
    const store::StoreOptions& options = context.services.config.store;
    return store::open_store(store::side_options(options, rehearsal->side()))->connect();
}

// Rows of a mapping that the configuration no longer has can be looked at too.
bool knows(const Services& services, store::RejectRepository& rejects, const std::string& mapping) {
    const auto counts = rejects.counts();
    return services.find_mapping(mapping) != nullptr ||
           std::any_of(counts.begin(), counts.end(), [&](const auto& count) {
               return count.mapping == mapping;
           });
}

// What people looked at is told by the live store, whichever store it was in.
void note_reading(const CommandContext& context,
                  const char* act,
                  const std::string& what,
                  std::size_t shown) {
    const std::string rehearsal = context.line.option("rehearsal");
    const std::string object =
        (what.empty() ? "all" : what) + (rehearsal.empty() ? "" : " of rehearsal " + rehearsal);
    store::note_reading(*context.services.store->connect(),
                        {context.actor, act, object, shown},
                        context.services.clock.now());
}

Exit list_rejects(const CommandContext& context, store::sql::Connection& connection) {
    store::RejectRepository rejects(connection);
    store::RejectFilter filter;
    filter.mapping = context.line.option("mapping");
    if (context.line.has("mapping") && !knows(context.services, rejects, filter.mapping)) {
        context.output.error(no_mapping(context.services, filter.mapping));
        return Exit::Usage;
    }
    filter.kind = context.line.option("kind");
    filter.state = context.line.option("state", "open");
    filter.limit = static_cast<std::size_t>(context.line.number("limit", kRowsShown));
    const std::vector<model::RejectedRow> listed = rejects.list(filter);
    note_reading(context, "rejects.read", filter.mapping, listed.size());
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const model::RejectedRow& row : listed) {
        if (context.line.has("json")) {
            all.push_back(to_json(row));
            continue;
        }
        context.output.line(fmt::format(
            "{:>8}  {:<24} {:<7} {:<6} {:<18} key {:<20} {}{}",
            row.id,
            row.mapping,
            row.kind,
            row.rule,
            row.field,
            base::one_line(row.source_key, kMostKey),
            base::one_line(row.reason),
            row.waits_for ? "; waits for " + base::one_line(*row.waits_for, kMostKey) : ""));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

// The kept row as people may see it; a fault when the present keys do not open it.
base::Result<nlohmann::ordered_json> kept_row(const Services& services,
                                              store::RejectRepository& rejects,
                                              const model::RejectedRow& row) {
    nlohmann::ordered_json shown = nlohmann::ordered_json::object();
    const engine::Mapping* mapping = services.find_mapping(row.mapping);
    if (mapping == nullptr || !services.keys) {
        return shown;
    }
    std::vector<base::DescribedColumn> columns;
    for (const engine::ContractColumn& column : mapping->columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    columns.push_back({std::string(base::kPlaceColumn), "", 0, 0, true});
    columns.push_back({std::string(base::kMalformedColumn), "", 0, 0, true});
    const auto kept = rejects.kept_row(row.id, *services.keys);
    base::RawBlock block;
    if (!kept || !base::unpack_row(kept->packed, columns, block)) {
        return base::Fault{"", "the kept row cannot be opened with the present keys"};
    }
    const auto cells = jobs::RejectRows(*mapping, columns).cells_of(block, 0);
    const std::size_t own = columns.size() - 2;  // behind them: where it stood, and as what
    const bool whole = block.columns[own + 1].has_bytes(0);
    for (std::size_t i = 0; i < own && !whole; ++i) {
        shown[columns[i].name] = cells[i];
    }
    if (block.columns[own].has_bytes(0)) {
        shown["(place)"] = cells[own];
    }
    if (whole) {
        shown["(record)"] = cells[own + 1];
    }
    return shown;
}

Exit show_reject(const CommandContext& context, store::sql::Connection& connection) {
    const auto id = parse_number(context.line.arguments.front());
    store::RejectRepository rejects(connection);
    const auto row = id ? rejects.find(*id) : std::nullopt;
    if (!row) {
        context.output.error("there is no such reject; hrbridge rejects list shows them");
        return Exit::Usage;
    }
    nlohmann::ordered_json out = to_json(*row);
    add_dismissal(*row, out);
    note_reading(context, "reject.read", std::to_string(row->id), 1);
    const auto kept = kept_row(context.services, rejects, *row);
    if (kept && context.line.has("json")) {
        out["row"] = *kept;
    }
    context.output.line(out.dump(2));
    if (!kept) {
        context.output.error(kept.fault().what);
        return Exit::Failed;
    }
    if (!context.line.has("json")) {
        for (const auto& [column, text] : kept->items()) {
            context.output.line(
                fmt::format("  {:<24} {}", column, base::one_line(text.get<std::string>())));
        }
    }
    return Exit::Done;
}

Exit dismiss_reject(const CommandContext& context, store::sql::Connection& connection) {
    const auto id = parse_number(context.line.arguments.front());
    const std::string reason = std::string(base::trim(context.line.option("reason")));
    store::RejectRepository rejects(connection);
    const auto row = id ? rejects.find(*id) : std::nullopt;
    std::string problem;
    if (!row) {
        problem = "there is no such reject; hrbridge rejects list shows them";
    } else if (row->state != "open") {
        problem = fmt::format("this reject is {} already", row->state);
    } else if (reason.empty() || !base::is_valid_utf8(reason)) {
        problem = "give --reason TEXT: why this row need not come into the store";
    }
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    const auto now = context.services.clock.now();
    store::sql::Transaction transaction(connection);
    if (!rejects.dismiss(*id, context.actor, reason, now)) {
        context.output.error("this reject was closed meanwhile");
        return Exit::Failed;
    }
    store::AuditRepository(connection)
        .add(context.actor, "reject.dismiss", std::to_string(*id), reason, now);
    transaction.commit();
    context.output.line(fmt::format("reject {} of {} dismissed", *id, row->mapping));
    return Exit::Done;
}

Exit replay_rejects(const CommandContext& context) {
    const auto done = replay_open_rejects(
        context.services, context.line.arguments.front(), context.actor, context.stop);
    if (!done) {
        context.output.error(no_mapping(context.services, context.line.arguments.front()));
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

}  // namespace

Exit run_rejects(const CommandContext& context) {
    const auto connection = rejects_store(context);
    if (!connection) {
        return Exit::Usage;
    }
    if (context.line.command == "rejects show") {
        return show_reject(context, *connection);
    }
    if (context.line.command == "rejects dismiss") {
        return dismiss_reject(context, *connection);
    }
    if (context.line.command == "rejects replay") {
        return replay_rejects(context);
    }
    return list_rejects(context, *connection);
}

}  // namespace hrbridge::app
