#include "daemon/app/commands.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

#include "daemon/app/control.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

constexpr const char* kEvidence =
    R"({"reason":"warning","subject":{"rate":0.08,"low":0.06,"high":0.1,"n":1000,"bad":80},)"
    R"("peers":{"rate":0.03,"n":9000,"bad":270,"people":9},"chance_warnings":0.01,)"
    R"("chance_watches":1.5,"people":100,"causes":[],"gap":0.05,"tail":0.0001,)"
    R"("alpha_each":0.0005,"phi":1.0,"n_min":100,)"
    R"("months":[{"month":"2024-04","n":1000,"bad":80,"peer_n":9000,"peer_bad":270}],)"
    R"("history":[{"month":"2024-04","n":1000,"bad":80,"peer_n":9000,"peer_bad":270}]})";

using test::CommandBench;
using test::Ran;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(JsonOutput, OfEveryCommandThatPrintsATableIsOneDocument) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\nOP2,paint,broken,\n");
    const std::string mapping = bench.folder.file("mappings/operation.map.yaml");
    const std::vector<std::vector<std::string>> commands{{"sync", "all", "--dry-run"},
                                                         {"sync", "all"},
                                                         {"check"},
                                                         {"check", "--all"},
                                                         {"status"},
                                                         {"mapping", "preview", mapping},
                                                         {"rejects", "list"},
                                                         {"rejects", "show", "1"},
                                                         {"outbox", "list"},
                                                         {"findings", "evaluate"},
                                                         {"findings", "list"},
                                                         {"user", "list"}};
    for (std::vector<std::string> command : commands) {
        command.emplace_back("--json");
        const Ran ran = bench.run(command);
        EXPECT_EQ(ran.errors, "") << command[0];
        EXPECT_TRUE(ran.json().is_structured()) << command[0];
    }
    EXPECT_EQ(bench.run({"rejects", "list", "--json"}).json().size(), 1U);
}

TEST(JsonOutput, OfAnEvaluationHoldsItsRules) {
    const CommandBench bench;

    const auto report = bench.run({"findings", "evaluate", "--json"}).json();

    EXPECT_TRUE(report.contains("rules"));
    EXPECT_EQ(report.at("changed"), 0);
    EXPECT_EQ(report.at("retracted"), 0);
    EXPECT_EQ(report.at("messages"), 0);
}

struct WrongValue {
    std::vector<std::string> words;
    const char* valid;  // what the message offers
};

TEST(SyncAll, RecordsASourceWhoseFolderIsAwayAsFailedAndGoesOn) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\n");
    std::string away = CommandBench::kOperations;
    away.replace(away.find("test/operation"), 14, "test/away");
    away.replace(away.find("conn: files"), 11, "conn: away");
    bench.folder.write("mappings/away.map.yaml", away);
    bench.configure("  away: {kind: file, folder: not_mounted}\n");

    const Ran ran = bench.run({"sync", "all"});

    EXPECT_EQ(ran.exit, Exit::Failed);
    EXPECT_THAT(ran.out, ContainsRegex("test/away +failed"));
    EXPECT_THAT(ran.out, ContainsRegex("test/operation +done"));
    EXPECT_THAT(ran.errors, HasSubstr("not_mounted cannot be read"));
    std::map<std::string, std::string> outcomes;
    const nlohmann::json status = bench.run({"status", "--json"}).json();
    for (const nlohmann::json& each : status.at("runs")) {
        outcomes[each.at("mapping")] = each.at("outcome");
    }
    EXPECT_EQ(outcomes["test/away"], "failed");
    EXPECT_EQ(outcomes["test/operation"], "done");
}

