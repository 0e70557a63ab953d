#include <chrono>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Status, SaysThatNoDaemonAnswersAndWhere) {
    const CommandBench bench;
    const std::string socket = bench.folder.file("control.sock");

    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("daemon  none answers at " + socket));
    const auto daemon = bench.run({"status", "--json"}).json().at("daemon");
    EXPECT_EQ(daemon.at("runs"), false);
    EXPECT_EQ(daemon.at("control_socket"), socket);
}

TEST(Status, SaysOfARunWithoutRowsThatAllIsStoredAndOfAReplayWhatItStored) {
    const CommandBench bench;
    bench.put_rows("OP1,焊接,production,\nOP2,修,other,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out,
                HasSubstr("read 2 new 1 changed 0 unchanged 0 rejected 1"));

    EXPECT_THAT(bench.run({"sync", "all"}).out, HasSubstr("nothing to read that is not stored"));
    EXPECT_THAT(bench.run({"status"}).out,
                AllOf(HasSubstr("nothing to read that is not stored already: new 0"),
                      Not(HasSubstr("read 0"))));

    ASSERT_EQ(bench.run({"rejects", "replay", "test/operation"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("refused rows mapped again: new 0"));
    EXPECT_EQ(bench.run({"status", "--json"}).json().at("runs").at(0).at("kind"), "replay");
}

TEST(Status, ShowsNoJobOfAFormerConfiguration) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    ASSERT_EQ(bench.run({"job", "pause", "ledger"}).exit, Exit::Done);
    store::StoreOptions options;
    options.path = bench.folder.file("hr.db");
    store::open_store(options)->connect()->run_script(
        "INSERT INTO job (name, paused) VALUES ('backup', 0)");

    EXPECT_THAT(bench.run({"status"}).out,
                AllOf(HasSubstr("job     ledger"), Not(HasSubstr("job     backup"))));
}

TEST(Status, AFailedRunStaysInSightHoweverManyRunsOfOthersCameSince) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    store::StoreOptions options;
    options.path = bench.folder.file("hr.db");
    const auto connection = store::open_store(options)->connect();
    const auto add = [&](const std::string& mapping, const char* outcome) {
        store::RunRepository runs(*connection);
        model::Run run = runs.latest(1).at(0);
        run.mapping = mapping;
        runs.finish(runs.start(run), outcome, run.started_at, std::nullopt);
    };
    add("test/operation", "failed");
    for (int others = 0; others < 40; ++others) {
        add("test/other", "done");
    }
    const auto failed = [&] {
        std::size_t found = 0;
        const auto status = bench.run({"status", "--json"}).json();
        for (const auto& run : status.at("runs")) {
            found += run.at("outcome") == "failed" ? 1U : 0U;
        }
        return found;
    };
    EXPECT_EQ(failed(), 1U);

    add("test/operation", "done");
    EXPECT_EQ(failed(), 0U);
}

TEST(Sync, SaysOfAFileThatIsTooYoungToBeReadThatItIsLeft) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\n");
    std::filesystem::last_write_time(
        bench.folder.file("in/rows.csv"),
        std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_THAT(bench.run({"sync", "all"}).out,
                AllOf(HasSubstr("note: 1 file was not read yet"), HasSubstr("stable:")));
    bench.put_rows("OP1,weld,production,\n");
    EXPECT_THAT(bench.run({"sync", "all"}).out, Not(HasSubstr("not read yet")));
}

TEST(Sync, ADryRunSaysOfHeldRowsThatTheirParentsMayComeInTheSameRun) {
    const CommandBench bench;
    bench.folder.write("mappings/operation.map.yaml", R"(map: test/unit
source:
  conn: files
  files: '*.csv'
  key: [code]
  columns: {code: text!, name: text!, kind: text!, note: text}
target: {entity: org_unit, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {from: kind, type: text(16), one_of: [team, section], id: F03}
  parent_id: {from: note, do: [empty_to_null], ref: org_unit.code, type: text(32), opt: true, else: hold, id: F04}
)");
    bench.put_rows("T1,one,team,S1\nS1,all,section,\n");
    const std::string note = "rows whose parents come in the same run count as held";

    EXPECT_THAT(bench.run({"sync", "all", "--dry-run"}).out,
                AllOf(HasSubstr("1 held"), HasSubstr(note)));

    EXPECT_THAT(bench.run({"sync", "all"}).out,
                AllOf(HasSubstr("1 released"), Not(HasSubstr(note))));
}

TEST(Status, TellsWhichMappingIsStoppedOrWarnedByWhichColumnSinceWhenAndWhereItIsRead) {
    const CommandBench bench;
    bench.folder.write("in/rows.csv", "");
    const auto put = [&bench](const std::string& header) {
        const std::string file = bench.folder.write("in/rows.csv", header + "\n");
        std::filesystem::last_write_time(
            file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    };
    put("code,name,kind,shift");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::FaultsFound);

    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("drift   test/operation"));
    EXPECT_THAT(bench.run({"status"}).out,
                AllOf(HasSubstr("stopped column note "), HasSubstr("operation.map.yaml:7")));
    const auto drift = bench.run({"status", "--json"}).json().at("drift");
    ASSERT_EQ(drift.size(), 1U) << drift.dump(2);
    EXPECT_EQ(drift[0].at("mapping"), "test/operation");
    EXPECT_EQ(drift[0].at("action"), "stop");
    EXPECT_EQ(drift[0].at("column"), "note");
    EXPECT_EQ(drift[0].at("old_type"), "text");
    EXPECT_EQ(drift[0].at("lines"), nlohmann::json::array({7}));
    EXPECT_EQ(drift[0].at("mapping_changed"), false);
    EXPECT_EQ(drift[0].at("first_seen"), drift[0].at("last_seen"));

    bench.folder.write("mappings/operation.map.yaml",
                       std::string(CommandBench::kOperations) + "# seen\n");
    EXPECT_THAT(bench.run({"status"}).out, HasSubstr("its next run looks again"));

    put("code,name,kind,note,shift");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out,
                AllOf(HasSubstr("warned  column shift added"), Not(HasSubstr("stopped"))));

    put("code,name,kind,note");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);
    EXPECT_THAT(bench.run({"status"}).out, Not(HasSubstr("drift")));
}

}  // namespace
}  // namespace hrbridge::app
