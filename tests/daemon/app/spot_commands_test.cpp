#include <filesystem>

#include <gmock/gmock.h>

#include "daemon/base/clock.h"
#include "daemon/jobs/lease_keeper.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"
#include "migration/check/check_run.h"
#include "migration/freeze/freeze.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/migration/freeze/record_checks.h"
#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPassword = "correct horse battery";
constexpr const char* kProject = R"(project: bench
modules:
  - module: production
    title: {zh: 生产, en: Production}
    mappings: [test/operation]
    sample: {limit: 5%, confidence: 95%}
    cut_over: 1h
)";

// Fills a sheet in as a person with Excel does: every row is right, but for those whose target is
// not the source's.
constexpr const char* kFill = R"(import openpyxl, sys
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.active
rows = {}
for line in sheet.iter_rows(min_row=3):
    rows.setdefault(line[0].value, []).append(line)
for lines in rows.values():
    wrong = [line for line in lines if line[3].value and line[5].value != line[6].value]
    lines[0][7].value = "有误" if wrong else "正确"
    for line in wrong:
        line[8].value = "x"
if len(sys.argv) > 3:
    sheet["G5"].value = "tampered"
book.save(sys.argv[2])
print(len(rows))
)";

class SpotCommands : public testing::Test {
  protected:
    SpotCommands() {
        bench_.folder.write("mappings/migration.yaml", kProject);
        bench_.configure("migration: mappings/migration.yaml\n");
        std::string rows;
        for (int i = 0; i < 300; ++i) {
            rows += "OP" + std::to_string(1000 + i) + ",Weld " + std::to_string(i % 40) +
                    (i % 3 == 0 ? ",rework,\n" : ",production,\n");
        }
        bench_.put_rows(rows);
        EXPECT_EQ(english({"migrate", "rehearse", "production"}).exit, Exit::Done);
    }

    Ran english(std::vector<std::string> words) const {
        words.insert(words.end(), {"--language", "en"});
        return bench_.run(words);
    }
    store::StoreOptions live() const {
        store::StoreOptions options;
        options.path = bench_.folder.file("hr.db");
        return options;
    }
    // What the commands of checks and freeze leave behind.
    void freeze() {
        base::SystemClock clock;
        test::MemoryLog log;
        const store::StoreOptions options = live();
        const auto store = store::open_store(options);
        const auto connection = store->connect();
        const auto rehearsal = *rehearsal::find(*connection, "production", 1);
        const auto project =
            *project::load_project(bench_.folder.file("mappings/migration.yaml")).project;
        const std::vector<engine::Mapping> mappings{
            *engine::load_mapping(bench_.folder.file("mappings/operation.map.yaml")).mapping};
        const jobs::LeaseKeeper lease({*store, clock, log}, rehearsal::lease_name("production"));
        freeze::record_checks(
            {options, nullptr, clock, {lease.name(), lease.token()}, "impl"}, project, rehearsal);
        const freeze::Outcome done =
            freeze::freeze({options, nullptr, clock, {lease.name(), lease.token()}, "impl"},
                           project,
                           project.modules.front(),
                           mappings,
                           1);
        ASSERT_TRUE(done.frozen) << done.refused.front().code;
    }
    void add_checker() {
        model::Account account;
        account.name = "wang";
        account.role = model::Role::Checker;
        account.password_hash = web::hash_password(kPassword);
        store::AccountRepository(*store::open_store(live())->connect())
            .add(account, base::SystemClock().now());
    }
    std::string fill(const std::string& in, const std::string& out, bool tamper = false) {
        std::vector<std::string> words{"/usr/bin/python3",
                                       bench_.folder.write("fill.py", kFill),
                                       bench_.folder.file(in),
                                       bench_.folder.file(out)};
        if (tamper) {
            words.emplace_back("tamper");
        }
        const auto done = test::run({words, {}, {}, {}, {}});
        EXPECT_EQ(done.code, 0) << done.output;
        return done.output;
    }
    // The program with the password that somebody types.
    Ran judge(const std::string& file, const std::string& password = kPassword) {
        const std::string typed = bench_.folder.write("typed", password + "\n");
        return bench_.run_program({"migrate",
                                   "judge",
                                   "production",
                                   "--xlsx",
                                   bench_.folder.file(file),
                                   "--as",
                                   "wang",
                                   "--language",
                                   "en"},
                                  typed);
    }
    static std::string told(const Ran& ran) { return ran.out + ran.errors; }
    Ran sheet(const std::string& file) {
        return english(
            {"migrate", "sheet", "production", "--reveal", "--xlsx", bench_.folder.file(file)});
    }
    std::int64_t entries(const std::string& kind) {
        const auto connection = store::open_store(live())->connect();
        const auto rows =
            connection->query("SELECT count(*) FROM ledger_entry WHERE kind = $1", {kind});
        return rows->next() ? rows->integer(0) : -1;
    }

