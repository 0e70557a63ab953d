#include <map>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <zip.h>

#include "daemon/app/recent_log.h"
#include "daemon/app/support/facts.h"
#include "daemon/app/support/machine.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

using support::Parts;
using test::CommandBench;
using testing::AllOf;
using testing::ContainsRegex;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

std::map<std::string, std::string> unzip(const std::string& file) {
    std::map<std::string, std::string> out;
    zip_t* const archive = zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
    EXPECT_NE(archive, nullptr);
    for (zip_int64_t i = 0; archive != nullptr && i < zip_get_num_entries(archive, 0); ++i) {
        const auto place = static_cast<zip_uint64_t>(i);
        zip_stat_t about;
        zip_stat_init(&about);
        zip_stat_index(archive, place, 0, &about);
        std::string text(about.size, '\0');
        zip_file_t* const opened = zip_fopen_index(archive, place, 0);
        zip_fread(opened, text.data(), text.size());
        zip_fclose(opened);
        out[about.name] = std::move(text);
    }
    if (archive != nullptr) {
        zip_discard(archive);
    }
    return out;
}

// What unpacking gives each file.
std::vector<unsigned> modes_in(const std::string& file) {
    std::vector<unsigned> modes;
    zip_t* const archive = zip_open(file.c_str(), ZIP_RDONLY, nullptr);
    EXPECT_NE(archive, nullptr);
    for (zip_int64_t i = 0; archive != nullptr && i < zip_get_num_entries(archive, 0); ++i) {
        zip_uint8_t system = 0;
        zip_uint32_t attributes = 0;
        zip_file_get_external_attributes(
            archive, static_cast<zip_uint64_t>(i), 0, &system, &attributes);
        EXPECT_EQ(system, ZIP_OPSYS_UNIX);
        modes.push_back(attributes >> 16U);
    }
    if (archive != nullptr) {
        zip_discard(archive);
    }
    return modes;
}

std::map<std::string, std::string> bundle_of(const CommandBench& bench) {
    const std::string file = bench.folder.file("help.zip");
    const auto ran = bench.run({"support", "bundle", "--out", file});
    EXPECT_EQ(ran.exit, Exit::Done) << ran.errors;
    EXPECT_THAT(ran.out, HasSubstr("look at them before you send it"));
    auto files = unzip(file);
    std::filesystem::remove(file);
    return files;
}

nlohmann::json json(const std::map<std::string, std::string>& files, const std::string& name) {
    return nlohmann::json::parse(files.at(name));
}

TEST(SupportBundle, TellsOfProgramConfigurationStateHistoryRejectsMetricsAndDisks) {
    const CommandBench bench;
    bench.put_rows("OP1,weld,production,\nOP2,mend,other,\n");
    ASSERT_EQ(bench.run({"sync", "all"}).exit, Exit::Done);

    const auto files = bundle_of(bench);

    EXPECT_THAT(files.at("version.json"), HasSubstr("\"product\": \"hrbridge " HRBRIDGE_VERSION));
    EXPECT_THAT(json(files, "version.json").at("build_id").get<std::string>(),
                ContainsRegex("^[0-9a-f]{40}$"));
    EXPECT_THAT(files.at("configuration.yaml"), HasSubstr("kind: \"sqlite\""));
    EXPECT_EQ(json(files, "status.json").at("schema"),
              json(files, "status.json").at("newest_schema"));
    EXPECT_EQ(json(files, "runs.json").at(0).at("rejected"), 1);
    EXPECT_EQ(json(files, "rejects.json"),
              nlohmann::json::parse(
                  R"([{"mapping": "test/operation", "rule": "F03", "kind": "row", "rows": 1}])"));
    EXPECT_THAT(files.at("metrics.txt"), HasSubstr("hrbridge_disk_free_bytes"));
    EXPECT_GT(json(files, "disks.json").at("store").at("file"), 0);
    EXPECT_GT(json(files, "disks.json").at("store").at("free"), 0);
    const auto manifest = json(files, "manifest.json");
    EXPECT_EQ(manifest.at("files").size() + 1, files.size());
    EXPECT_THAT(manifest.at("missing").at("log.txt"), HasSubstr("no daemon runs"));
}

