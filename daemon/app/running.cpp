#include "daemon/app/running.h"

#include <fmt/format.h>

#include "daemon/app/callback_job.h"
#include "daemon/app/findings_job.h"
#include "daemon/app/key_rotation.h"
#include "daemon/app/ledger_job.h"
#include "daemon/app/measures.h"
#include "daemon/app/reject_replay.h"
#include "daemon/app/retention_job.h"
#include "daemon/app/store_backup.h"
#include "daemon/app/sweeping.h"
#include "daemon/app/sync_schedule.h"
#include "daemon/app/wecom_login.h"
#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"

namespace hrbridge::app {
namespace {

constexpr const char* kOutboxEvery = "30s";
// Receipt of a callback starts its job at once; this finds what an earlier process left.
constexpr const char* kCallbacksEvery = "60s";
constexpr const char* kCallbackJob = "callbacks";
constexpr const char* kRetentionEvery = "20 3 * * *";
constexpr const char* kLedgerEvery = "40 3 * * *";
constexpr const char* kKeysEvery = "10 4 * * *";
constexpr const char* kLedgerJob = "ledger";
constexpr const char* kSyncPrefix = "sync/";

jobs::Schedule schedule(const std::string& text, const std::string& zone, const std::string& job) {
    return jobs::Schedule::parse(text,
                                 base::Zone::find(zone).value_or(base::Zone::utc()),
                                 std::chrono::milliseconds(0),
                                 job)
        .value();
}

void sync_job(Services& services, const engine::Mapping& mapping, const std::stop_token& stop) {
    const jobs::SyncReport report = services.make_runner().run(mapping, {}, stop);
    if (report.outcome == jobs::SyncOutcome::PutOff || report.outcome == jobs::SyncOutcome::Busy) {
        services.log.warning("sync put off", {{"mapping", report.mapping}, {"why", report.error}});
        throw base::Stopped();
    }
    if (report.outcome == jobs::SyncOutcome::Stopped) {
        throw base::Stopped();
    }
    if (report.outcome != jobs::SyncOutcome::Done) {
        throw std::runtime_error(
            fmt::format("{}: {}",
                        to_string(report.outcome),
                        report.error.empty() ? jobs::to_text(report.faults) : report.error));
    }
    services.log.info("sync done",
                      {{"mapping", report.mapping},
                       {"read", std::to_string(report.rows_read)},
                       {"inserted", std::to_string(report.inserted)},
                       {"updated", std::to_string(report.updated)},
                       {"rejected", std::to_string(report.rows_rejected())},
                       {"held", std::to_string(report.rows_held())}});
}

jobs::ScheduledJob make_sync(Services& services, const engine::Mapping& mapping) {
    jobs::ScheduledJob job;
    job.name = sync_job_name(mapping);
    job.when = sync_schedule(mapping);
    for (const std::string& need : mapping.needs) {
        job.needs.push_back(std::string(kSyncPrefix) + need);
    }
    job.work = [&services, &mapping](const std::stop_token& stop) {
        sync_job(services, mapping, stop);
    };
    job.done_since = [&mapping](store::sql::Connection& connection, base::Timestamp start) {
        return store::RunRepository(connection).done_since(mapping.name, "", start);
    };
    return job;
}

// A module that somebody works on puts it off to the next night.
void key_job(Services& services, const std::stop_token& stop) {
    try {
        rotate_keys(services, stop);
    } catch (const base::LeaseHeld& held) {
        services.log.warning("the rotation of keys is put off", {{"why", held.what()}});
    }
}

// By the daemon itself, or by a proxy before it: then people's browsers speak https to page_url,
// and their cookies must never leave by anything else.
bool has_tls(const Config& config) {
    return !config.web.certificate.empty() ||
           (config.wecom && config.wecom->page_url.starts_with("https://"));
}

web::SessionRules session_rules(const Config& config) {
    return {std::chrono::hours(config.web.session_hours),
            std::chrono::minutes(config.web.session_idle_minutes),
            has_tls(config)};
}

web::Response text_response(std::string body) {
    web::Response response = web::plain_text(200, std::move(body));
    return response;
}

void add_probe_routes(web::Router& router, Services& services) {
    const auto open_route = [&](const char* path, std::function<web::Response()> answer) {
        router.add(
            {"GET", path, {}, true, false, [answer](const web::Visit&) { return answer(); }});
    };
    open_route("/metrics", [&services, measures = std::make_shared<Measures>(services)] {
        measures->take();
        measure_backup(services);
        web::Response response = text_response(services.metrics.expose());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return response;
    });
    open_route("/live", [] { return text_response("alive\n"); });
    open_route("/ready", [&services] {
        services.store->connect();
        return text_response("ready\n");
    });
}

void add_callbacks(web::Router& router, Services& services, jobs::Scheduler& scheduler) {
    if (!services.callbacks) {
        return;
    }
    CallbackDesk& desk = *services.callbacks;
    web::CallbackRoute route;
    route.path = services.config.wecom->callback->path;
    route.most_bytes = desk.most_bytes();
    route.verify = [&desk](const web::CallbackCall& call) { return desk.verify(call); };
    route.receive = [&desk, &scheduler](const web::CallbackCall& call) {
        web::Response response = desk.receive(call);
        scheduler.run_now(kCallbackJob);
        return response;
    };
    route.too_long = [&desk] { desk.too_long(); };
    web::add_callback_route(router, route);
}

// Terminals have no login: the desk knows them by serial number, address and token.
void add_terminals(web::Router& router, Services& services) {
    if (!services.terminals) {
        return;
    }
    TerminalDesk& desk = *services.terminals;
    for (const char* pattern : {"/iclock/{call}", "/{token}/iclock/{call}"}) {
        for (const char* method : {"GET", "POST"}) {
            router.add({method, pattern, {}, true, false, [&desk](const web::Visit& visit) {
                            return desk.answer(visit.request);
                        }});
        }
    }
}

}  // namespace

std::vector<jobs::ScheduledJob> make_jobs(Services& services) {
    std::vector<jobs::ScheduledJob> all;
    for (const engine::Mapping& mapping : services.mappings) {
        all.push_back(make_sync(services, mapping));
    }
    add_sweep_jobs(services, all);
    const std::string& zone = services.config.zone;
    all.push_back({"findings",
                   schedule(services.config.findings_every, zone, "findings"),
                   {},
                   [&services](const std::stop_token&) { evaluate_findings(services); }});
    all.push_back({"outbox",
                   schedule(kOutboxEvery, zone, "outbox"),
                   {},
                   [dispatcher = make_dispatcher(services)](const std::stop_token& stop) {
                       if (dispatcher) {
                           dispatcher->run_once(stop);
                       }
                   }});
    if (services.callbacks) {
        all.push_back(
            {kCallbackJob,
             schedule(kCallbacksEvery, zone, kCallbackJob),
             {},
             [&services](const std::stop_token& stop) { work_on_callbacks(services, stop); }});
    }
    all.push_back({"retention",
                   schedule(kRetentionEvery, zone, "retention"),
                   {},
                   [&services](const std::stop_token& stop) { delete_old_rows(services, stop); }});
    all.push_back({kLedgerJob,
                   schedule(kLedgerEvery, zone, kLedgerJob),
                   {},
                   [&services](const std::stop_token& stop) { verify_ledger(services, stop); }});
    if (services.keys && services.keys->ids().size() > 1) {
        all.push_back({"keys",
                       schedule(kKeysEvery, zone, "keys"),
                       {},
                       [&services](const std::stop_token& stop) { key_job(services, stop); }});
    }
    if (services.config.backup) {
        all.push_back(
            {"backup",
             schedule(services.config.backup->schedule, zone, "backup"),
             {},
             [&services](const std::stop_token& stop) { run_scheduled_backup(services, stop); }});
    }
    for (jobs::ScheduledJob& job : all) {
        job.own_thread = !job.name.starts_with(kSyncPrefix);  // a long sync holds no card back
    }
    return all;
}

std::set<std::string> job_names(Services& services) {
    std::set<std::string> names;
    for (const jobs::ScheduledJob& job : make_jobs(services)) {
        names.insert(job.name);
    }
    return names;
}

std::unique_ptr<web::Router> make_router(Services& services,
                                         jobs::Scheduler& scheduler,
                                         const std::stop_token& stop) {
    const web::SessionRules sessions = session_rules(services.config);
    auto router =
        std::make_unique<web::Router>(*services.store, services.clock, services.log, sessions);
    const web::PageParts parts{
        *services.store,
        services.clock,
        services.log,
        *base::Zone::find(services.config.zone),
        sessions,
        [&services, stop](const std::string& mapping, const std::string& actor) {
            return replay_open_rejects(services, mapping, actor, stop);
        },
        services.keys ? &*services.keys : nullptr,
        services.ledger_keys ? &*services.ledger_keys : nullptr,
        make_wecom_login(services),
        services.replica.get()};
    if (services.replica) {
        router->after_changes([&services] { services.replica->changed(); });
    }
    web::add_asset_routes(*router);
    web::add_login_pages(*router, parts);
    web::add_run_pages(*router, parts);
    web::add_reject_pages(*router, parts);
    web::add_outbox_pages(*router, parts);
    web::add_finding_pages(*router, parts);
    web::add_check_pages(*router, parts);
    add_callbacks(*router, services, scheduler);
    add_terminals(*router, services);
    add_probe_routes(*router, services);
    return router;
}

web::ServerOptions server_options(const WebConfig& config) {
    web::ServerOptions options;
    options.host = config.host;
    options.port = config.port;
    options.certificate = config.certificate;
    options.key = config.key;
    options.strict_transport = std::chrono::days(config.strict_transport_days);
    options.raw_bodies_in = TerminalDesk::kPath;
    return options;
}

web::Response answer_unavailable(const web::Request& request) {
    return web::only_reads(request) ? web::plain_text(503, "The daemon is starting; try again.\n")
                                    : web::no_answer();
}

Running::Running(std::shared_ptr<Services> services)
    : services_(std::move(services)),
      scheduler_(std::make_unique<jobs::Scheduler>(
          jobs::Scheduler::Parts{*services_->store, services_->clock, services_->log},
          make_jobs(*services_))),
      router_(make_router(*services_, *scheduler_, stop_.get_token())) {
    scheduler_->run_now(kCallbackJob);  // what came while no jobs ran
    scheduler_->run_now(kLedgerJob);    // its gauges do not outlive a process
}

web::RequestHandler Running::pages() {
    return
        [router = router_.get()](const web::Request& request) { return router->handle(request); };
}

void Running::end_jobs() {
    has_jobs_ = false;
    scheduler_->stop();
}

}  // namespace hrbridge::app
