#include <filesystem>

#include <gmock/gmock.h>

#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kProject = R"(project: bench
modules:
  - module: production
    title: {zh: 生产, en: Production}
    mappings: [test/operation]
    cut_over: 1h
)";

class MigrateCommands : public testing::Test {
  protected:
    MigrateCommands() { use_project(kProject); }

    void use_project(const std::string& text) const {
        bench_.folder.write("mappings/migration.yaml", text);
        bench_.configure("migration: mappings/migration.yaml\n");
    }
    std::int64_t count(const std::string& table, const std::string& file = "hr.db") const {
        store::StoreOptions options;
        options.path = bench_.folder.file(file);
        const auto connection = store::open_store(options)->connect();
        const auto rows = connection->query("SELECT count(*) FROM " + table, {});
        return rows->next() ? rows->integer(0) : -1;
    }
    Ran english(std::vector<std::string> words) const {
        words.insert(words.end(), {"--language", "en"});
        return bench_.run(words);
    }

    CommandBench bench_;
};

TEST_F(MigrateCommands, WithoutAProjectSayWhereItIsNamed) {
    bench_.configure("");
    const Ran ran = english({"migrate", "plan"});
    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors, HasSubstr("Write migration: mappings/migration.yaml into"));
}

TEST_F(MigrateCommands, PlanTellsModulesTermsAndWhatComesNext) {
    const Ran ran = english({"migrate", "plan"});
    ASSERT_EQ(ran.exit, Exit::Done) << ran.errors;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("Project bench"),
                      HasSubstr("1. production Production"),
                      HasSubstr("more than 1 % wrong rows with 95 % confidence"),
                      HasSubstr("cut-over window 1 h, can be rolled back for 7 d"),
                      HasSubstr("next: hrbridge migrate rehearse production")));
    EXPECT_THAT(bench_.run({"migrate", "plan"}).out, HasSubstr("1. production 生产"));
    const auto json = bench_.run({"migrate", "plan", "--json"}).json();
    EXPECT_EQ(json["modules"][0]["limit_ppm"], 10'000);
    EXPECT_TRUE(json["modules"][0]["newest"].is_null());
}

TEST_F(MigrateCommands, RehearseTwiceAndCompareTheRejectsByRule) {
    bench_.put_rows("A,Cut,production,\nB,Weld,oops,\nC,Press,oops,\n");
    const Ran first = english({"migrate", "rehearse", "production"});
    ASSERT_EQ(first.exit, Exit::Done) << first.errors;
    EXPECT_THAT(first.out,
                AllOf(HasSubstr("Rehearsal 1 of production"),
                      HasSubstr("load test/operation: 1 rows, 2 not stored"),
                      HasSubstr("Loaded: 1 rows stored, 2 refused or waiting"),
                      HasSubstr("hrbridge migrate compare production")));
    EXPECT_EQ(count("operation"), 0);
    EXPECT_EQ(count("reject"), 0);
    EXPECT_EQ(count("operation", "hr.db.rehearsal-production-1"), 1);

    bench_.put_rows("A,Cut,production,\nB,Weld,rework,\nC,Press,rework,\n");
    const auto second = bench_.run({"migrate", "rehearse", "production", "--json"}).json();
    EXPECT_EQ(second["number"], 2);
    EXPECT_EQ(second["done"], true);
    EXPECT_EQ(second["stored"], 3);
    EXPECT_EQ(second["state"], "checking");
    EXPECT_EQ(second["content_root"].get<std::string>().size(), 64U);

    const Ran compared = english({"migrate", "compare", "production"});
    ASSERT_EQ(compared.exit, Exit::Done) << compared.errors;
    EXPECT_THAT(compared.out,
                AllOf(HasSubstr("test/operation: read 3 → 3; stored 1 → 3"),
                      HasSubstr("test/operation F03 (refused): 2 → 0"),
                      Not(HasSubstr("was changed"))));
    const auto json = bench_.run({"migrate", "compare", "production", "2", "1", "--json"}).json();
    EXPECT_EQ(json["numbers"], (std::vector<int>{2, 1}));
    EXPECT_EQ(json["rules"][0]["rows"], (std::vector<int>{0, 2}));
    EXPECT_THAT(english({"migrate", "plan"}).out, HasSubstr("newest rehearsal: 2, loaded"));
    const Ran same = english({"migrate", "compare", "production", "1", "1"});
    EXPECT_EQ(same.exit, Exit::Usage);
    EXPECT_THAT(same.errors, HasSubstr("Rehearsal 1 is named twice"));
}

TEST_F(MigrateCommands, ComparedWithAnotherFormOfTheMappingItIsNamed) {
    bench_.put_rows("A,Cut,production,\n");
    bench_.run({"migrate", "rehearse", "production"});
    bench_.folder.write("mappings/operation.map.yaml",
                        std::string(CommandBench::kOperations) + "# looked at again\n");
    bench_.run({"migrate", "rehearse", "production"});
    EXPECT_THAT(english({"migrate", "compare", "production"}).out,
                HasSubstr("the mapping was changed for 2"));
}