TEST(SupportBundle, IsForItsOwnerAloneAndNeverWritesOverAFile) {
    const CommandBench bench;
    const std::string file = bench.folder.file("help.zip");
    const mode_t before = ::umask(0);
    EXPECT_EQ(bench.run({"support", "bundle", "--out", file}).exit, Exit::Done);
    ::umask(before);
    struct stat about {};
    ASSERT_EQ(::stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    const std::vector<unsigned> modes = modes_in(file);
    EXPECT_THAT(modes, AllOf(Not(IsEmpty()), Each(0100600U)));

    const auto again = bench.run({"support", "bundle", "--out", file});
    EXPECT_EQ(again.exit, Exit::Usage);
    EXPECT_THAT(again.errors, HasSubstr("is there already"));
}

TEST(SupportBundle, HasNoNameOfAMachineALoginOrAReceiver) {
    const CommandBench bench;
    bench.configure(
        "  erp: {kind: mariadb, host: erp.example.invalid, database: u8, user: annalogin}\n");
    ASSERT_NE(bench.run({"check", "--all"}).exit, Exit::Done);

    for (const auto& [name, text] : bundle_of(bench)) {
        EXPECT_THAT(text, Not(ContainsRegex("erp\\.example|annalogin"))) << name;
    }
}

TEST(SupportBundle, IsMadeOfAConfigurationWithFaultsAndSaysThem) {
    const CommandBench bench;
    bench.configure("retentoin: {runs_days: 3}\n");
    const auto files = bundle_of(bench);
    EXPECT_THAT(files.at("errors.txt"), HasSubstr("retention"));
    EXPECT_THAT(files.at("configuration.yaml"), HasSubstr("retentoin:"));
    EXPECT_EQ(files.count("status.json"), 0U);
}

TEST(SupportBundle, HasNoErrorsAndNoJournalOfAConfigurationThatNobodyCanRead) {
    const CommandBench bench;
    bench.folder.write("hrbridge.yaml", "sources: {erp: {host: erp.example.invalid, user: [anna}");
    const auto files = bundle_of(bench);
    const auto missing = json(files, "manifest.json").at("missing");
    EXPECT_EQ(files.count("errors.txt") + files.count("journal.txt"), 0U);
    EXPECT_THAT(missing.at("errors.txt").get<std::string>(),
                AllOf(HasSubstr("hrbridge.yaml"), HasSubstr("nobody knows which names")));
    EXPECT_TRUE(missing.contains("journal.txt"));
    for (const auto& [name, text] : files) {
        EXPECT_THAT(text, Not(ContainsRegex("erp\\.example|anna"))) << name;
    }
}

TEST(SupportBundle, HasNoNameOfAFileThatASourceReads) {
    const CommandBench bench;
    const std::string file =
        bench.folder.write("in/张三_考勤.csv", std::string("\xFF\xFE", 2) + "a");
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    ASSERT_NE(bench.run({"sync", "all"}).exit, Exit::Done);
    const auto runs = bench.run({"status", "--json"});
    ASSERT_THAT(runs.out, HasSubstr("file '张三_考勤.csv' is UTF-16"));

    const auto files = bundle_of(bench);
    EXPECT_THAT(files.at("runs.json"), HasSubstr("file '(removed)' is UTF-16"));
    for (const auto& [name, text] : files) {
        EXPECT_THAT(text, Not(HasSubstr("张三"))) << name;
    }
}

TEST(SupportBundle, IsMadeWhileTheStoreDoesNotAnswerAndSaysWhatIsMissing) {
    const CommandBench bench;
    bench.folder.write("hr.db", "this is no database, and long enough to be taken for one");
    const auto files = bundle_of(bench);
    EXPECT_GT(files.count("disks.json"), 0U);
    EXPECT_GT(files.count("metrics.txt"), 0U);
    EXPECT_THAT(json(files, "manifest.json").at("missing"), Not(testing::IsEmpty()));
    EXPECT_TRUE(json(files, "manifest.json").at("missing").contains("status.json"));
}

TEST(SupportBundle, MakesNoStoreWhereNoneIs) {
    const CommandBench bench;
    const auto files = bundle_of(bench);
    EXPECT_FALSE(std::filesystem::exists(bench.folder.file("hr.db")));
    EXPECT_EQ(json(files, "manifest.json").at("missing").at("status.json"),
              "there is no store yet");
}

class Nowhere final : public base::Log {
  public:
    void write(base::Level, std::string_view, std::span<const base::LogField>) override {}
};

Parts parts_of(Live& live) {
    struct Bytes final : Output {
        void line(std::string_view) override {}
        void error(std::string_view text) override { ADD_FAILURE() << text; }
        void progress(std::string_view) override {}
        void bytes(std::string_view chunk) override { all += chunk; }
        std::string all;
    } output;
    CommandLine line;
    line.command = "support bundle";
    EXPECT_EQ(live.command(line, "", "uid 0 (root)", output, {}), Exit::Done);
    return support::unpacked(output.all);
}

TEST(SupportBundle, HasTheLastLinesThatARunningDaemonSaid) {
    test::LiveBench bench;
    RecentLog log(std::make_unique<Nowhere>(), 120);
    Live live({bench.folder.file("hrbridge.yaml"), log, bench.clock, bench.metrics, &log},
              bench.load());
    log.info("first", {});
    log.info("second", {{"mapping", "erp/person"}});
    log.warning("third at hr.example");

    const Parts parts = parts_of(live);
    EXPECT_THAT(parts.files.at("log.txt"),
                AllOf(HasSubstr("info    second mapping=erp/person\n"),
                      HasSubstr("warning third at (removed)\n"),
                      Not(HasSubstr("first"))));
    EXPECT_EQ(nlohmann::json::parse(parts.files.at("status.json")).at("daemon").at("runs"), true);
}

// What the file says now, and what the daemon was started with.
TEST(SupportBundle, HasNoNameOfTheConfigurationInForceWhenTheFileChangedOrCannotBeRead) {
    for (const char* const now : {"control_socket: control.sock\n", "wecom: {page_url: [x}"}) {
        test::LiveBench bench;
        RecentLog log(std::make_unique<Nowhere>(), 100);
        Live live({bench.folder.file("hrbridge.yaml"), log, bench.clock, bench.metrics, &log},
                  bench.load());
        bench.folder.write("hrbridge.yaml", now);
        log.warning("no card for HR01 by hr.example");

        Parts parts = parts_of(live);
        EXPECT_THAT(parts.files.at("log.txt"),
                    HasSubstr("warning no card for (removed) by (removed)\n"));

        parts.files["journal.txt"] = "no card for hr02";
        support::remove_names(bench.folder.file("hrbridge.yaml"), parts);
        if (std::string_view(now).find("[x}") != std::string_view::npos) {
            EXPECT_EQ(parts.files.count("journal.txt"), 0U);
            EXPECT_THAT(parts.missing.at("journal.txt"), HasSubstr("nobody knows which names"));
        } else {
            EXPECT_EQ(parts.files.at("journal.txt"), "no card for (removed)");
        }
    }
}

TEST(SupportBundle, KnowsTheUnitOfAConfigurationByItsPlace) {
    EXPECT_EQ(support::unit_of("/etc/hrbridge/hrbridge.yaml"), "hrbridge.service");
    EXPECT_EQ(support::unit_of("/etc/hrbridge/plant2/hrbridge.yaml"), "hrbridge@plant2.service");
    EXPECT_EQ(support::unit_of("/srv/other.yaml"), "hrbridge.service");
}

}  // namespace
}  // namespace hrbridge::app
