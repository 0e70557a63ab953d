#include "daemon/app/live.h"

#include <atomic>
#include <map>
#include <memory>
#include <stop_token>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/app/control.h"
#include "tests/daemon/app/support/live_bench.h"
#include "tests/support/https_server.h"
#include "tests/support/process.h"
#include "tests/support/raw_http.h"
#include "tests/support/wait_for.h"

namespace hrbridge::app {
namespace {

using test::LiveBench;

// Somebody else's listener.
class TakenPort {
  public:
    TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(fd_, 1);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    TakenPort(const TakenPort&) = delete;
    TakenPort& operator=(const TakenPort&) = delete;
    ~TakenPort() { ::close(fd_); }
    std::string port() const { return std::to_string(port_); }

  private:
    int fd_;
    int port_ = 0;
};

class Lines final : public Output {
  public:
    void line(std::string_view text) override { text_ += std::string(text) + "\n"; }
    void error(std::string_view text) override { text_ += "error: " + std::string(text) + "\n"; }
    void progress(std::string_view) override {}
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

int status_of(int port, const std::string& target) {
    return test::http_call(port, {"GET", target}).status;
}

TEST(Reload, KeepsTheOldConfigurationWhenTheNewWebAddressIsTaken) {
    LiveBench bench;
    Live& live = bench.start();
    const int port = live.port();
    const TakenPort taken;
    bench.configure("web: {port: " + taken.port() + "}\nfindings_every: 45m\n");

    EXPECT_FALSE(live.reload());

    EXPECT_EQ(live.port(), port);
    EXPECT_EQ(status_of(port, "/ready"), 200);
    EXPECT_TRUE(bench.log.contains("web.host, web.port")) << "the key is not named";
    EXPECT_TRUE(bench.log.contains("the old one stays in force"));
    bench.configure("web: {port: 0}\n");
    EXPECT_TRUE(live.reload());
}

TEST(Reload, KeepsTheListenerWhenTheAddressIsUnchanged) {
    LiveBench bench;
    Live& live = bench.start();
    const int port = live.port();
    bench.configure("web: {port: 0}\nfindings_every: 45m\n");

    EXPECT_TRUE(live.reload());

    EXPECT_EQ(live.port(), port);
    EXPECT_EQ(status_of(port, "/ready"), 200);
}

TEST(Reload, MovesToANewAddressThatCanBeTaken) {
    LiveBench bench;
    Live& live = bench.start();
    const int before = live.port();
    const int free = test::free_port();
    bench.configure("web: {port: " + std::to_string(free) + "}\n");

    EXPECT_TRUE(live.reload());

    EXPECT_EQ(live.port(), free);
    EXPECT_EQ(status_of(free, "/ready"), 200);
    EXPECT_THROW(status_of(before, "/ready"), std::runtime_error);
}

TEST(Reload, KeepsTheOldConfigurationWhenTheNewOneHasFaultsOrItsStoreDoesNotOpen) {
    LiveBench bench;
    Live& live = bench.start();
    bench.configure("web: {port: nine}\n");
    EXPECT_FALSE(live.reload());
    bench.folder.write("other.db", "This is no database and must not be taken for one.");
    bench.folder.write("hrbridge.yaml", "store: {kind: sqlite, path: other.db}\nweb: {port: 0}\n");
    EXPECT_FALSE(live.reload());
    EXPECT_TRUE(bench.log.contains("the new configuration cannot be used"));

    EXPECT_EQ(status_of(live.port(), "/ready"), 200);
}

TEST(Reload, NamesWhatTakesEffectAtTheNextStartOnly) {
    LiveBench bench;
    Live& live = bench.start();
    bench.configure("web: {port: 0}\nlog_level: debug\n");

    EXPECT_TRUE(live.reload());

    EXPECT_TRUE(bench.log.contains("takes effect at the next start key=log_level"));
}

TEST(Reload, RefusesACertificateThatDoesNotFitAndNamesItsKey) {
    LiveBench bench;
    Live& live = bench.start();
    const std::string none = bench.folder.write("none.pem", "no certificate");
    bench.configure("web: {port: 0, certificate: none.pem, key: none.pem}\n");

    EXPECT_FALSE(live.reload());

    EXPECT_TRUE(bench.log.contains("web.certificate, web.key"));
    EXPECT_EQ(status_of(live.port(), "/ready"), 200);
}

// A store without the table of jobs opens, and the jobs cannot start.
TEST(Reload, KeepsTheOldListenerTooWhenTheNewJobsCannotStart) {
    LiveBench bench;
    const int port = test::free_port();
    bench.configure("web: {port: " + std::to_string(port) + "}\n");
    Live& live = bench.start();
    store::StoreOptions options;
    options.path = bench.folder.file("other.db");
    const auto other = store::open_store(options)->connect();
    store::migrate(*other);
    other->run_script("DROP TABLE job");
    test::make_certificates(bench.folder.path().string());
    bench.folder.write("hrbridge.yaml",
                       "store: {kind: sqlite, path: other.db}\nweb: {port: " +
                           std::to_string(port) + ", certificate: server.pem, key: server.key}\n");

    EXPECT_FALSE(live.reload());

    EXPECT_EQ(status_of(port, "/ready"), 200) << "the listener has the new certificate";
    EXPECT_TRUE(live.run_now("findings"));
    bench.configure("web: {port: " + std::to_string(port) +
                    ", certificate: server.pem, key: server.key}\n");
    EXPECT_TRUE(live.reload());
    EXPECT_NE(status_of(port, "/ready"), 200) << "plain HTTP is still spoken";
}

TEST(Address, IsNotSharedWithAnotherServerOfTheSameUser) {
    LiveBench bench;
    const Live& live = bench.start();
    web::ServerOptions options;
    options.port = live.port();

    EXPECT_THROW(web::Server(options, answer_unavailable, bench.log), base::SystemError);
}

// Two people who are warned of, one of them for two months; one whose warning is retracted; one
// watched in the newest month and one in an earlier one.
void add_findings(store::sql::Connection& connection, base::Timestamp now) {
    store::FindingRepository findings(connection);
    const auto month = [](unsigned number) {
        return base::Date(std::chrono::year(2024) / std::chrono::month(number) / 1);
    };
    model::Evaluation evaluation;
    evaluation.rule = "R1";
    evaluation.kpi_code = "defect_rate";
    evaluation.period = month(4);
    evaluation.warnings = 9;
    evaluation.chance_warnings = evaluation.chance_watches = "0.01";
    evaluation.policy = "{}";
    evaluation.evaluated_at = now;
    findings.save(evaluation);
    const base::Bytes hash{std::string(16, 'h')};
    for (const std::int64_t person : {1, 2, 3, 4, 5}) {
        const std::string number = "E" + std::to_string(person);
        connection.execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
            "VALUES ($1, $1, $2, 1, $3)",
            {number, hash, now});
        connection.execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) VALUES ($1, $2, 'permanent', $3, $4, 1, $5)",
            {number, person, month(1), hash, now});
    }
    const auto add = [&](std::int64_t spell, unsigned number, const std::string& state) {
        model::Finding finding;
        finding.rule = "R1";
        finding.level =
            state == "watching" ? model::FindingLevel::Watch : model::FindingLevel::Warning;
        finding.kpi_code = "defect_rate";
        finding.spell_id = spell;
        finding.period = month(number);
        finding.state = state;
        finding.evidence = "{}";
        finding.inputs_hash = std::string(32, 'i');
        finding.raised_at = finding.updated_at = now;
        findings.save(finding);
    };
    add(1, 3, "raised");
    add(1, 4, "raised");
    add(2, 3, "raised");
    add(3, 4, "retracted");
    add(4, 4, "watching");
    add(5, 3, "watching");
}

