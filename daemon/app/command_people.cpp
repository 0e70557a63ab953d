#include "daemon/app/command_people.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/erasing.h"
#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/people/access_export.h"
#include "daemon/people/obstacles.h"
#include "daemon/people/other_rows.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDue = 100'000;

// nullopt after an error was printed.
std::optional<people::Person> asked_person(const CommandContext& context,
                                           store::sql::Connection& connection) {
    const std::string number(base::trim(context.input));
    if (number.empty()) {
        context.output.error("give the person's or employee's number on standard input");
        return std::nullopt;
    }
    auto found = people::find_people(connection, number);
    if (found.empty()) {
        context.output.error("nobody in the store has this number, or he was erased");
        return std::nullopt;
    }
    if (found.size() > 1) {
        context.output.error(
            "this is one person's number and another one's employee number; give the other number "
            "of the one you mean");
        return std::nullopt;
    }
    return std::move(found.front());
}

void audit(const CommandContext& context,
           store::sql::Connection& connection,
           const char* act,
           std::int64_t person,
           const std::string& detail) {
    store::AuditRepository(connection)
        .add(context.actor,
             act,
             fmt::format("person row {}", person),
             detail,
             context.services.clock.now());
}

Exit export_person(const CommandContext& context, store::sql::Connection& connection) {
    const auto person = asked_person(context, connection);
    if (!person) {
        return Exit::Usage;
    }
    if (!context.services.keys) {
        context.output.error("the configuration has no seal_keys; what is sealed cannot be read");
        return Exit::Usage;
    }
    audit(context, connection, "person.export", person->id, "");
    context.output.line(people::access_export({connection,
                                               *context.services.keys,
                                               context.services.mappings,
                                               context.services.clock.now()},
                                              *person));
    return Exit::Done;
}

void print_counts(Output& output, const char* what, const people::RowCounts& rows) {
    for (const auto& [table, number] : rows) {
        output.line(fmt::format("{:<24} {} {}", table, number, what));
    }
}

void print_report(const CommandContext& context, const people::ErasureReport& report) {
    const bool dry = context.line.has("dry-run");
    print_counts(context.output, dry ? "would be deleted" : "deleted", report.deleted);
    print_counts(context.output,
                 dry ? "would stay without a name" : "stay, of nobody that can be told",
                 report.kept);
    for (const std::string& account : report.accounts) {
        context.output.line(
            fmt::format("account {0} of the pages stays: hrbridge user disable {0}", account));
    }
    if (report.unopened + report.unknown > 0) {
        context.output.line(fmt::format(
            "{} refused rows could not be looked at ({} that no key opens, {} of mappings that are "
            "not configured); dismiss them where they are his, retention removes them then",
            report.unopened + report.unknown,
            report.unopened,
            report.unknown));
    }
    context.output.line(
        dry ? "nothing was changed"
            : fmt::format("erased (erasure {}); backups made before have him still, "
                          "see backup.keep",
                          report.id));
}

void print_json(const CommandContext& context, const people::ErasureReport& report) {
    context.output.line(json{
        {"erasure", report.id},
        {"dry_run", context.line.has("dry-run")},
        {"deleted", report.deleted},
        {"kept", report.kept},
        {"accounts", report.accounts},
        {"unopened", report.unopened},
        {"unknown",
         report.unknown}}.dump(2));
}

Exit erase_person(const CommandContext& context, store::sql::Connection& connection) {
    const auto person = asked_person(context, connection);
    if (!person) {
        return Exit::Usage;
    }
    const CommandLine& line = context.line;
    const bool dry = line.has("dry-run");
    if (!dry && !line.has("reason")) {
        context.output.error(
            "give --reason TEXT, which the record of erasures keeps, or --dry-run");
        return Exit::Usage;
    }
    const base::Date today = zone_of(context.services).date_of(context.services.clock.now());
    if (person->is_employed(today) && !line.has("while-employed")) {
        context.output.error(
            "an employment of his has not ended, so that his data is needed; --while-employed "
            "erases it all the same");
        return Exit::Failed;
    }
    try {
        Erasing erasing(context.services, context.stop);
        const auto report = erasing.erase(
            person->id, {context.actor, people::Cause::Request, line.option("reason")}, dry);
        line.has("json") ? print_json(context, report) : print_report(context, report);
        return Exit::Done;
    } catch (const CannotErase& why) {
        context.output.error(fmt::format("not now: {}", why.what()));
    } catch (const base::LeaseHeld& held) {
        context.output.error(fmt::format("not now: {}", held.what()));
    }
    return Exit::Failed;
}

