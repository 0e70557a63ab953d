#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/app/store_backup.h"
#include "daemon/backup/check.h"
#include "daemon/backup/shelf.h"
#include "daemon/store/store.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/app/support/config_faults.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

namespace fs = std::filesystem;
using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class BackupCommands : public testing::Test {
  protected:
    BackupCommands() {
        fs::create_directory(bench_.folder.file("shelf"));
        bench_.configure("backup: {folder: shelf}\n");
    }
    store::StoreOptions store_options() const {
        store::StoreOptions options;
        options.path = bench_.folder.file("hr.db");
        return options;
    }
    int schema() const {
        return store::schema_version(*store::open_store(store_options())->connect());
    }
    // A store of an earlier release, with a row in it.
    void make_older(bool with_row = true) const {
        const auto connection = store::open_store(store_options())->connect();
        store::migrate(*connection, store::newest_schema_version() - 1);
        if (with_row) {
            connection->run_script("INSERT INTO job (name, paused) VALUES ('outbox', 0)");
        }
    }
    std::vector<fs::path> shelf() const {
        return backup::list_backups(bench_.folder.file("shelf"));
    }
    std::string reason_of_newest() const {
        return backup::read_backup(shelf().back(), nullptr).manifest->reason;
    }

    CommandBench bench_;
};

TEST_F(BackupCommands, MakeABackupAndSayWhatARestoreNeeds) {
    bench_.put_rows("C1,\xc7\xd0,production,\n");
    ASSERT_EQ(bench_.run({"sync", "test/operation"}).exit, Exit::Done);

    const Ran made = bench_.run({"store", "backup", "--language", "en"});

    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    ASSERT_THAT(shelf(), SizeIs(1));
    EXPECT_THAT(made.out,
                AllOf(HasSubstr(shelf().front().string()),
                      HasSubstr("the seal keys k1"),
                      HasSubstr("not sealed")));
    EXPECT_EQ(reason_of_newest(), "command");
    EXPECT_THAT(bench_.run({"store", "backup"}).out, HasSubstr("备份已完成"));
}

TEST_F(BackupCommands, MakeItWhereTheyAreTold) {
    const Ran made = bench_.run({"store", "backup", "--to", bench_.folder.file("other"), "--json"});
    ASSERT_EQ(made.exit, Exit::Done) << made.errors;
    const std::string path = made.json()["path"];
    EXPECT_EQ(fs::path(path).parent_path(), bench_.folder.file("other"));
    EXPECT_THAT(shelf(), IsEmpty());
}

TEST_F(BackupCommands, RestoreItOnAMachineThatHasNoStore) {
    bench_.put_rows("C1,\xc7\xd0,production,\n");
    ASSERT_EQ(bench_.run({"sync", "test/operation"}).exit, Exit::Done);
    ASSERT_EQ(bench_.run({"store", "backup"}).exit, Exit::Done);
    fs::remove(bench_.folder.file("hr.db"));
    fs::remove(bench_.folder.file("mappings/operation.map.yaml"));

    const Ran restored =
        bench_.run({"store", "restore", shelf().front().string(), "--language", "en"});

    ASSERT_EQ(restored.exit, Exit::Done) << restored.errors;
    EXPECT_THAT(restored.out, AllOf(HasSubstr("chain"), HasSubstr("Restored the backup of")));
    EXPECT_FALSE(fs::exists(bench_.folder.file("hr.db.restoring")));
    const auto connection = store::open_store(store_options())->connect();
    const auto rows = connection->query("SELECT code FROM operation WHERE gone_at IS NULL", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "C1");
}

TEST_F(BackupCommands, RefuseToRestoreOverRowsAndSayHow) {
    ASSERT_EQ(bench_.run({"store", "backup"}).exit, Exit::Done);

    const Ran refused = bench_.run({"store", "restore", shelf().front().string()});
    EXPECT_EQ(refused.exit, Exit::Failed);
    EXPECT_THAT(refused.errors, HasSubstr("--replace"));

    const Ran done =
        bench_.run({"store", "restore", shelf().front().string(), "--replace", "--json"});
    ASSERT_EQ(done.exit, Exit::Done) << done.errors;
    EXPECT_EQ(done.json()["outcome"], "done");
    EXPECT_TRUE(fs::exists(done.json()["kept"].get<std::string>()));
}

TEST_F(BackupCommands, EndWithThreeForADamagedBackup) {
    ASSERT_EQ(bench_.run({"store", "backup"}).exit, Exit::Done);
    fs::remove(bench_.folder.file("hr.db"));
    fs::resize_file(shelf().front() / "store.db", 4096);

    const Ran damaged = bench_.run({"store", "restore", shelf().front().string()});

    EXPECT_EQ(damaged.exit, Exit::FaultsFound);
    EXPECT_THAT(damaged.errors, HasSubstr("store.db"));
    EXPECT_FALSE(fs::exists(bench_.folder.file("hr.db")));
}

TEST_F(BackupCommands, UpgradeBehindABackup) {
    make_older();
    const Ran upgraded = bench_.run({"store", "upgrade", "--language", "en"});
    ASSERT_EQ(upgraded.exit, Exit::Done) << upgraded.errors;
    EXPECT_THAT(upgraded.out, HasSubstr("A backup before the upgrade"));
    EXPECT_EQ(schema(), store::newest_schema_version());
    ASSERT_THAT(shelf(), SizeIs(1));
    EXPECT_EQ(reason_of_newest(), "upgrade");
    EXPECT_EQ(backup::read_backup(shelf().back(), nullptr).manifest->copy.schema,
              store::newest_schema_version() - 1);

    EXPECT_EQ(bench_.run({"store", "upgrade"}).exit, Exit::Done);
    EXPECT_THAT(shelf(), SizeIs(1)) << "nothing was to be upgraded";
}

