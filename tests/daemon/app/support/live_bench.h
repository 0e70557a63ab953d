#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/app/findings_job.h"
#include "daemon/app/live.h"
#include "daemon/base/seal.h"
#include "daemon/store/repositories.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A daemon's inside on an SQLite store, with the sandbox as its platform and callbacks configured.
class LiveBench {
  public:
    static constexpr const char* kToken = "QDG6eK";
    static constexpr const char* kKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
    static constexpr const char* kCorp = "wwsandbox";

    LiveBench() : sandbox(sandbox_options(), clock), sandbox_url(sandbox.start()) {
        folder.write("mappings/empty.txt", "");
        folder.write("rules/empty.txt", "");
        folder.write("keys", std::string(base::SealKeys::generate("k1").reveal()));
        folder.write("wecom_secret", "the-secret");
        folder.write("callback_token", kToken);
        folder.write("callback_key", kKey);
        for (const char* name : {"keys", "wecom_secret", "callback_token", "callback_key"}) {
            std::filesystem::permissions(
                folder.file(name),
                std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        }
        configure("web: {port: 0}\n");
    }

    static wecom::sandbox::Options sandbox_options() {
        wecom::sandbox::Options options;
        options.secret = base::Secret("the-secret");
        options.people = {{"hr01", "人事主管"}, {"hr02", "人事专员"}};
        return options;
    }

    std::string configure(const std::string& more) const {
        return folder.write("hrbridge.yaml",
                            "store: {kind: sqlite, path: hr.db}\n"
                            "seal_keys: {file: keys}\n"
                            "control_socket: control.sock\n"
                            "wecom:\n"
                            "  base_url: " +
                                sandbox_url +
                                "\n"
                                "  corp_id: wwsandbox\n"
                                "  agent_id: 1000002\n"
                                "  secret: {file: wecom_secret}\n"
                                "  hr_receivers: [hr01, hr02]\n"
                                "  page_url: https://hr.example\n"
                                "  login: {inside: '" +
                                sandbox_url + "/connect/oauth2/authorize', browser: '" +
                                sandbox_url +
                                "/wwlogin/sso/login'}\n"
                                "  callback: {token: {file: callback_token}, aes_key: {file: "
                                "callback_key}}\n" +
                                more);
    }

    std::unique_ptr<app::Services> load() {
        app::LoadedServices loaded =
            app::load_services(folder.file("hrbridge.yaml"), log, clock, metrics);
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        return std::move(loaded.services);
    }

    // Starts the daemon's inside and tells the platform its callback address.
    app::Live& start() {
        live = std::make_unique<app::Live>(
            app::Live::Parts{folder.file("hrbridge.yaml"), log, clock, metrics}, load());
        services = load();
        sandbox.set_callback(wecom::sandbox::CallbackTarget{
            "http://127.0.0.1:" + std::to_string(live->port()) + "/wecom/callback",
            base::Secret(kToken),
            base::Secret(kKey),
            ""});
        return *live;
    }

    // A warning about a person, announced to HR and sent; gives its id.
    std::int64_t send_warning() {
        const auto connection = services->store->connect();
        store::sql::Transaction transaction(*connection);
        connection->run_script(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('P1', "
            "'张三', x'00', 0, 0);"
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) VALUES ('E1', 1, 'permanent', 0, x'00', 0, 0);");
        model::Finding finding;
        finding.rule = "R1";
        finding.level = model::FindingLevel::Warning;
        finding.kpi_code = "defect_rate";
        finding.spell_id = 1;
        finding.period = base::Date(std::chrono::year(2024) / 4 / 1);
        finding.evidence = kEvidence;
        finding.inputs_hash = std::string(32, 'h');
        finding.raised_at = clock.now();
        finding.updated_at = clock.now();
        store::FindingRepository findings(*connection);
        finding.id = findings.save(finding).id;
        app::make_announcer(services->config)
            .warn(*connection, finding, *findings.employee(1), clock.now());
        transaction.commit();
        app::dispatch_outbox(*services, {});
        return finding.id;
    }

    static constexpr const char* kEvidence =
        R"({"subject":{"rate":0.08,"low":0.06,"high":0.1,"n":1000,"bad":80},)"
        R"("peers":{"rate":0.03,"n":9000,"bad":270,"people":9},"chance_warnings":0.01,)"
        R"("chance_watches":1.5,"people":100,"causes":[],"gap":0.05,"tail":0.0001,)"
        R"("alpha_each":0.0005,"phi":1.0,"n_min":100,)"
        R"("months":[{"month":"2024-04","n":1000,"bad":80,"peer_n":9000,"peer_bad":270}],)"
        R"("history":[{"month":"2024-04","n":1000,"bad":80,"peer_n":9000,"peer_bad":270}]})";

    std::int64_t count(const std::string& from) const {
        const auto connection = services->store->connect();
        const auto rows = connection->query("SELECT count(*) FROM " + from, {});
        rows->next();
        return rows->integer(0);
    }

    TempDir folder;
    ManualClock clock;
    MemoryLog log;
    monitoring::Metrics metrics;
    wecom::sandbox::Sandbox sandbox;
    std::string sandbox_url;
    std::unique_ptr<app::Live> live;
    std::unique_ptr<app::Services> services;  // the test's own, on the same store
};

}  // namespace hrbridge::test
