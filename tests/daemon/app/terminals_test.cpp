#include <gmock/gmock.h>

#include "daemon/store/terminal_inbox.h"
#include "tests/daemon/app/support/config_faults.h"
#include "tests/daemon/app/support/gate_bench.h"
#include "tests/support/process.h"

namespace hrbridge::app {
namespace {

using test::GateBench;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kTwo =
    "E1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\nE1\t2024-05-06 07:59:00\t1\t1\t0\t0\t0\n";

TEST(Terminals, ATerminalGetsItsOptionsAndTheStampOfItsLastRecords) {
    const GateBench bench;

    const auto first = bench.get("/iclock/cdata?SN=A1&options=all&pushver=2.2.14&language=83");
    EXPECT_EQ(first.status, 200);
    EXPECT_THAT(first.head, HasSubstr("\r\nDate: ")) << "terminals set their clock by it";
    EXPECT_THAT(first.body, StartsWith("GET OPTION FROM: A1\n"));
    EXPECT_THAT(first.body, HasSubstr("\nATTLOGStamp=0\n"));
    EXPECT_THAT(first.body, HasSubstr("\nTimeZone=8\n"));

    bench.push(kTwo, "A1", "4711");

    EXPECT_THAT(bench.get("/iclock/cdata?SN=A1&options=all").body,
                HasSubstr("\nATTLOGStamp=4711\n"));
}

TEST(Terminals, RecordsAreKeptBeforeTheyAreAnswered) {
    const GateBench bench;

    const auto answer = bench.push(kTwo);

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "OK:2");
    EXPECT_EQ(bench.count("terminal_record"), 2);
    EXPECT_TRUE(
        bench.exposes("hrbridge_terminal_records_total{source=\"gates\",verdict=\"kept\"} 2"));
}

TEST(Terminals, RecordsThatComeAgainAreAnsweredAlikeAndKeptOnce) {
    const GateBench bench;
    bench.push(kTwo);

    EXPECT_EQ(bench.push(kTwo).body, "OK:2");

    EXPECT_EQ(bench.count("terminal_record"), 2);
    EXPECT_TRUE(
        bench.exposes("hrbridge_terminal_records_total{source=\"gates\",verdict=\"repeated\"} 2"));
}

TEST(Terminals, PollsHeartbeatsAndWhatIsNoPunchGetTheirOk) {
    const GateBench bench;

    EXPECT_EQ(
        bench.get("/iclock/getrequest?SN=A1&INFO=Ver%202.0.12,0,0,0,10.1.0.5,10,7,15,0,111").body,
        "OK");
    EXPECT_EQ(bench.get("/iclock/ping?SN=A1").body, "OK");
    const auto post = [&](const char* target, const char* body) {
        return test::http_call(bench.terminal_port(), {"POST", target, {}, body});
    };
    EXPECT_EQ(post("/iclock/devicecmd?SN=A1", "ID=1&Return=0&CMD=CHECK\n").body, "OK");
    EXPECT_EQ(post("/iclock/cdata?SN=A1&table=options", "FaceFunOn=1").body, "OK");
    EXPECT_EQ(post("/iclock/cdata?SN=A1&table=OPERLOG&Stamp=1",
                   "OPLOG 4\t0\t2024-05-06 08:00:00\t0\t0\t0\t0\nUSER PIN=1\tName=x\tPasswd=1")
                  .body,
              "OK:2");
    EXPECT_EQ(bench.count("terminal_record"), 0) << "names and passwords are not kept";
    EXPECT_EQ(bench.count("terminal"), 1);
    EXPECT_FALSE(bench.log.contains("a table that is not kept"));
    EXPECT_EQ(post("/iclock/cdata?SN=A1&table=rtlog", "time=1\n").body, "OK");
    EXPECT_TRUE(bench.log.contains("a table that is not kept"));
    EXPECT_TRUE(bench.exposes(
        "hrbridge_terminal_records_total{source=\"gates\",verdict=\"other_table\"} 1"));
    EXPECT_EQ(post("/iclock/cdata?SN=A1&table=attlog", "1007\t2024-05-06 08:00:00\t0\t1\n").body,
              "OK:1");
    EXPECT_EQ(bench.count("terminal_record"), 1);
}

TEST(Terminals, AnUnknownSerialNumberIsRefusedWhateverItAsks) {
    const GateBench bench;

    EXPECT_EQ(bench.push(kTwo, "A2").status, 403);
    EXPECT_EQ(bench.push(kTwo, "a1").status, 403);
    EXPECT_EQ(bench.push(kTwo, "").status, 403);
    EXPECT_EQ(bench.get("/iclock/cdata?SN=A2&options=all").status, 403);
    EXPECT_EQ(bench.get("/iclock/getrequest?SN=A2").status, 403);

    EXPECT_EQ(bench.count("terminal_record"), 0);
    EXPECT_EQ(bench.count("terminal"), 0);
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"serial\"} 5"));
    EXPECT_TRUE(bench.log.contains("an attendance terminal was refused"));
}

