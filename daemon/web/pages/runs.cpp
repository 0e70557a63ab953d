#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/pages/reading.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kRunsShown = 60;

std::string outcome_class(const std::string& outcome) {
    if (outcome == "done") {
        return "good";
    }
    return outcome == "failed" ? "bad" : "warn";
}

nlohmann::json show_run(const PageParts& parts,
                        const model::Run& run,
                        const std::string& language) {
    std::string seconds = "…";
    if (run.finished_at) {
        const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(*run.finished_at -
                                                                                 run.started_at);
        seconds = fmt::format("{:.1f}", static_cast<double>(taken.count()) / 1000.0);
    }
    return {{"id", run.id},
            {"mapping", run.mapping},
            {"outcome_text", text_of(language, "outcome_" + run.outcome)},
            {"outcome_class", outcome_class(run.outcome)},
            {"started", show_time(parts, run.started_at, language)},
            {"seconds", seconds},
            {"read", run.rows_read},
            {"inserted", run.rows_inserted},
            {"updated", run.rows_updated},
            {"unchanged", run.rows_unchanged},
            {"rejected", run.rows_rejected},
            {"has_rejects", run.rows_rejected > 0},
            {"held", run.rows_held},
            {"error", run.error ? nlohmann::json(*run.error) : nlohmann::json()}};
}

nlohmann::json show_job(const PageParts& parts, const model::Job& job, const Visit& visit) {
    const std::string language = language_of(visit.request);
    return {{"name", job.name},
            {"paused", job.paused},
            {"last_start", show_time(parts, job.last_start, language)},
            {"next_start", show_time(parts, job.next_start, language)},
            {"may_pause", visit.visitor->account.role == model::Role::Operator},
            {"action", job.paused ? "/jobs/resume" : "/jobs/pause"},
            {"button", text_of(language, job.paused ? "resume" : "pause")},
            {"form_token", visit.visitor->form_token}};
}

Response runs_page(const PageParts& parts, const Visit& visit) {
    const std::string language = language_of(visit.request);
    const auto connection = connect_to_read(parts);
    nlohmann::json data{{"runs", nlohmann::json::array()}, {"jobs", nlohmann::json::array()}};
    for (const model::Run& run : store::RunRepository(*connection).latest(kRunsShown)) {
        data["runs"].push_back(show_run(parts, run, language));
    }
    for (const model::Job& job : store::JobRepository(*connection).all()) {
        data["jobs"].push_back(show_job(parts, job, visit));
    }
    data["no_runs"] = data["runs"].empty();
    data["no_jobs"] = data["jobs"].empty();
    return render_page(visit, "runs.html", "runs_title", data);
}

Response change_job(const PageParts& parts, const Visit& visit, bool pause) {
    const auto connection = parts.store.connect();
    store::JobRepository jobs(*connection);
    const std::string name = visit.request.form_value("name");
    if (!jobs.find(name)) {
        return plain_text(404, "There is no such job.\n");
    }
    const std::string& actor = visit.visitor->account.name;
    const auto now = parts.clock.now();
    store::sql::Transaction transaction(*connection);
    if (pause) {
        jobs.pause(name, actor, "", now);
    } else {
        jobs.resume(name);
    }
    store::AuditRepository(*connection)
        .add(actor, pause ? "job.pause" : "job.resume", name, "", now);
    transaction.commit();
    return redirect("/runs");
}

}  // namespace

void add_run_pages(Router& router, const PageParts& parts) {
    using model::Role;
    router.add({"GET",
                "/runs",
                {Role::Operator, Role::Implementer},
                false,
                true,
                [parts](const Visit& visit) { return runs_page(parts, visit); }});
    router.add({"POST", "/jobs/pause", {Role::Operator}, false, true, [parts](const Visit& visit) {
                    return change_job(parts, visit, true);
                }});
    router.add({"POST", "/jobs/resume", {Role::Operator}, false, true, [parts](const Visit& visit) {
                    return change_job(parts, visit, false);
                }});
}

}  // namespace hrbridge::web