TEST(Metrics, ShowTheFindingsInForceFromTheStartOn) {
    LiveBench bench;
    {
        const auto services = bench.load();
        const auto connection = services->store->connect();
        store::migrate(*connection);
        add_findings(*connection, bench.clock.now());
    }

    bench.start();

    const std::string text = bench.metrics.expose();
    EXPECT_NE(text.find("hrbridge_findings{level=\"warning\",rule=\"R1\"} 2"), std::string::npos)
        << text;
    EXPECT_NE(text.find("hrbridge_findings{level=\"watch\",rule=\"R1\"} 1"), std::string::npos);
    EXPECT_NE(text.find("hrbridge_findings{level=\"watch\",rule=\"R2\"} 0"), std::string::npos);
}

// A job that waits for the store's writer is under way for as long as the test likes.
TEST(Reload, GoesOnAnsweringWhileTheOldJobsEnd) {
    LiveBench bench;
    Live& live = bench.start();
    const int port = live.port();
    const auto writer = bench.services->store->connect();
    auto held = std::make_unique<store::sql::Transaction>(*writer);
    ASSERT_TRUE(live.run_now("findings"));
    ASSERT_TRUE(test::wait_for([&] { return !live.jobs_under_way().empty(); }));
    std::atomic<bool> ended = false;
    bool reloaded = false;
    std::jthread reload([&] {
        reloaded = live.reload();
        ended = true;
    });
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(status_of(port, "/ready"), 200);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_FALSE(ended);

    held.reset();

    ASSERT_TRUE(test::wait_for([&] {
        EXPECT_EQ(status_of(port, "/ready"), 200);
        return ended.load();
    }));
    EXPECT_TRUE(reloaded);
}