TEST(Terminals, AnIdentityCardReaderIsRefusedBecauseItsChecksLookLikePunches) {
    const GateBench bench;

    const auto send = [&] {
        return test::http_call(bench.terminal_port(),
                               {"POST",
                                "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=1",
                                {},
                                "1007\t2024-05-06 08:00:00\t0\t1\n"});
    };
    EXPECT_EQ(bench.get("/iclock/cdata?SN=A1&options=all&DeviceType=pid").status, 403);
    EXPECT_EQ(send().status, 403);
    EXPECT_EQ(bench.count("terminal_record"), 0);
    EXPECT_EQ(bench.get("/iclock/cdata?SN=A1&options=all&DeviceType=att").status, 200);
    EXPECT_EQ(send().status, 200);
    EXPECT_EQ(bench.count("terminal_record"), 1);
}

TEST(Terminals, TokenAndAddressAreAskedForWhereTheyAreConfigured) {
    GateBench bench;
    std::filesystem::permissions(bench.folder.write("token", "gate-token"),
                                 std::filesystem::perms::owner_read);
    bench.configure(
        "listen: {host: 127.0.0.1, port: 0}, token: {file: token}, allow: 10.1.0.0/16, "
        "terminals: {A1: {allow: [127.0.0.0/8]}, A2: {}}");
    bench.start();

    EXPECT_EQ(bench.get("/gate-token/iclock/ping?SN=A1").status, 200);
    EXPECT_EQ(bench.get("/iclock/ping?SN=A1").status, 403);
    EXPECT_EQ(bench.get("/gate-tokex/iclock/ping?SN=A1").status, 403);
    EXPECT_EQ(bench.get("/gate-token/iclock/ping?SN=A2").status, 403) << "from another network";
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"token\"} 2"));
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"address\"} 1"));
    for (const auto& line : bench.log.lines()) {
        EXPECT_EQ(line.find("gate-tok"), std::string::npos) << line;
    }
}

TEST(Terminals, TheirListenerServesNothingElseAndThePagesServeThemToo) {
    const GateBench bench;

    for (const char* target : {"/", "/login", "/metrics", "/live", "/findings", "/iclock"}) {
        EXPECT_EQ(bench.get(target).status, 404) << target;
    }
    const auto through_pages = test::http_call(
        bench.live->port(),
        {"POST", "/iclock/cdata?SN=A1&table=ATTLOG", {{"Content-Type", "x"}}, kTwo});
    EXPECT_EQ(through_pages.body, "OK:2");
    EXPECT_EQ(test::http_call(bench.live->port(), {"GET", "/iclock/ping?SN=A2"}).status, 403);
}