    CommandBench bench_;
};

TEST_F(SpotCommands, SayWhatIsMissingBeforeADraw) {
    EXPECT_THAT(english({"migrate", "draw", "production", "--nonce", "n"}).errors,
                HasSubstr("is not frozen"));
    EXPECT_THAT(english({"migrate", "sheet", "production"}).errors, HasSubstr("There is no draw"));
    freeze();
    const Ran ran = english({"migrate", "draw", "production"});
    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors, HasSubstr("Let the checker give a --nonce"));
    EXPECT_EQ(english({"migrate", "draw", "elsewhere", "--nonce", "n"}).exit, Exit::Usage);
    EXPECT_THAT(told(judge("none.xlsx")), HasSubstr("no checker's account wang"));
}

TEST_F(SpotCommands, ShowThePlanAndWhatTheTablesWouldLetThrough) {
    freeze();
    const Ran ran = english({"migrate", "draw", "production", "--dry-run"});
    EXPECT_EQ(ran.exit, Exit::Done) << ran.errors;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("300 rows; a lot with 5 % wrong rows"),
                      HasSubstr("operation test/operation:"),
                      HasSubstr("ISO 2859-1 level II, AQL 1 %: letter"),
                      HasSubstr("limiting quality 5 %"),
                      Not(HasSubstr("{"))));
    EXPECT_EQ(entries("draw"), 0);
    const auto json = bench_.run({"migrate", "draw", "production", "--dry-run", "--json"}).json();
    EXPECT_EQ(json["population"], 300);
    EXPECT_EQ(json["rule"]["planted"], 50);
}

TEST_F(SpotCommands, ASheetGoesOutAsAWorkbookIsFilledInElsewhereAndComesBack) {
    freeze();
    add_checker();
    const Ran drawn = english({"migrate", "draw", "production", "--nonce", "checker's words"});
    ASSERT_EQ(drawn.exit, Exit::Done) << drawn.errors;
    EXPECT_THAT(drawn.out, HasSubstr("Draw 1 is in the ledger: a sheet of "));
    ASSERT_EQ(sheet("sheet.xlsx").exit, Exit::Done);
    EXPECT_EQ(sheet("sheet.xlsx").exit, Exit::Failed) << "a file that is there is left alone";
    EXPECT_GT(entries("reveal"), 90);
    const std::string masked = bench_.folder.file("masked.xlsx");
    EXPECT_THAT(english({"migrate",
                         "sheet",
                         "production",
                         "--xlsx",
                         std::filesystem::relative(masked).string()})
                    .out,
                HasSubstr(masked))
        << "a daemon in another folder is told the whole path";

    fill("sheet.xlsx", "tampered.xlsx", true);
    const Ran refused = judge("tampered.xlsx");
    EXPECT_EQ(refused.exit, Exit::FaultsFound);
    EXPECT_THAT(told(refused), HasSubstr("row 5: what the sheet showed was altered here"));
    EXPECT_THAT(english({"migrate", "result", "production"}).errors,
                HasSubstr("rows have no verdict yet"));

    fill("sheet.xlsx", "filled.xlsx");
    EXPECT_THAT(told(judge("filled.xlsx", "somebody else's")), HasSubstr("password"));
    EXPECT_EQ(entries("sheet_fixed"), 0);
    const Ran taken = judge("filled.xlsx");
    ASSERT_EQ(taken.exit, Exit::Done) << taken.errors;
    EXPECT_THAT(taken.out, HasSubstr("; 0 are left"));
    const Ran grown = english({"migrate", "result", "production"});
    EXPECT_EQ(grown.exit, Exit::Failed);
    EXPECT_THAT(grown.out, HasSubstr("the sample grows by"));

    ASSERT_EQ(sheet("second.xlsx").exit, Exit::Done);
    EXPECT_THAT(told(judge("filled.xlsx")), HasSubstr("the sheet was enlarged"));
    fill("second.xlsx", "second.filled.xlsx");
    ASSERT_EQ(judge("second.filled.xlsx").exit, Exit::Done);
    const Ran result = english({"migrate", "result", "production"});
    EXPECT_EQ(result.exit, Exit::Done) << result.errors;
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("Accepted: 0 of "), HasSubstr("found 50 of 50 decoys")));
    EXPECT_THAT(english({"migrate", "sheet", "production"}).out, HasSubstr("has its result"));
}

}  // namespace
}  // namespace hrbridge::app
