#include "daemon/app/running.h"

#include <gtest/gtest.h>

#include "daemon/web/passwords.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

TEST(Jobs, ThatTellPeopleNeverWaitForTheSyncs) {
    test::LiveBench bench;
    const auto services = bench.load();
    services->mappings.emplace_back();
    services->mappings.back().name = "erp/person";
    std::size_t syncs = 0;

    for (const jobs::ScheduledJob& job : make_jobs(*services)) {
        const bool is_sync = job.name == "sync/erp/person";
        syncs += is_sync ? 1 : 0;
        EXPECT_NE(job.own_thread, is_sync) << job.name;
    }
    EXPECT_EQ(syncs, 1U);
}

// Asks a page of the daemon without a network.
web::Response ask(Services& services, const web::Request& request) {
    const auto scheduler = std::make_unique<jobs::Scheduler>(
        jobs::Scheduler::Parts{*services.store, services.clock, services.log},
        std::vector<jobs::ScheduledJob>{});
    return make_router(services, *scheduler, {})->handle(request);
}

web::Response metrics(Services& services) {
    web::Request request;
    request.method = "GET";
    request.path = "/metrics";
    request.headers["host"] = "hr.example";
    return ask(services, request);
}

TEST(Metrics, TellTheOutboxAsItIsAtTheScrapeThoughNoJobRuns) {
    test::LiveBench bench;
    const auto services = bench.load();
    const auto connection = services->store->connect();
    store::migrate(*connection);
    model::OutboxEvent event;
    event.event_key = "e1";
    event.kind = "operations";
    event.receiver = "hr01";
    event.request = "{}";
    event.created_at = bench.clock.now();
    event.next_attempt = bench.clock.now();
    store::OutboxRepository(*connection).add(event);
    bench.clock.advance(std::chrono::seconds(90));

    EXPECT_NE(metrics(*services).body.find("hrbridge_outbox_oldest_seconds 90"), std::string::npos);
    bench.clock.advance(std::chrono::seconds(10));
    EXPECT_NE(metrics(*services).body.find("hrbridge_outbox_oldest_seconds 100"),
              std::string::npos);
    connection->run_script("DROP TABLE outbox");
    EXPECT_NE(metrics(*services).body.find("hrbridge_outbox_oldest_seconds Nan"),
              std::string::npos);
}

bool cookie_is_secure(const std::string& page_url) {
    test::LiveBench bench;
    const auto services = bench.load();
    services->config.wecom->page_url = page_url;
    const auto connection = services->store->connect();
    store::migrate(*connection);
    model::Account account;
    account.name = "operator";
    account.role = model::Role::Operator;
    account.password_hash = web::hash_password("correct horse battery");
    store::AccountRepository(*connection).add(account, bench.clock.now());
    web::Request request;
    request.method = "POST";
    request.path = "/login";
    request.headers["host"] = "hr.example";
    request.headers["origin"] = "https://hr.example";
    request.form = {{"name", "operator"}, {"password", "correct horse battery"}};
    const web::Response response = ask(*services, request);
    EXPECT_EQ(response.status, 303);
    return response.headers.at("Set-Cookie").find("; Secure") != std::string::npos;
}

TEST(Cookie, IsKeptToTlsWhenPeopleReachThePagesByHttps) {
    EXPECT_TRUE(cookie_is_secure("https://hr.example"));
    EXPECT_FALSE(cookie_is_secure("http://127.0.0.1:8080"));
}

}  // namespace
}  // namespace hrbridge::app