TEST(Terminals, ABodyIsNoFormWhateverTypeItNames) {
    const GateBench bench;

    EXPECT_EQ(bench.push("E1\t2024-05-06 07:58:00\t0\t1\t100%\n").body, "OK:1");
    EXPECT_EQ(test::http_call(bench.live->port(),
                              {"POST",
                               "/iclock/cdata?SN=A1&table=ATTLOG",
                               {{"Content-Type", "application/x-www-form-urlencoded"}},
                               "E1\t2024-05-06 07:59:00\t0\t1\t100%\n"})
                  .body,
              "OK:1");
}

TEST(Terminals, AnOversizedBodyIsRefusedAndLeavesNoRow) {
    const GateBench bench;

    EXPECT_EQ(bench.push(std::string((2U << 20U) + 1, 'x')).status, 413);
    EXPECT_EQ(bench.push(std::string(5U << 20U, 'x')).status, 413);

    EXPECT_EQ(bench.count("terminal_record"), 0);
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"too_long\"} 1"));
}

TEST(Terminals, ASlowOneHoldsNoOtherUpAndABodyCutShortLeavesNoRow) {
    const GateBench bench;
    const int slow = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(bench.terminal_port()));
    ASSERT_EQ(::connect(slow, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const std::string half =
        "POST /iclock/cdata?SN=A1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        "E1\t2024-05-06 07:00:00\t0\t1\n";
    ASSERT_EQ(::send(slow, half.data(), half.size(), 0), static_cast<ssize_t>(half.size()));

    EXPECT_EQ(bench.push(kTwo).body, "OK:2");
    ::close(slow);

    EXPECT_EQ(bench.push(kTwo).body, "OK:2");
    EXPECT_EQ(bench.count("terminal_record"), 2);
}

TEST(Terminals, WhatTheStoreDoesNotTakeIsAnErrorSoThatTheTerminalKeepsIt) {
    GateBench bench;
    {
        const auto connection = bench.services->store->connect();
        connection->run_script("ALTER TABLE terminal_record RENAME TO gone");
    }

    const auto answer = bench.push(kTwo, "A1", "77");

    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body.find("OK"), std::string::npos);
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"not_stored\"} 1"));
    {
        const auto connection = bench.services->store->connect();
        connection->run_script("ALTER TABLE gone RENAME TO terminal_record");
    }
    EXPECT_THAT(bench.get("/iclock/cdata?SN=A1&options=all").body, HasSubstr("ATTLOGStamp=0"))
        << "the stamp goes with the records";
    EXPECT_EQ(bench.push(kTwo).body, "OK:2");
}

TEST(Terminals, WithADiskNearlyFullNothingIsTaken) {
    GateBench bench;
    bench.configure(std::string(GateBench::kSource) + "}\nretention: {disk_reserve: 999999GiB");
    bench.start();

    EXPECT_EQ(bench.push(kTwo).status, 503);
    EXPECT_EQ(bench.count("terminal_record"), 0);
    EXPECT_TRUE(bench.exposes("hrbridge_terminal_refusals_total{reason=\"no_room\"} 1"));
}

TEST(Terminals, APunchOfATimeThatIsNotYetIsKeptAndFlagged) {
    const GateBench bench;  // it is 08:00 in Shanghai
    const auto answer =
        bench.push("E1\t2024-05-06 08:04:59\t0\t1\nE1\t2024-05-06 08:05:01\t0\t1\n");

    EXPECT_EQ(answer.body, "OK:2");
    EXPECT_TRUE(
        bench.exposes("hrbridge_terminal_records_total{source=\"gates\",verdict=\"ahead\"} 1"));
    EXPECT_TRUE(bench.log.contains("set its clock"));
    const auto connection = bench.services->store->connect();
    EXPECT_EQ(store::TerminalInbox(*connection).terminals().at(0).ahead, 1);
}