Exit list_due(const CommandContext& context, store::sql::Connection& connection) {
    const std::int64_t days = context.services.config.retention.employment_days;
    if (days == 0) {
        context.output.line("retention.employment_days is not set: nobody is erased by his term");
        return Exit::Done;
    }
    const base::Date day =
        zone_of(context.services).date_of(context.services.clock.now()) - std::chrono::days(days);
    const auto due = people::ended_before(connection, day, kMostDue);
    const auto obstacles = people::obstacles(connection);
    if (context.line.has("json")) {
        context.output.line(json{{"due", due.size()}, {"obstacles", obstacles}}.dump(2));
        return Exit::Done;
    }
    context.output.line(
        fmt::format("{} people left before {}; the nightly job 'retention' erases "
                    "them",
                    due.size(),
                    base::to_string(day)));
    for (const std::string& each : obstacles) {
        context.output.line("not before: " + each);
    }
    return Exit::Done;
}

Exit list_erased(const CommandContext& context, store::sql::Connection& connection) {
    json all = json::array();
    const base::Zone zone = zone_of(context.services);
    const auto rows = connection.query(
        "SELECT id, erased_at, actor, cause, reason, rows_deleted, rows_kept FROM erasure ORDER BY "
        "id",
        {});
    while (rows->next()) {
        if (context.line.has("json")) {
            all.push_back({{"erasure", rows->integer(0)},
                           {"at", base::to_string(rows->timestamp(1))},
                           {"actor", rows->text(2)},
                           {"cause", rows->text(3)},
                           {"reason", rows->text(4)},
                           {"rows_deleted", rows->integer(5)},
                           {"rows_kept", rows->integer(6)}});
            continue;
        }
        context.output.line(fmt::format("{:<6} {}  {:<10} {:<24} {} deleted, {} kept  {}",
                                        rows->integer(0),
                                        zone.minute_text(rows->timestamp(1)),
                                        rows->text(3),
                                        rows->text(2),
                                        rows->integer(5),
                                        rows->integer(6),
                                        rows->text(4)));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

Exit hold(const CommandContext& context, store::sql::Connection& connection) {
    if (!context.line.has("reason")) {
        context.output.error("give --reason TEXT: the dispute or the order of an authority");
        return Exit::Usage;
    }
    const auto person = asked_person(context, connection);
    if (!person) {
        return Exit::Usage;
    }
    store::sql::Transaction transaction(connection);
    connection.execute(
        "INSERT INTO legal_hold (person_id, actor, reason, held_at) VALUES ($1, $2, $3, $4) ON "
        "CONFLICT (person_id) DO UPDATE SET actor = excluded.actor, reason = excluded.reason, "
        "held_at = excluded.held_at",
        {person->id, context.actor, context.line.option("reason"), context.services.clock.now()});
    audit(context, connection, "person.hold", person->id, context.line.option("reason"));
    transaction.commit();
    context.output.line("on hold: nothing erases this person");
    return Exit::Done;
}

Exit release(const CommandContext& context, store::sql::Connection& connection) {
    const auto person = asked_person(context, connection);
    if (!person) {
        return Exit::Usage;
    }
    store::sql::Transaction transaction(connection);
    const std::int64_t rows =
        connection.execute("DELETE FROM legal_hold WHERE person_id = $1", {person->id});
    if (rows > 0) {
        audit(context, connection, "person.release", person->id, "");
    }
    transaction.commit();
    context.output.line(rows > 0 ? "no longer on hold" : "this person was not on hold");
    return Exit::Done;
}

Exit again(const CommandContext& context) {
    try {
        const std::int64_t people = erase_again(context.services, context.actor, context.stop);
        context.output.line(
            people == 0
                ? std::string("nobody who was erased is in the store")
                : fmt::format("{} people whom a restore had brought back are erased", people));
        return Exit::Done;
    } catch (const CannotErase& why) {
        context.output.error(fmt::format("not now: {}", why.what()));
    } catch (const base::LeaseHeld& held) {
        context.output.error(fmt::format("not now: {}", held.what()));
    }
    return Exit::Failed;
}

}  // namespace

bool needs_number(const CommandLine& line) {
    return line.command == "people export" || line.command == "people erase" ||
           line.command == "people hold" || line.command == "people release";
}

Exit run_people(const CommandContext& context) {
    const std::string& command = context.line.command;
    if (command == "people again") {
        return again(context);
    }
    const auto connection = context.services.store->connect();
    if (command == "people export") {
        return export_person(context, *connection);
    }
    if (command == "people erase") {
        return erase_person(context, *connection);
    }
    if (command == "people hold") {
        return hold(context, *connection);
    }
    if (command == "people release") {
        return release(context, *connection);
    }
    return command == "people due" ? list_due(context, *connection)
                                   : list_erased(context, *connection);
}

}  // namespace hrbridge::app
