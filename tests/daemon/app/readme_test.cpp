#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/text.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/app/support/config_faults.h"
#include "tests/support/temp_dir.h"

// daemon/README.md against the keys that the code knows.
namespace hrbridge::app {
namespace {

constexpr const char* kNobody = "nobody_knows_me";

struct Section {
    const char* name;
    const char* heading;  // of the README
    const char* text;     // of an hrbridge.yaml with the unknown key there
};

const std::vector<Section> kSections{
    {"Top", "## All of it", "nobody_knows_me: 1\n"},
    {"Store", "## store", "store: {nobody_knows_me: 1}\n"},
    {"Replica",
     "### store.replica",
     "store: {kind: postgres, connection: host=h, replica: {nobody_knows_me: 1}}\n"},
    {"Web", "## web", "web: {nobody_knows_me: 1}\n"},
    {"Retention", "## retention", "retention: {nobody_knows_me: 1}\n"},
    {"Backup", "## backup", "backup: {nobody_knows_me: 1}\n"},
    {"Wecom", "## wecom", "wecom: {nobody_knows_me: 1}\n"},
    {"WecomLogin", "### wecom.login", "wecom: {login: {nobody_knows_me: 1}}\n"},
    {"Callback", "### wecom.callback", "wecom: {callback: {nobody_knows_me: 1}}\n"},
    {"Guard", "### guard", "sources: {s: {kind: odbc, guard: {nobody_knows_me: 1}}}\n"},
    {"Odbc", "### odbc", "sources: {s: {kind: odbc, nobody_knows_me: 1}}\n"},
    {"Mariadb", "### mariadb", "sources: {s: {kind: mariadb, nobody_knows_me: 1}}\n"},
    {"MariadbTls",
     "#### mariadb.tls",
     "sources: {s: {kind: mariadb, tls: {nobody_knows_me: 1}}}\n"},
    {"Sqlite", "### sqlite", "sources: {s: {kind: sqlite, nobody_knows_me: 1}}\n"},
    {"Http", "### http", "sources: {s: {kind: http, nobody_knows_me: 1}}\n"},
    {"File", "### file", "sources: {s: {kind: file, nobody_knows_me: 1}}\n"},
    {"Iclock", "### iclock", "sources: {s: {kind: iclock, nobody_knows_me: 1}}\n"},
    {"Terminal",
     "### iclock.terminals",
     "sources: {s: {kind: iclock, terminals: {A1: {nobody_knows_me: 1}}}}\n"},
    {"Checkin", "### wecom_checkin", "sources: {s: {kind: wecom_checkin, nobody_knows_me: 1}}\n"},
};

// What the program itself offers instead of the unknown key.
std::vector<std::string> known(const char* text) {
    constexpr std::string_view kBegin = "the keys here are ";
    std::string config(text);
    if (!config.starts_with("store:")) {
        config += "store: {kind: sqlite, path: hr.db}\n";
    }
    std::vector<std::string> keys;
    for (const base::Fault& fault : test::faults_of(config)) {
        const std::size_t at = fault.what.find(kBegin);
        if (fault.where.ends_with(kNobody) && at != std::string::npos) {
            std::string list = fault.what.substr(at + kBegin.size());
            for (const std::string_view key : base::split(list, ',')) {
                keys.emplace_back(base::trim(key));
            }
        }
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

// The first cells of the tables below a heading, up to the next one.
std::vector<std::string> documented(const std::string& heading) {
    std::vector<std::string> keys;
    std::istringstream lines(test::read_file(HRBRIDGE_SOURCE_DIR "/daemon/README.md"));
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) {
            inside = line == heading;
        }
        if (inside && line.starts_with("| `")) {
            const std::string cell = line.substr(2, line.find(" |", 2) - 2);
            const auto parts = base::split(cell, '`');
            for (std::size_t i = 1; i < parts.size(); i += 2) {
                keys.emplace_back(parts[i]);
            }
        }
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

class ConfigurationReadme : public testing::TestWithParam<Section> {};

TEST_P(ConfigurationReadme, NamesEveryKeyThatTheCodeKnowsAndNoOther) {
    const auto keys = known(GetParam().text);
    ASSERT_FALSE(keys.empty());
    EXPECT_EQ(documented(GetParam().heading), keys);
}

INSTANTIATE_TEST_SUITE_P(All,
                         ConfigurationReadme,
                         testing::ValuesIn(kSections),
                         [](const auto& each) { return std::string(each.param.name); });

// The README's n-th YAML block, from 0.
std::string yaml_block(std::size_t n) {
    constexpr std::string_view kBegin = "```yaml\n";
    const std::string readme = test::read_file(HRBRIDGE_SOURCE_DIR "/README.md");
    std::size_t from = 0;
    for (std::size_t i = 0; i <= n; ++i) {
        from = readme.find(kBegin, from) + kBegin.size();
    }
    return readme.substr(from, readme.find("```", from) - from);
}

TEST(Readme, ItsFirstSyncStoresItsRow) {
    const test::CommandBench bench;
    std::filesystem::rename(bench.folder.file("keys"), bench.folder.file("seal_keys"));
    const std::string csv =
        bench.folder.write("in/operations.csv", "code,name,kind\nOP10,焊接,production\n");
    std::filesystem::last_write_time(
        csv, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    bench.folder.write("hrbridge.yaml", yaml_block(0));
    bench.folder.write("mappings/operation.map.yaml", yaml_block(1));

    const test::Ran checked = bench.run({"check"});
    EXPECT_EQ(checked.exit, Exit::Done) << checked.errors;
    const auto synced = bench.run({"sync", "all", "--json"}).json();

    EXPECT_EQ(synced.at(0).at("mapping"), "my/operation");
    EXPECT_EQ(synced.at(0).at("inserted"), 1) << synced.dump(2);
}

TEST(Readme, ItsDatabaseSourceHasNoFaults) {
    const test::TempDir folder;
    folder.write("mappings/empty.txt", "");
    folder.write("rules/empty.txt", "");
    std::filesystem::permissions(folder.write("erp_password", "x"),
                                 std::filesystem::perms::owner_read);
    test::MemoryLog log;
    test::ManualClock clock;
    monitoring::Metrics metrics;
    const auto loaded = load_services(
        folder.write("hrbridge.yaml", "store: {kind: sqlite, path: hr.db}\n" + yaml_block(2)),
        log,
        clock,
        metrics);

    EXPECT_EQ(test::all(loaded.faults), "");
}

}  // namespace
}  // namespace hrbridge::app