TEST_F(BackupCommands, UpgradeUnattendedBehindABackupToo) {
    make_older();
    EXPECT_EQ(bench_.run({"store", "upgrade", "--unattended"}).exit, Exit::Done);
    EXPECT_EQ(schema(), store::newest_schema_version());
    EXPECT_EQ(reason_of_newest(), "upgrade");
}

TEST_F(BackupCommands, LeaveTheUpgradeToAPersonWhereTheConfigurationSaysSo) {
    make_older();
    bench_.configure("backup: {folder: shelf}\n", ", upgrade: manual");

    const Ran left = bench_.run({"store", "upgrade", "--unattended", "--language", "en"});
    EXPECT_EQ(left.exit, Exit::Done) << left.errors;
    EXPECT_THAT(left.out, HasSubstr("Run hrbridge store upgrade"));
    EXPECT_EQ(schema(), store::newest_schema_version() - 1);
    EXPECT_THAT(shelf(), IsEmpty());

    EXPECT_EQ(bench_.run({"store", "upgrade"}).exit, Exit::Done) << "a person's own is done";
    EXPECT_EQ(schema(), store::newest_schema_version());
}

TEST_F(BackupCommands, UpgradeWithoutOneWhenToldSo) {
    make_older();
    const Ran upgraded = bench_.run({"store", "upgrade", "--no-backup", "--language", "en"});
    EXPECT_EQ(upgraded.exit, Exit::Done);
    EXPECT_THAT(upgraded.out, HasSubstr("No backup was made first (--no-backup)"));
    EXPECT_EQ(schema(), store::newest_schema_version());
    EXPECT_THAT(shelf(), IsEmpty());
}

TEST_F(BackupCommands, UpgradeAStoreWithoutRowsAtOnce) {
    make_older(false);
    EXPECT_EQ(bench_.run({"store", "upgrade"}).exit, Exit::Done);
    EXPECT_THAT(shelf(), IsEmpty());
}

TEST_F(BackupCommands, DoNotUpgradeWhenTheBackupFails) {
    make_older();
    const std::string file = bench_.folder.write("a_file", "");
    const Ran stopped = bench_.run({"store", "upgrade", "--to", file, "--language", "en"});
    EXPECT_EQ(stopped.exit, Exit::Failed);
    EXPECT_THAT(stopped.errors, AllOf(HasSubstr("nothing was upgraded"), HasSubstr("--no-backup")));
    EXPECT_EQ(schema(), store::newest_schema_version() - 1);
}

TEST_F(BackupCommands, OfARunningDaemonRestoreNothing) {
    test::LiveBench bench;
    app::Live& live = bench.start();
    CommandLine line;
    line.command = "store restore";
    line.arguments = {"x"};
    test::Collected output;
    EXPECT_EQ(live.command(line, "", "uid 0", output, {}), Exit::Failed);
    EXPECT_THAT(output.errors, HasSubstr("systemctl stop hrbridge"));
}

TEST(BackupJob, KeepsTheLastOnesAndTellsTheNewest) {
    test::LiveBench bench;
    fs::create_directory(bench.folder.file("shelf"));
    bench.configure("web: {port: 0}\nbackup: {folder: shelf, keep: 2, schedule: 1h}\n");
    const auto services = bench.load();
    store::migrate(*services->store->connect());
    const auto gauge = [&] {
        measure_backup(*services);
        return services->metrics.expose();
    };
    EXPECT_THAT(gauge(), HasSubstr("hrbridge_backup_last_success_timestamp_seconds 0\n"));
    std::size_t jobs = 0;
    for (const jobs::ScheduledJob& job : make_jobs(*services)) {
        for (int i = 0; job.name == "backup" && i < 4; ++i, ++jobs) {
            bench.clock.advance(std::chrono::hours(1));
            job.work({});
        }
    }
    EXPECT_EQ(jobs, 4U);
    EXPECT_THAT(backup::list_backups(bench.folder.file("shelf")), SizeIs(2));
    EXPECT_THAT(gauge(), Not(HasSubstr("hrbridge_backup_last_success_timestamp_seconds 0\n")));
}

TEST(BackupConfig, TellsAllThatIsWrong) {
    std::vector<std::string> faults;
    for (const base::Fault& fault : test::faults_of("store: {kind: sqlite, path: hr.db}\n"
                                                    "backup: {keep: 0, shedule: 1h}\n")) {
        faults.push_back(fault.where + ": " + fault.what);
    }
    EXPECT_THAT(faults,
                testing::UnorderedElementsAre(
                    HasSubstr(":2: backup.folder"),
                    HasSubstr(":2: backup.keep"),
                    AllOf(HasSubstr("shedule"), HasSubstr("did you mean \"schedule\"?"))));
}

TEST(BackupConfig, ChecksTheFolderButStartsWithoutIt) {
    EXPECT_THAT(test::all(test::faults_of("store: {kind: sqlite, path: hr.db}\n"
                                          "backup: {folder: nowhere}\n")),
                AllOf(HasSubstr(":2: backup.folder: "), HasSubstr("nowhere is not there")));
}

TEST(BackupConfig, NeedsAScheduleThatCanBeRead) {
    CommandBench bench;
    fs::create_directory(bench.folder.file("shelf"));
    bench.configure("backup: {folder: shelf, schedule: nightly}\n");
    EXPECT_THAT(bench.run({"check"}).errors + bench.run({"check"}).out,
                HasSubstr("backup.schedule"));
}

}  // namespace
}  // namespace hrbridge::app