TEST(Terminals, TheirLastContactIsAMetricOverARestartAndInTheStatus) {
    GateBench bench;
    bench.push(kTwo);
    const std::string line = "hrbridge_terminal_contact_timestamp_seconds{source=\"gates\",";
    ASSERT_TRUE(bench.exposes(line + "terminal=\"A1\"} 1714953600"));

    monitoring::Metrics after;
    bench.live.reset();
    const app::Live again(
        {bench.folder.file("hrbridge.yaml"), bench.log, bench.clock, after},
        app::load_services(bench.folder.file("hrbridge.yaml"), bench.log, bench.clock, after)
            .services);

    EXPECT_THAT(after.expose(), HasSubstr(line + "terminal=\"A1\"} 1714953600"));
    const test::Finished status = test::run({{HRBRIDGE_BINARY_DIR "/daemon/app/hrbridge",
                                              "status",
                                              "--config",
                                              bench.folder.file("hrbridge.yaml")},
                                             {},
                                             "",
                                             "",
                                             ""});
    EXPECT_THAT(status.output, HasSubstr("term    gates/A1"));
    EXPECT_THAT(status.output, HasSubstr("last 2024-05-06 00:00:00Z"));
    EXPECT_THAT(status.output, HasSubstr("2 kept"));
}

TEST(Terminals, TheirListenerMayStandAtAnAddressThatOthersReachInPlainHttp) {
    GateBench bench;
    bench.configure("listen: {host: 0.0.0.0, port: 0}, terminals: {A1: {allow: 127.0.0.1}}");
    bench.start();

    const int port = bench.live->terminal_port("0.0.0.0", 0);
    EXPECT_EQ(test::http_call(port, {"GET", "/iclock/ping?SN=A1"}).body, "OK");
    EXPECT_EQ(test::http_call(port, {"GET", "/login"}).status, 404);
}

TEST(Terminals, AReloadKeepsTheListenerAndTakesTheNewTerminals) {
    GateBench bench;
    const int port = bench.terminal_port();
    bench.configure("listen: {host: 127.0.0.1, port: 0}, terminals: {A2: {}}");

    ASSERT_TRUE(bench.live->reload());

    EXPECT_EQ(bench.terminal_port(), port);
    EXPECT_EQ(bench.push(kTwo, "A1").status, 403);
    EXPECT_EQ(bench.push(kTwo, "A2").body, "OK:2");
    bench.configure("terminals: {A2: {}}");
    ASSERT_TRUE(bench.live->reload());
    EXPECT_EQ(bench.terminal_port(), 0);
    EXPECT_THROW(test::http_call(port, {"GET", "/iclock/ping?SN=A2"}), std::runtime_error);
}

std::string faults_of_source(const std::string& settings) {
    return test::all(
        test::faults_of("store: {kind: sqlite, path: hr.db}\n"
                        "sources:\n  gates: {kind: iclock, " +
                        settings + "}\n"));
}

TEST(Terminals, AllFaultsOfASourceAreToldAtOnce) {
    const std::string faults = faults_of_source(
        "zone: Nowhere, ahead: 2d, listn: {}, allow: [gate], terminals: {'a b': {sit: x}, A1: "
        "{zone: Moon}}");

    for (const char* part : {"Nowhere",
                             "between 1s and 24h",
                             "listn",
                             "'gate' is no address",
                             "'a b' is no serial number",
                             "sit",
                             "Moon"}) {
        EXPECT_THAT(faults, HasSubstr(part));
    }
    EXPECT_THAT(faults_of_source("listen: {host: 127.0.0.1}"), HasSubstr("terminals"));
    EXPECT_THAT(faults_of_source("listen: {host: 127.0.0.1}, terminals: {A1: {}}"),
                HasSubstr("port"));
    EXPECT_THAT(faults_of_source("guard: {sessions: 2}, terminals: {A1: {}}"),
                HasSubstr("sessions"));
    EXPECT_THAT(faults_of_source("terminals: {A1: {}}"), HasSubstr("seal_keys"));
    EXPECT_THAT(
        faults_of_source("terminals: {A1: {}}}\n  more: {kind: iclock, terminals: {A1: {}}"),
        HasSubstr("belongs to the source gates already"));
}

}  // namespace
}  // namespace hrbridge::app
