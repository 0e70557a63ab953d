#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/running.h"
#include "daemon/app/status.h"
#include "daemon/app/status_drift.h"
#include "daemon/app/store_commands.h"
#include "daemon/jobs/lateness.h"
#include "daemon/store/lateness_repository.h"
#include "daemon/store/repositories.h"
#include "daemon/store/sweep_repository.h"
#include "daemon/store/terminal_inbox.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kRunsShown = 20;

std::string text_of(const std::optional<base::Timestamp>& at) {
    return at ? base::to_string(*at) : "";
}

Json daemon_json(const CommandContext& context) {
    Json out{{"runs", context.daemon.has_value()},
             {"control_socket", context.services.config.control_socket}};
    if (context.daemon) {
        out["pid"] = context.daemon->pid;
        out["since"] = base::to_string(context.daemon->since);
    }
    return out;
}

Json sweep_json(const store::FinishedSweep& sweep) {
    return {{"mapping", sweep.mapping},
            {"kind", sweep.kind},
            {"outcome", sweep.outcome},
            {"started", base::to_string(sweep.started_at)},
            {"finished", text_of(sweep.finished_at)},
            {"read", sweep.rows_read},
            {"changed", sweep.found.changed},
            {"added", sweep.found.added},
            {"missing", sweep.found.missing},
            {"pending", sweep.found.pending},
            {"gone", sweep.found.gone}};
}

Json lateness_json(const Services& services, const store::Lateness& late) {
    const engine::Mapping* mapping = services.find_mapping(late.mapping);
    const auto overlap =
        mapping == nullptr ? std::nullopt : jobs::suggested_overlap(*mapping, late.deepest_s);
    return {{"mapping", late.mapping},
            {"rows", late.rows},
            {"latest_seconds", late.latest_s},
            {"overlap_needed_seconds", late.deepest_s},
            {"suggested_overlap", overlap.value_or("")}};
}

// What sweeps and overlaps found.
void add_completeness(const Services& services, store::sql::Connection& connection, Json& out) {
    for (const store::FinishedSweep& sweep : store::SweepRepository(connection).newest()) {
        out["sweeps"].push_back(sweep_json(sweep));
    }
    for (const store::Lateness& late : store::LatenessRepository(connection).all()) {
        out["lateness"].push_back(lateness_json(services, late));
    }
}

// Mappings whose newest run failed, long ago perhaps: others' runs must not hide them.
void add_failed(const Services& services, store::sql::Connection& connection, Json& runs) {
    for (const engine::Mapping& mapping : services.mappings) {
        const auto newest = store::RunRepository(connection).latest(1, mapping.name);
        const bool failed = !newest.empty() && newest.front().outcome == "failed";
        if (failed && std::none_of(runs.begin(), runs.end(), [&](const Json& run) {
                return run["id"] == newest.front().id;
            })) {
            runs.push_back(run_json(newest.front()));
        }
    }
}

std::string daemon_text(const CommandContext& context) {
    return context.daemon
               ? fmt::format("daemon  runs, pid {}, since {}",
                             context.daemon->pid,
                             base::to_string(context.daemon->since))
               : fmt::format("daemon  none answers at {}", context.services.config.control_socket);
}

// What a run did, in numbers that say something: a run may have had nothing to read.
std::string work_text(const Json& run) {
    const auto number = [&](const char* key) { return run[key].get<std::int64_t>(); };
    std::string what = fmt::format("read {}", number("read"));
    if (run["kind"] == "replay") {
        what = "refused rows mapped again:";
    } else if (number("read") == 0 && run["outcome"] == "done") {
        what = "nothing to read that is not stored already:";
    }
    return fmt::format("{} new {} changed {} unchanged {} rejected {} held {}",
                       what,
                       number("inserted"),
                       number("updated"),
                       number("unchanged"),
                       number("rejected"),
                       number("held"));
}

void print_completeness(Output& output, const Json& status) {
    const auto text = [](const Json& object, const char* key) {
        return object[key].get<std::string>();
    };
    for (const Json& sweep : status["sweeps"]) {
        const auto number = [&](const char* key) { return sweep[key].get<std::int64_t>(); };
        const bool missed = number("changed") + number("added") > 0;
        output.line(
            fmt::format("sweep   {:<28} {:<7} {:<8} {} read {} changed {} added {} "
                        "missing {} gone {}{}",
                        text(sweep, "mapping"),
                        text(sweep, "kind"),
                        text(sweep, "outcome"),
                        text(sweep, "started"),
                        number("read"),
                        number("changed"),
                        number("added"),
                        number("missing"),
                        number("gone"),
                        missed ? ": the windows missed rows" : ""));
    }
    for (const Json& late : status["lateness"]) {
        const std::string overlap = text(late, "suggested_overlap");
        output.line(fmt::format(
            "late    {:<28} {} rows, by up to {}{}",
            text(late, "mapping"),
            late["rows"].get<std::int64_t>(),
            jobs::duration_text(late["latest_seconds"].get<std::int64_t>()),
            overlap.empty() ? "" : ": the overlap is nearly used up; write overlap: " + overlap));
    }
}