TEST_F(MigrateCommands, ASourceThatIsNotAsTheMappingExpectsLeavesAnUnfinishedOne) {
    bench_.folder.write("in/rows.csv", "code,name\nA,Cut\n");
    std::filesystem::last_write_time(
        bench_.folder.file("in/rows.csv"),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    const Ran failed = english({"migrate", "rehearse", "production"});
    EXPECT_EQ(failed.exit, Exit::FaultsFound);
    EXPECT_THAT(failed.errors, AllOf(HasSubstr("kind"), HasSubstr("Rehearsal 1 is not finished")));
    EXPECT_THAT(english({"migrate", "list"}).out, HasSubstr("loading, not finished"));
    EXPECT_EQ(english({"migrate", "compare", "production", "1", "1"}).exit, Exit::Usage);

    bench_.put_rows("A,Cut,production,\n");
    const Ran again = english({"migrate", "rehearse", "production"});
    EXPECT_EQ(again.exit, Exit::Done) << again.errors;
    EXPECT_THAT(again.out, HasSubstr("Going on with rehearsal 1 of production"));
}

TEST_F(MigrateCommands, CheckReconcilesAndHoldsFiguresOfPersonsAndFreezeFollows) {
    use_project(std::string(kProject) +
                "    control_totals:\n"
                "      - {id: T01, mapping: test/operation, rows: 2}\n"
                "      - {id: T02, mapping: test/operation, column: kind, "
                "distinct: 3}\n");
    bench_.put_rows("A,Cut,production,\nB,Weld,rework,\n");
    bench_.run({"migrate", "rehearse", "production"});
    EXPECT_THAT(english({"migrate", "freeze", "production"}).errors,
                HasSubstr("The check reconciliation was not made on rehearsal 1"));
    const Ran checked = english({"migrate", "check", "production"});
    EXPECT_EQ(checked.exit, Exit::FaultsFound) << checked.errors;
    EXPECT_THAT(checked.out,
                AllOf(HasSubstr("FAIL production T02: 2 of 2"),
                      HasSubstr("stated 3, the source's column gives 2"),
                      HasSubstr("not checked production volume:operation"),
                      HasSubstr("reconciliation: 2 pass, 0 FAIL, 0 not checked")));
    EXPECT_THAT(checked.out, Not(HasSubstr("T01")));
    EXPECT_EQ(count("verdict"), 0) << "verdicts are the rehearsal's";

    bench_.put_rows("A,Cut,rework,\nB,Weld,rework,\n");
    const auto json = bench_.run({"migrate", "check", "production", "1", "--json"}).json();
    bool located = false;
    for (const auto& verdict : json["verdicts"]) {
        located = located ||
                  (verdict["check"] == "reconciliation" && verdict["failed"] == 1 &&
                   verdict["where"][0]["key"] == "A" && verdict["where"][0]["field"] == "kind" &&
                   verdict["where"][0]["value"] == "production" &&
                   verdict["where"][0]["note"]["values"]["source"] == "rework");
    }
    EXPECT_TRUE(located) << json.dump(2);
    EXPECT_THAT(english({"migrate", "check", "production", "--quick"}).out,
                AllOf(HasSubstr("QUICK reconciliation"),
                      HasSubstr("reconciliation: 0 pass, 0 FAIL, 1 not checked"),
                      HasSubstr("Reconcile without --quick before the freeze")));
    EXPECT_THAT(english({"migrate", "freeze", "production"}).errors,
                HasSubstr("The check reconciliation of rehearsal 1 was quick"));
    english({"migrate", "check", "production"});

    const Ran frozen = english({"migrate", "freeze", "production"});
    EXPECT_EQ(frozen.exit, Exit::Done) << frozen.errors;
    EXPECT_THAT(frozen.out, HasSubstr("Rehearsal 1 of production is frozen: 2 rows"));
    EXPECT_THAT(english({"migrate", "check", "production"}).errors,
                HasSubstr("is frozen: its checks are over"));
}

TEST_F(MigrateCommands, ListTheRefusedRowsOfARehearsalByTheCommandThatCheckNames) {
    bench_.put_rows("A,Cut,production,\nB,Weld,oops,\n");
    bench_.run({"migrate", "rehearse", "production"});
    EXPECT_THAT(english({"migrate", "check", "production"}).out,
                HasSubstr("hrbridge rejects list --rehearsal production --mapping test/operation"));
    for (const char* const name : {"production", "production/1"}) {
        const auto rows = bench_
                              .run({"rejects",
                                    "list",
                                    "--rehearsal",
                                    name,
                                    "--mapping",
                                    "test/operation",
                                    "--json"})
                              .json();
        ASSERT_EQ(rows.size(), 1U) << name;
        EXPECT_EQ(rows[0]["source_key"], "B");
        const Ran shown = bench_.run({"rejects",
                                      "show",
                                      std::to_string(rows[0]["id"].get<int>()),
                                      "--rehearsal",
                                      name,
                                      "--json"});
        EXPECT_EQ(shown.json()["row"]["kind"], "oops");
    }
    EXPECT_EQ(bench_.run({"rejects", "list", "--json"}).json().size(), 0U) << "the live store's";
    for (const char* const name : {"production/2", "pay", "", "production/x"}) {
        const Ran none = bench_.run({"rejects", "list", "--rehearsal", name});
        EXPECT_EQ(none.exit, Exit::Usage) << name;
        EXPECT_THAT(none.errors, HasSubstr("hrbridge migrate list"));
    }
}

TEST_F(MigrateCommands, SayBeforeAnybodyWouldSignThatTheLedgerIsNotSealed) {
    EXPECT_THAT(english({"migrate", "plan"}).out, HasSubstr("The ledger is not sealed"));
    EXPECT_THAT(bench_.run({"migrate", "plan"}).out, HasSubstr("台账没有封印"));
}

// A source's text can hold anything; what it says must not look like a line of the program.
TEST_F(MigrateCommands, CheckShowsAValueOfTheSourceOnItsLineAndNeverSteersTheTerminal) {
    std::string mapping = CommandBench::kOperations;
    mapping.replace(mapping.find("gbk"), 3, "utf-8");
    bench_.folder.write("mappings/operation.map.yaml", mapping);
    bench_.put_rows("A,Cut,production,\n\"B\x1b[31m\x07\u202E\n  FAIL forged\",Weld,oops,\n\"" +
                    std::string(30, 'k') + "\",Cut,oops,\n");
    bench_.configure("migration: mappings/migration.yaml\n");
    bench_.run({"migrate", "rehearse", "production"});
    const Ran checked = bench_.run_program({"migrate", "check", "production", "--language", "en"});
    EXPECT_EQ(checked.exit, Exit::FaultsFound) << checked.out;
    EXPECT_THAT(checked.out,
                AllOf(HasSubstr("B\\u001b[31m\\u0007\\u202e\\n  FAIL forged"),
                      Not(HasSubstr("\x1b")),
                      Not(HasSubstr("\x07")),
                      Not(HasSubstr("\u202E")),
                      Not(HasSubstr("\n  FAIL forged"))));
}

TEST_F(MigrateCommands, DropKeepsTheRecord) {
    bench_.put_rows("A,Cut,production,\n");
    bench_.run({"migrate", "rehearse", "production"});
    ASSERT_TRUE(std::filesystem::exists(bench_.folder.file("hr.db.rehearsal-production-1")));
    EXPECT_EQ(english({"migrate", "drop", "production", "7"}).exit, Exit::Usage);
    const Ran dropped = english({"migrate", "drop", "production", "1"});
    EXPECT_EQ(dropped.exit, Exit::Done) << dropped.errors;
    EXPECT_FALSE(std::filesystem::exists(bench_.folder.file("hr.db.rehearsal-production-1")));
    EXPECT_THAT(english({"migrate", "list", "production"}).out, HasSubstr("dropped"));
    const Ran again = english({"migrate", "drop", "production", "1"});
    EXPECT_EQ(again.exit, Exit::Usage);
    EXPECT_THAT(again.errors, HasSubstr("is dropped already"));
    for (int i = 0; i < 2; ++i) {  // to look for it makes no store that the next would take for it
        const Ran promoted = english({"migrate", "promote", "production", "1", "--dry-run"});
        EXPECT_EQ(promoted.exit, Exit::Failed);
        EXPECT_THAT(promoted.errors, HasSubstr("is gone: it was dropped"));
        EXPECT_EQ(english({"rejects", "list", "--rehearsal", "production"}).exit, Exit::Usage);
    }
    EXPECT_EQ(bench_.run({"migrate", "list", "--json"}).json()[0]["state"], "dropped");
}

TEST_F(MigrateCommands, AModuleThatTheProjectHasNotIsAnswered) {
    for (const char* const command : {"rehearse", "compare", "list"}) {
        const Ran ran = english({"migrate", command, "pay"});
        EXPECT_EQ(ran.exit, Exit::Usage) << command;
        EXPECT_THAT(ran.errors, HasSubstr("has no module pay; there are: production"));
    }
}

TEST_F(MigrateCommands, CheckTellsTheFaultsOfTheProjectFile) {
    use_project(std::string(kProject) + "    windw: 3h\n");
    const Ran unknown = bench_.run({"check"});
    EXPECT_EQ(unknown.exit, Exit::Usage);
    EXPECT_THAT(unknown.out + unknown.errors, HasSubstr("migration.yaml:7: modules.windw"));
    std::string text = kProject;
    text.replace(text.find("test/operation"), 14, "test/operatoin");
    use_project(text);
    const Ran wrong = bench_.run({"check"});
    EXPECT_THAT(wrong.out + wrong.errors, HasSubstr("did you mean 'test/operation'?"));
}

}  // namespace
}  // namespace hrbridge::app
