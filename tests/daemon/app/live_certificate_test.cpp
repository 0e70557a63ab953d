#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "monitoring/state_metrics.h"
#include "tests/daemon/app/support/live_bench.h"
#include "tests/support/https_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

using test::LiveBench;

double certificate_end(LiveBench& bench) {
    return monitoring::StateMetrics(bench.metrics)
        .certificate_end_seconds.Add({{"certificate", "web"}})
        .Value();
}

TEST(Certificate, TellsItsEndAsLongAsItIsShown) {
    LiveBench bench;
    Live& live = bench.start();
    EXPECT_EQ(bench.metrics.expose().find("hrbridge_certificate_end_timestamp_seconds{"),
              std::string::npos);
    test::make_certificates(bench.folder.path().string());
    bench.configure("web: {port: 0, certificate: server.pem, key: server.key}\n");

    EXPECT_TRUE(live.reload());

    constexpr double kThirtyDays = 30 * 86'400;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_NEAR(certificate_end(bench) - std::chrono::duration<double>(now).count(),
                kThirtyDays,
                /*a minute*/ 60);
    bench.configure("web: {port: 0}\n");
    EXPECT_TRUE(live.reload());
    EXPECT_EQ(bench.metrics.expose().find("hrbridge_certificate_end_timestamp_seconds{"),
              std::string::npos);
}

constexpr double kDay = 86'400;

// What the metric says, in days from now.
double days_left(LiveBench& bench) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return (certificate_end(bench) - std::chrono::duration<double>(now).count()) / kDay;
}

TEST(Certificate, IsTakenFromItsFilesAtAReloadAndAtALook) {
    LiveBench bench;
    test::make_certificates(bench.folder.path().string(), 10);
    bench.configure("web: {port: 0, certificate: server.pem, key: server.key}\n");
    Live& live = bench.start();
    const int port = live.port();
    EXPECT_NEAR(days_left(bench), 10, 0.1);

    test::make_certificates(bench.folder.path().string(), 20);
    EXPECT_TRUE(live.reload());
    EXPECT_NEAR(days_left(bench), 20, 0.1);

    test::make_certificates(bench.folder.path().string(), 40);
    live.renew_certificate();
    EXPECT_NEAR(days_left(bench), 40, 0.1);
    EXPECT_TRUE(bench.log.contains("a new certificate is shown"));
    EXPECT_EQ(live.port(), port) << "it listens anew";
}

TEST(Certificate, StaysWhenItsFilesAreBrokenAndTheLogSaysSoOnce) {
    LiveBench bench;
    test::make_certificates(bench.folder.path().string());
    bench.configure("web: {port: 0, certificate: server.pem, key: server.key}\n");
    Live& live = bench.start();
    const std::string good = test::read_file(bench.folder.file("server.pem"));
    bench.folder.write("server.pem", "half a file");

    live.renew_certificate();
    live.renew_certificate();

    const auto lines = bench.log.lines();
    EXPECT_EQ(std::count_if(lines.begin(),
                            lines.end(),
                            [](const std::string& line) {
                                return line.find("the new certificate cannot be used") !=
                                       std::string::npos;
                            }),
              1);
    EXPECT_NEAR(days_left(bench), 30, 0.1);
    EXPECT_FALSE(live.reload());
    ASSERT_FALSE(live.refusal().empty());
    EXPECT_NE(live.refusal().front().find("server.pem: holds no certificate"), std::string::npos);
    bench.folder.write("server.pem", good);
    live.renew_certificate();
    EXPECT_TRUE(live.reload());
}

}  // namespace
}  // namespace hrbridge::app