TEST(OptionValues, ThatAreWrongEndWithTwoAndTheMessageSaysWhatIsValid) {
    const CommandBench bench;
    const std::vector<WrongValue> wrong{
        {{"rejects", "list", "--limit", "-1"}, "a whole number from 1 to"},
        {{"rejects", "list", "--limit", "0"}, "a whole number from 1 to"},
        {{"outbox", "list", "--limit", "many"}, "a whole number from 1 to"},
        {{"sync", "all", "--limit", "99999999999999999999"}, "a whole number from 1 to"},
        {{"mapping", "preview", "x", "--rows", "1.5"}, "a whole number from 1 to"},
        {{"demo", "--port", "70000"}, "a whole number from 1 to 65535"},
        {{"demo", "--seed", "-3"}, "a whole number from 0"},
        {{"rejects", "list", "--kind", "rows"}, "row or hold"},
        {{"rejects", "list", "--mapping", "test/operatoin"}, "did you mean 'test/operation'?"},
        {{"rejects", "list", "--mapping", "x"}, "there are: test/operation"},
        {{"rejects", "replay", "x"}, "there are: test/operation"},
        {{"sync", "test/operatoin"}, "did you mean 'test/operation'?"},
        {{"outbox", "list", "--state", "lost"}, "waiting, sending, sent, uncertain or dead"},
        {{"findings", "explain", "1", "--language", "de"}, "zh or en"},
        {{"user", "add", "li", "--role", "boss"}, "operator, implementer, hr or checker"},
        {{"mapping", "new", "files", "t", "--entity", "peson"}, "person"},
        {{"job", "pause", "outbxo"}, "did you mean 'outbox'?"},
        {{"job", "pause", "x"},
         "there are: findings, ledger, outbox, retention, sync/test/operation"}};
    for (const WrongValue& each : wrong) {
        const Ran ran = bench.run(each.words);
        EXPECT_EQ(ran.exit, Exit::Usage) << each.words[0] << " " << each.words.back();
        EXPECT_THAT(ran.errors, HasSubstr(each.valid)) << each.words[0] << " " << each.words.back();
        EXPECT_EQ(ran.out, "") << each.words[0];
    }
}

TEST(JobPause, HoldsAJobThatHasNeverRun) {
    const CommandBench bench;
    for (const char* name : {"findings", "outbox", "retention", "sync/test/operation"}) {
        EXPECT_EQ(bench.run({"job", "pause", name, "--reason", "stock-taking"}).exit, Exit::Done)
            << name;
        const auto jobs = bench.run({"status", "--json"}).json().at("jobs");
        const bool paused = std::any_of(jobs.begin(), jobs.end(), [&](const auto& job) {
            return job.at("name") == name && job.at("paused") == true;
        });
        EXPECT_TRUE(paused) << name;
        EXPECT_EQ(bench.run({"job", "resume", name}).exit, Exit::Done) << name;
    }
}