void print(const CommandContext& context, const Json& status) {
    const auto text = [](const Json& object, const char* key) {
        return object[key].get<std::string>();
    };
    context.output.line(daemon_text(context));
    context.output.line(
        fmt::format("store   {} (schema {})", text(status, "store"), status["schema"].get<int>()));
    for (const Json& job : status["jobs"]) {
        context.output.line(fmt::format("job     {:<32} last {:<21} next {:<21}{}",
                                        text(job, "name"),
                                        text(job, "last_start"),
                                        text(job, "next_start"),
                                        job["paused"].get<bool>() ? " paused" : ""));
    }
    for (const Json& terminal : status["terminals"]) {
        context.output.line(
            fmt::format("term    {:<32} last {:<21} records {:<21} {} kept{}",
                        text(terminal, "source") + "/" + text(terminal, "serial"),
                        text(terminal, "last_contact"),
                        text(terminal, "last_records"),
                        terminal["records"].get<std::int64_t>(),
                        terminal["ahead"].get<std::int64_t>() > 0 ? " clock ahead: set it" : ""));
    }
    print_drift(context.output, status["drift"]);
    print_completeness(context.output, status);
    for (const Json& run : status["runs"]) {
        context.output.line(fmt::format("run     {:>6} {:<28} {:<11} {:<8} {} {} {}",
                                        run["id"].get<std::int64_t>(),
                                        text(run, "mapping"),
                                        text(run, "kind"),
                                        text(run, "outcome"),
                                        text(run, "started"),
                                        work_text(run),
                                        text(run, "error")));
    }
}

}  // namespace

nlohmann::json run_json(const model::Run& run) {
    return {{"id", run.id},
            {"mapping", run.mapping},
            {"kind", run.kind},
            {"outcome", run.outcome},
            {"started", base::to_string(run.started_at)},
            {"read", run.rows_read},
            {"inserted", run.rows_inserted},
            {"updated", run.rows_updated},
            {"unchanged", run.rows_unchanged},
            {"rejected", run.rows_rejected},
            {"held", run.rows_held},
            {"error", run.error.value_or("")}};
}

nlohmann::json status_json(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    Json out{{"daemon", daemon_json(context)},
             {"store", context.services.store->describe()},
             {"schema", store::schema_version(*connection)},
             {"jobs", Json::array()},
             {"terminals", Json::array()},
             {"drift", Json::array()},
             {"runs", Json::array()},
             {"sweeps", Json::array()},
             {"lateness", Json::array()}};
    const auto scheduled = job_names(context.services);
    for (const model::Job& job : store::JobRepository(*connection).all()) {
        if (scheduled.count(job.name) == 0 && !job.paused) {
            continue;  // of a former configuration
        }
        out["jobs"].push_back({{"name", job.name},
                               {"paused", job.paused},
                               {"last_start", text_of(job.last_start)},
                               {"next_start", text_of(job.next_start)}});
    }
    // An older store, which waits for its upgrade, has no terminals, drift and sweeps.
    const bool upgraded = store::schema_version(*connection) == store::newest_schema_version();
    const auto terminals =
        upgraded ? store::TerminalInbox(*connection).terminals() : std::vector<model::Terminal>();
    for (const model::Terminal& terminal : terminals) {
        out["terminals"].push_back({{"serial", terminal.serial},
                                    {"source", terminal.source},
                                    {"address", terminal.address},
                                    {"last_contact", base::to_string(terminal.last_contact)},
                                    {"last_records", text_of(terminal.last_records)},
                                    {"records", terminal.records},
                                    {"ahead", terminal.ahead}});
    }
    for (const model::Run& run : store::RunRepository(*connection).latest(kRunsShown)) {
        out["runs"].push_back(run_json(run));
    }
    add_failed(context.services, *connection, out["runs"]);
    if (upgraded) {
        out["drift"] = drift_json(context.services, *connection);
        add_completeness(context.services, *connection, out);
    }
    return out;
}

Exit run_status(const CommandContext& context) {
    const Json status = status_json(context);
    if (context.line.has("json")) {
        context.output.line(status.dump(2));
    } else {
        print(context, status);
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
