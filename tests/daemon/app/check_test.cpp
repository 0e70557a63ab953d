#include <gmock/gmock.h>

#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/app/command_check.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/support/manual_clock.h"
#include "tests/support/process.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::HasSubstr;

// A source that nobody answers for, and WeCom's stand-in.
class CheckAll : public testing::Test {
  protected:
    CheckAll() : sandbox_(options(), clock_), url_(sandbox_.start()) {
        std::filesystem::permissions(
            bench_.folder.write("wecom_secret", "the-secret"),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        configure("");
    }
    static wecom::sandbox::Options options() {
        wecom::sandbox::Options out;
        out.secret = base::Secret("the-secret");
        return out;
    }
    void configure(const std::string& more) {
        bench_.configure(more + "wecom:\n  base_url: " + url_ +
                         "\n  corp_id: wwsandbox\n  agent_id: 1000002\n  secret: {file: "
                         "wecom_secret}\n  hr_receivers: [hr01]\n  page_url: https://hr.example\n");
    }
    nlohmann::json system(const nlohmann::json& report, const std::string& name) {
        for (const auto& each : report.at("systems")) {
            if (each.at("system") == name) {
                return each;
            }
        }
        ADD_FAILURE() << name << " is missing: " << report.dump();
        return {{"ok", nullptr}, {"code", ""}, {"detail", ""}, {"remedy", ""}};
    }
    nlohmann::json check(Exit expected) {
        const Ran ran = bench_.run({"check", "--all", "--json"});
        EXPECT_EQ(ran.exit, expected) << ran.out;
        return ran.json();
    }

    test::ManualClock clock_;
    CommandBench bench_;
    wecom::sandbox::Sandbox sandbox_;
    std::string url_;
};

TEST_F(CheckAll, NamesEverySystemOfTheConfiguration) {
    const auto report = check(Exit::Done);

    EXPECT_EQ(report.at("systems").size(), 3U);
    for (const char* name : {"store", "source files", "wecom"}) {
        EXPECT_EQ(system(report, name).at("ok"), true) << report.dump(2);
    }
    EXPECT_THAT(bench_.run({"check", "--all"}).out, HasSubstr("source files             ok"));
}

TEST_F(CheckAll, ReachesTheOthersWhenOneDoesNotAnswerAndSaysWhatToDo) {
    configure("  gone: {kind: http, base_url: 'http://127.0.0.1:" +
              std::to_string(test::free_port()) + "'}\n");

    const auto report = check(Exit::Failed);

    EXPECT_EQ(system(report, "source gone").at("ok"), false);
    EXPECT_NE(system(report, "source gone").at("detail"), "");
    EXPECT_THAT(system(report, "source gone").at("remedy").get<std::string>(),
                HasSubstr("try again"));
    EXPECT_EQ(system(report, "source files").at("ok"), true);
    EXPECT_EQ(system(report, "wecom").at("ok"), true);
    EXPECT_THAT(bench_.run({"check", "--all"}).errors,
                HasSubstr("source gone              failed"));
}

TEST_F(CheckAll, PreparesEachMappingsQueryWithoutReadingARow) {
    bench_.put_rows("OP1,weld,production,\nOP2\n");
    const auto query = check(Exit::Done).at("queries").at(0);

    EXPECT_EQ(query.at("mapping"), "test/operation");
    EXPECT_EQ(query.at("ok"), true) << query.dump();
    EXPECT_THAT(bench_.run({"check", "--all"}).out, HasSubstr("mapping test/operation   ok"));
    EXPECT_EQ(bench_.run({"rejects", "list", "--json"}).json().size(), 0U);
}

TEST_F(CheckAll, NamesEachColumnThatTheSourceLacksAndTheFieldThatReadsIt) {
    bench_.folder.write("in/rows.csv", "code,title,kind,note,more\n");
    std::filesystem::last_write_time(
        bench_.folder.file("in/rows.csv"),
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));

    const auto query = check(Exit::FaultsFound).at("queries").at(0);

    const std::string file = bench_.folder.file("mappings/operation.map.yaml");
    ASSERT_EQ(query.at("faults").size(), 2U) << query.dump(2);
    EXPECT_EQ(query.at("faults").at(0).at("where"), file + ":7: source.columns.name");
    EXPECT_EQ(query.at("faults").at(1).at("where"), file + ":11: fields.name");
    EXPECT_THAT(query.at("faults").at(1).at("what").get<std::string>(), HasSubstr("column name"));
    ASSERT_EQ(query.at("notes").size(), 1U);
    EXPECT_THAT(query.at("notes").at(0).get<std::string>(), HasSubstr("column more added"));
    const Ran shown = bench_.run({"check", "--all"});
    EXPECT_EQ(shown.exit, Exit::FaultsFound);
    EXPECT_THAT(shown.errors, HasSubstr(":11: fields.name: reads column name"));
}

TEST_F(CheckAll, SaysThatWecomRefusesThisAddress) {
    sandbox_.trouble({"get_api_domain_ip", wecom::sandbox::Trouble::Way::Refuse, 60020, 1});

    const auto wecom = system(check(Exit::Failed), "wecom");

    EXPECT_EQ(wecom.at("ok"), false);
    EXPECT_THAT(wecom.at("code").get<std::string>(), HasSubstr("60020"));
    EXPECT_THAT(wecom.at("remedy").get<std::string>(), HasSubstr("correct the setting"));
}

TEST_F(CheckAll, SaysThatTheStoreIsOfAnotherVersion) {
    store::StoreOptions options;
    options.path = bench_.folder.file("hr.db");
    const auto store = store::open_store(options);
    store::migrate(*store->connect());
    store->connect()->execute("DELETE FROM schema_version WHERE version = $1",
                              {std::int64_t{store::newest_schema_version()}});

    const auto report = system(check(Exit::Failed), "store");

    EXPECT_THAT(report.at("detail").get<std::string>(), HasSubstr("hrbridge store upgrade"));
}

}  // namespace
}  // namespace hrbridge::app