// 修 is D0 DE in GBK; FF is in no GBK character.
TEST(RejectsShow, DecodesTheSourcesCharsetMasksPersonsAndGivesHexForTheRestOnly) {
    const CommandBench bench;
    bench.put_rows(
        "OP1,\xD0\xDE\xD0\xDE\xD0\xDE,\xD0\xDE\xD0\xDE,secret\nOP2,\xFF\xFF,\xFF\xFF,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);

    const Ran decoded = bench.run({"rejects", "show", "1", "--json"});
    const Ran broken = bench.run({"rejects", "show", "2", "--json"});

    const auto row = decoded.json().at("row");
    EXPECT_EQ(row.at("code"), "OP1");
    EXPECT_EQ(row.at("kind"), "修修");
    EXPECT_EQ(row.at("name"), "修*修");
    EXPECT_EQ(row.at("note"), "s****t") << "nobody has said what it holds";
    EXPECT_EQ(broken.json().at("row").at("kind"), "0xffff");
    EXPECT_EQ(broken.json().at("row").at("name"), "***");
    EXPECT_THAT(bench.run({"rejects", "show", "1"}).out, HasSubstr("修修"));
    EXPECT_THAT(bench.run({"rejects", "show", "1"}).out, Not(HasSubstr("修修修")));
}

TEST(MappingPreview, DecodesTheSourcesCharsetAndMasksPersons) {
    const CommandBench bench;
    bench.put_rows("OP1,\xD0\xDE\xD0\xDE\xD0\xDE,production,\xD0\xDE\n");

    const auto preview =
        bench
            .run({"mapping", "preview", bench.folder.file("mappings/operation.map.yaml"), "--json"})
            .json();

    ASSERT_EQ(preview.at("rows").size(), 1U);
    const auto row = preview.at("rows").at(0);
    EXPECT_EQ(row.at("source").at("name"), "修*修");
    EXPECT_EQ(row.at("source").at("note"), "修");
    EXPECT_EQ(row.at("target").at("name"), "修*修");
    EXPECT_EQ(row.at("target").at("kind"), "production");
}

TEST(ControlSocket, RelativePathCountsFromTheConfigurationsFolderForCommandsToo) {
    const CommandBench bench;
    test::MemoryLog log;
    const ControlServer server(
        bench.folder.file("control.sock"),
        [](const CommandLine& line, const ControlCall&, Output& output) {
            output.line("the daemon ran " + line.command);
            return Exit::Done;
        },
        log);

    EXPECT_EQ(bench.run({"status"}).out, "the daemon ran status\n");
}

TEST(Commands, ThatShowFindingsSayInTheAuditWhoSawThem) {
    const test::CommandBench bench;
    ASSERT_EQ(bench.run({"findings", "list"}).exit, Exit::Done);
    ASSERT_EQ(bench.run({"findings", "explain", "7"}).exit, Exit::Usage);
    store::StoreOptions options;
    options.path = bench.folder.file("hr.db");
    const auto connection = store::open_store(options)->connect();
    connection->run_script(
        "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('P1', "
        "'张三', "
        "x'00', 0, 0);"
        "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
        "batch_id, "
        "known_from) VALUES ('E1', 1, 'permanent', 0, x'00', 0, 0);"
        "INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, state, "
        "evidence, "
        "inputs_hash, raised_at, updated_at) VALUES ('R1', 1, 'warning', 'defect_rate', 1, 0, "
        "'raised', '" +
        std::string(kEvidence) + "', x'00', 0, 0)");
    ASSERT_EQ(bench.run({"findings", "explain", "1"}).exit, Exit::Done);

    const auto rows = connection->query("SELECT act, object, actor FROM audit ORDER BY id", {});

    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0) + " " + rows->text(1), "findings.read all");
    EXPECT_NE(rows->text(2), "");
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0) + " " + rows->text(1), "finding.read 1");
    EXPECT_FALSE(rows->next());
}

TEST(Commands, NoteWhoReadMessagesRefusedRowsAndChanges) {
    const test::CommandBench bench;
    bench.put_rows("OP10,weld,production,\nOP20,paint,production,\n");
    ASSERT_EQ(bench.run({"sync", "test/operation", "--dry-run"}).exit, Exit::Done);
    ASSERT_EQ(bench.run({"outbox", "list"}).exit, Exit::Done);
    ASSERT_EQ(bench.run({"rejects", "list", "--mapping", "test/operation"}).exit, Exit::Done);
    store::StoreOptions options;
    options.path = bench.folder.file("hr.db");
    const auto connection = store::open_store(options)->connect();

    const auto rows = connection->query(
        "SELECT act, object, detail, actor FROM audit WHERE act LIKE '%.read' ORDER BY id", {});

    std::vector<std::string> found;
    while (rows->next()) {
        found.push_back(rows->text(0) + " " + rows->text(1) + ", " + rows->text(2));
        EXPECT_NE(rows->text(3), "");
    }
    EXPECT_THAT(found,
                testing::ElementsAre(testing::StartsWith("changes.read test/operation, "),
                                     "outbox.read all, 0 shown",
                                     "rejects.read test/operation, 0 shown"));
}

}  // namespace
}  // namespace hrbridge::app