TEST(Reload, StartsNothingAnyMoreWhenAStopIsAskedForMeanwhile) {
    LiveBench bench;
    Live& live = bench.start();
    std::stop_source stop;
    stop.request_stop();

    EXPECT_FALSE(live.reload(stop.get_token()));

    EXPECT_EQ(status_of(live.port(), "/ready"), 200);
    const std::int64_t beat = live.heartbeat();
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_EQ(live.heartbeat(), beat) << "jobs are looked at again";
}

constexpr const char* kOperations = R"(map: test/operation
source:
  conn: files
  files: '*.csv'
  key: [code]
  columns: {code: text!, name: text!, kind: text!}
target: {entity: operation, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {from: kind, type: text(16), id: F03}
)";

// A sync that waits for the store's writer is under way for as long as the test likes.
TEST(ControlCommands, StatusAnswersWhileASyncIsUnderWay) {
    LiveBench bench;
    bench.folder.write("in/rows.csv", "code,name,kind\nOP1,焊接,production\n");
    bench.folder.write("mappings/operation.map.yaml", kOperations);
    bench.configure("web: {port: 0}\nsources:\n  files: {kind: file, folder: in, stable: 1s}\n");
    Live& live = bench.start();
    const ControlServer control(
        bench.folder.file("c"),
        [&](const CommandLine& line, const ControlCall& call, Output& output) {
            return live.command(line, call.input, call.actor, output, call.stop);
        },
        bench.log);
    const auto writer = bench.services->store->connect();
    auto held = std::make_unique<store::sql::Transaction>(*writer);
    Lines sync_output;
    std::jthread sync([&] {
        CommandLine line;
        line.command = "sync";
        line.arguments = {"test/operation"};
        call_daemon(bench.folder.file("c"), line, "", sync_output);
    });
    ASSERT_TRUE(test::wait_for([&] { return bench.log.contains("control command command=sync"); }));

    CommandLine line;
    line.command = "status";
    Lines output;
    EXPECT_EQ(call_daemon(bench.folder.file("c"), line, "", output), Exit::Done);

    EXPECT_NE(output.text().find("store"), std::string::npos) << output.text();
    EXPECT_EQ(sync_output.text(), "");
    held.reset();
}

}  // namespace
}  // namespace hrbridge::app
