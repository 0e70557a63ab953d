#include <fstream>
#include <random>

#include "daemon/backup/check.h"
#include "tests/daemon/backup/backup_bench.h"

namespace hrbridge::backup {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A damage of one kind at a place that the seed says.
void damage(const fs::path& backup, int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(backup)) {
        if (fs::file_size(entry.path()) > 0) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    const fs::path file = files[random() % files.size()];
    std::string content = test::read_file(file.string());
    const std::size_t place = random() % content.size();
    switch (seed % 5) {
        case 0:
            content[place] = static_cast<char>(content[place] ^ (1 << (random() % 8)));
            break;
        case 1:
            content.resize(place);
            break;
        case 2:
            content.insert(place, 1, '0');
            break;
        case 3:  // a block of the disk that reads as something else
            content.replace(place, std::min<std::size_t>(512, content.size() - place), 512, '\xff');
            break;
        default:
            content.erase(place, 1);
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

class DamagedBackups : public BackupBench {};
INSTANTIATE_TEST_SUITE_P(All,
                         DamagedBackups,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(DamagedBackups, AreFoundWhereverTheDamageIsAndNothingIsRestored) {
    fill();
    const Backup made = back_up();
    for (int seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        const fs::path copy = folder_.path() / fmt::format("copy{}", seed);
        fs::copy(made.path, copy, fs::copy_options::recursive);
        damage(copy, seed);

        const RestoreResult result = restore(copy);

        EXPECT_NE(result.outcome, Restored::Done);
        EXPECT_THAT(codes(result.notes), testing::Not(IsEmpty()));
        EXPECT_EQ(store::what_is_there(options_of(*target_)), store::Present::Nothing);
    }
    EXPECT_EQ(restore(made.path).outcome, Restored::Done);
}

TEST_P(DamagedBackups, LackAFileOrHaveOneTooMany) {
    fill();
    const Backup made = back_up();
    const std::string part = made.manifest.copy.files.front().file;
    fs::rename(made.path / part, made.path / "other.copy");

    const RestoreResult result = restore(made.path);

    EXPECT_EQ(result.outcome, Restored::Damaged);
    EXPECT_THAT(codes(result.notes), ElementsAre("part_missing", "part_unknown"));
}

TEST_P(DamagedBackups, WrittenAnewByWhoHasNoKeyAreRefused) {
    fill();
    const Backup honest = back_up();
    connection_->execute("DELETE FROM cause_code WHERE code = 'C1'", {});
    const ledger::KeyRing thief = ring_of('t');
    const Backup forged = back_up(kByCommand, &thief);

    EXPECT_THAT(codes(restore(forged.path).notes), ElementsAre("ledger_key_other"));
    fs::remove(honest.path / kManifestFile);
    fs::copy(forged.path / kManifestFile, honest.path / kManifestFile);
    EXPECT_THAT(codes(restore(honest.path).notes), ElementsAre("manifest_changed"));
}

TEST_P(DamagedBackups, AreNoneWhenTheyWereNeverFinished) {
    const fs::path left = shelf_ / ".unfinished-hrbridge-20240101T000000.000000Z";
    fs::create_directories(left);
    EXPECT_THAT(codes(restore(left).notes), ElementsAre("no_backup"));
    EXPECT_THAT(codes(restore(folder_.path() / "nowhere").notes), ElementsAre("no_backup"));
    back_up();
    EXPECT_THAT(codes(restore(shelf_).notes), ElementsAre("holds_backups"));
}

}  // namespace
}  // namespace hrbridge::backup
