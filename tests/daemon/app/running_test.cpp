#include "daemon/app/running.h"

#include <cmath>

#include <gtest/gtest.h>

#include "daemon/app/measures.h"
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

std::string metrics_text(Services& services) {
    return metrics(services).body;
}

// A mapping that is to be synced each quarter of an hour, and that nobody ever synced.
void add_quarterly(Services& services, const std::string& hours) {
    services.mappings.emplace_back();
    services.mappings.back().name = "erp/person";
    services.mappings.back().read_as.zone = "Asia/Shanghai";
    services.mappings.back().sync.every = "15m";
    services.mappings.back().sync.hours = hours;
}

TEST(Metrics, TellHowLateASyncIsUntilARunHasReadItsSource) {
    test::LiveBench bench;
    const auto services = bench.load();
    const auto connection = services->store->connect();
    store::migrate(*connection);
    add_quarterly(*services, "");
    store::RunRepository runs(*connection);
    model::Run run;
    run.mapping = "erp/person";
    run.source = "erp";
    run.started_at = bench.clock.now();
    const std::int64_t id = runs.start(run);
    bench.clock.advance(std::chrono::minutes(20));

    runs.finish(id, "failed", bench.clock.now(), {});
    EXPECT_NE(
        metrics_text(*services).find("hrbridge_sync_late_seconds{mapping=\"erp/person\"} 0\n"),
        std::string::npos);
    runs.finish(id, "done", bench.clock.now(), {});
    EXPECT_NE(
        metrics_text(*services).find("hrbridge_sync_late_seconds{mapping=\"erp/person\"} 300\n"),
        std::string::npos);
}

TEST(LateSync, IsForgottenOfAMappingThatAReloadTookAway) {
    test::LiveBench bench;
    const auto services = bench.load();
    store::migrate(*services->store->connect());
    add_quarterly(*services, "");
    Measures measures(*services);
    bench.clock.advance(std::chrono::hours(1));
    measures.take();
    auto& late =
        monitoring::StateMetrics(bench.metrics).sync_late_seconds.Add({{"mapping", "erp/person"}});
    EXPECT_EQ(late.Value(), 45 * 60);

    const auto next = bench.load();
    Measures(*next).take();

    EXPECT_TRUE(std::isnan(late.Value()));
}

TEST(LateSync, DoesNotCountTheHoursInWhichItsSourceMayNotBeAsked) {
    test::LiveBench bench;
    const auto services = bench.load();
    add_quarterly(*services, "22:00-06:00");
    const engine::Mapping& mapping = services->mappings.back();
    const auto at = [](int day, int hour, int minute) {  // in Shanghai
        return base::Timestamp(base::Date(std::chrono::year(2024) / 4 / day)) +
               std::chrono::hours(hour - 8) + std::chrono::minutes(minute);
    };
    const auto late = [&](base::Timestamp due, base::Timestamp now) {
        return late_by(mapping, services->config, due, now);
    };

    EXPECT_EQ(late(at(10, 6, 5), at(10, 12, 0)), std::chrono::minutes(0));
    EXPECT_EQ(late(at(10, 6, 5), at(10, 22, 30)), std::chrono::minutes(35));
    EXPECT_EQ(late(at(10, 1, 0), at(10, 1, 20)), std::chrono::minutes(20));
    EXPECT_EQ(late(at(10, 6, 5), at(11, 12, 0)), std::chrono::hours(8));
    EXPECT_EQ(late(at(10, 12, 0), at(10, 6, 0)), std::chrono::minutes(0));
}

TEST(Metrics, TellTheRoomUnderStoreAndStateFolderAndWhatIsKeptFree) {
    test::LiveBench bench;
    const auto services = bench.load();
    store::migrate(*services->store->connect());

    const std::string text = metrics_text(*services);

    EXPECT_NE(text.find("hrbridge_disk_free_bytes{place=\"store\"} "), std::string::npos);
    EXPECT_NE(text.find("hrbridge_disk_free_bytes{place=\"state\"} "), std::string::npos);
    EXPECT_NE(text.find("hrbridge_disk_reserve_bytes 536870912"), std::string::npos);
    EXPECT_NE(text.find("hrbridge_process_resident_bytes "), std::string::npos);
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
