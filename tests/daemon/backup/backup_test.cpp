#include "daemon/backup/backup.h"

#include <sys/stat.h>

#include "daemon/backup/check.h"
#include "tests/daemon/backup/backup_bench.h"

namespace hrbridge::backup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class MakingBackups : public BackupBench {};
INSTANTIATE_TEST_SUITE_P(All,
                         MakingBackups,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(MakingBackups, TellWhatTheyAreAndWhatARestoreNeeds) {
    fill();
    const Backup made = back_up();
    const CheckedBackup checked = check_backup(made.path, &keys_, {});

    EXPECT_THAT(codes(checked.faults), IsEmpty());
    EXPECT_EQ(checked.sealed, Sealed::KnownKey);
    const Manifest& manifest = *checked.manifest;
    EXPECT_EQ(manifest.copy.kind, GetParam());
    EXPECT_EQ(manifest.copy.schema, store::newest_schema_version());
    EXPECT_EQ(manifest.made_at, clock_.now());
    EXPECT_EQ(manifest.reason, "command");
    EXPECT_EQ(manifest.from, (*store_)->describe());
    EXPECT_THAT(manifest.seal_keys, ElementsAre("k1"));
    EXPECT_EQ(manifest.copy.rows.at("cause_code"), 2);
    EXPECT_EQ(manifest.ledger->entry, 3);
    EXPECT_EQ(manifest.ledger->line,
              ledger::to_line(*ledger::Ledger(*connection_, nullptr).head()));
    EXPECT_EQ(manifest.ledger->key, keys_.current().public_key().fingerprint().hex());
    EXPECT_EQ(to_json(manifest), to_json(made.manifest));
}

TEST_P(MakingBackups, AreForTheOwnerAloneAndHoldNoKey) {
    fill();
    const Backup made = back_up();

    struct stat status {};
    ASSERT_EQ(::stat(made.path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat(shelf_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    const std::string pem(keys_.current().to_pem().reveal());
    for (const fs::directory_entry& entry : fs::directory_iterator(made.path)) {
        ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
        const std::string content = test::read_file(entry.path().string());
        EXPECT_EQ(content.find(std::string(32, 's')), std::string::npos) << entry.path();
        EXPECT_EQ(content.find(pem.substr(30, 30)), std::string::npos) << entry.path();
    }
}

TEST_P(MakingBackups, RemoveWhatOneThatWasCutOffHasLeft) {
    fs::create_directories(shelf_ / ".unfinished-hrbridge-20240101T000000.000000Z");
    fs::create_directories(shelf_ / ".removing-hrbridge-20240101T000000.000000Z");
    fs::create_directories(shelf_ / ".unfinished-hrbridge-20240102T000000.000000Z");
    const auto others =
        FolderLock::try_lock(shelf_ / ".unfinished-hrbridge-20240102T000000.000000Z");

    const Backup made = back_up();

    EXPECT_THAT(shelf(),
                testing::UnorderedElementsAre(made.path.filename().string(),
                                              ".unfinished-hrbridge-20240102T000000.000000Z"));
}

TEST_P(MakingBackups, LeaveNothingWhenTheyAreStopped) {
    fill();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(
        make_backup(
            {options_of(*store_), &keys_, clock_}, shelf_, kByCommand, {{}, stop.get_token()}),
        base::Stopped);
    EXPECT_THAT(shelf(), IsEmpty());
}

TEST_P(MakingBackups, SayThatTheFolderCannotBeMade) {
    try {
        make_backup({options_of(*store_), &keys_, clock_}, "/proc/none", kByCommand, {});
        FAIL();
    } catch (const base::SystemError& error) {
        EXPECT_EQ(error.system(), "backup");
        EXPECT_THAT(error.what(), HasSubstr("/proc/none"));
    }
}

TEST_P(MakingBackups, KeepTheLastOfTheScheduleAndAllOthers) {
    std::vector<std::string> kept;
    for (int i = 0; i < 5; ++i) {
        const Backup made = back_up(i == 1 ? kByCommand : i == 2 ? kBeforeUpgrade : kBySchedule);
        if (i != 0) {
            kept.push_back(made.path.filename().string());
        }
    }
    const std::string from = (*store_)->describe();
    EXPECT_EQ(remove_old_backups(shelf_, "another store", 1), 0);
    EXPECT_EQ(remove_old_backups(shelf_, from, 2), 1);
    EXPECT_EQ(remove_old_backups(shelf_, from, 2), 0);
    EXPECT_THAT(shelf(), testing::UnorderedElementsAreArray(kept));
}

TEST_P(MakingBackups, TellTheNewestOfAStoreThatIsNotDamaged) {
    EXPECT_EQ(newest_backup(shelf_, (*store_)->describe()), std::nullopt);
    const Backup first = back_up();
    const Backup second = back_up();
    EXPECT_EQ(newest_backup(shelf_, (*store_)->describe()), second.manifest.made_at);
    EXPECT_EQ(newest_backup(shelf_, "another store"), std::nullopt);
    fs::remove(second.path / kSealFile);
    EXPECT_EQ(newest_backup(shelf_, (*store_)->describe()), first.manifest.made_at);
}

TEST(BackupNames, AreSortedByTime) {
    const base::Timestamp second = test::ManualClock::default_start();
    const std::string whole = backup_name(second);
    EXPECT_EQ(whole, "hrbridge-20240506T000000.000000Z");
    EXPECT_LT(whole, backup_name(second + std::chrono::microseconds(1)));
    EXPECT_LT(backup_name(second + std::chrono::microseconds(999'999)),
              backup_name(second + std::chrono::seconds(1)));
}

}  // namespace
}  // namespace hrbridge::backup
