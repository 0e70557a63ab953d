#include "daemon/app/command_people.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/erasing.h"
#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/people/access_export.h"
#include "daemon/people/obstacles.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
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

void print_report(const CommandContext& context, const Erased& done) {
    const bool dry = context.line.has("dry-run");
    const char* deleted = dry ? "would be deleted" : "deleted";
    print_counts(context.output, deleted, done.report.deleted);
    print_counts(context.output, deleted, done.forgotten.deleted);
    print_counts(context.output,
                 dry ? "would stay without a name" : "stay, of nobody that can be told",
                 done.report.kept);
    if (done.forgotten.named > 0) {
        context.output.line(fmt::format("{} refused rows of others {} his number",
                                        done.forgotten.named,
                                        dry ? "would lose" : "lost"));
    }
    for (const std::string& account : done.report.accounts) {
        context.output.line(
            fmt::format("account {0} of the pages stays: hrbridge user disable {0}", account));
    }
    if (done.forgotten.unopened + done.forgotten.unknown > 0) {
        context.output.line(
            fmt::format("{} refused rows could not be looked at ({} that no key opens, {} of "
                        "mappings that are not configured); where they are his, dismiss them",
                        done.forgotten.unopened + done.forgotten.unknown,
                        done.forgotten.unopened,
                        done.forgotten.unknown));
    }
    context.output.line(
        dry ? std::string("nothing was changed")
            : fmt::format("erased (erasure {}); backups made before have him still, "
                          "see backup.keep",
                          done.report.ids.front()));
}

void print_json(const CommandContext& context, const Erased& done) {
    const bool dry = context.line.has("dry-run");
    people::RowCounts deleted = done.report.deleted;
    deleted.insert(done.forgotten.deleted.begin(), done.forgotten.deleted.end());
    context.output.line(json{{"erasure", dry ? json() : json(done.report.ids.front())},
                             {"dry_run", dry},
                             {"deleted", deleted},
                             {"kept", done.report.kept},
                             {"named", done.forgotten.named},
                             {"accounts", done.report.accounts},
                             {"unopened", done.forgotten.unopened},
                             {"unknown", done.forgotten.unknown}}
                            .dump(2));
}

Exit refused(const CommandContext& context, const std::exception& why) {
    context.output.error(fmt::format("not now: {}", why.what()));
    return Exit::Failed;
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
    const std::string hold = people::hold_of(connection, person->id);
    if (!hold.empty()) {
        context.output.error("this person is on hold (" + hold + "): hrbridge people release");
        return Exit::Failed;
    }
    try {
        people::ErasureWish wish{context.actor, people::Cause::Request, line.option("reason")};
        if (!line.has("while-employed")) {
            wish.still_due = [today](const people::Person& each) {
                return !each.is_employed(today);
            };
        }
        const Erased done = erase_people(context.services, {person->id}, std::move(wish), dry);
        if (done.report.ids.empty()) {
            context.output.error("this person was put on hold, employed or erased meanwhile");
            return Exit::Failed;
        }
        line.has("json") ? print_json(context, done) : print_report(context, done);
        return Exit::Done;
    } catch (const CannotErase& why) {
        return refused(context, why);
    } catch (const base::LeaseHeld& held) {
        return refused(context, held);
    }
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
    store::begin_erasure(connection);  // none is under way that has not seen it
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
    store::begin_erasure(connection);
    const std::int64_t rows =
        connection.execute("DELETE FROM legal_hold WHERE person_id = $1", {person->id});
    if (rows > 0) {
        store::look_for_old_facts_again(connection);
        audit(context, connection, "person.release", person->id, "");
    }
    transaction.commit();
    context.output.line(rows > 0 ? "no longer on hold" : "this person was not on hold");
    return Exit::Done;
}

Exit again(const CommandContext& context) {
    try {
        const auto done = erase_again(context.services, context.actor);
        context.output.line(
            done.ids.empty() ? std::string("nobody who was erased is in the store")
                             : fmt::format("{} people whom a restore had brought back are erased",
                                           done.ids.size()));
        if (done.left > 0) {
            context.output.error(fmt::format(
                "{} are on hold in the restored store and were left: hrbridge people release",
                done.left));
            return Exit::Failed;
        }
        return Exit::Done;
    } catch (const CannotErase& why) {
        return refused(context, why);
    } catch (const base::LeaseHeld& held) {
        return refused(context, held);
    }
}

Exit readmit_number(const CommandContext& context) {
    const std::string number(base::trim(context.input));
    try {
        if (!readmit(context.services, number, context.actor)) {
            context.output.error("nobody who was erased had this number");
            return Exit::Usage;
        }
        context.output.line(
            "rows under this number are read again; what a source still has of who was erased "
            "comes "
            "with the next full reading");
        return Exit::Done;
    } catch (const CannotErase& why) {
        return refused(context, why);
    }
}

}  // namespace

bool needs_number(const CommandLine& line) {
    return line.command == "people export" || line.command == "people erase" ||
           line.command == "people hold" || line.command == "people release" ||
           line.command == "people readmit";
}

Exit run_people(const CommandContext& context) {
    const std::string& command = context.line.command;
    if (command == "people again") {
        return again(context);
    }
    if (command == "people readmit") {
        return readmit_number(context);
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
