#include "tests/daemon/backup/backup_bench.h"

namespace hrbridge::backup {
namespace {

class BackupsUnderLoad : public BackupBench {
  protected:
    void expect_whole(store::Store& restored, const Manifest& manifest) const {
        const std::int64_t rows = number(restored, "SELECT count(*) FROM cause_code");
        EXPECT_GT(rows, 0);
        EXPECT_EQ(rows % Writer::kRows, 0) << "a batch is there whole or not at all";
        EXPECT_EQ(number(restored, "SELECT count(*) FROM batch") * Writer::kRows, rows);
        EXPECT_EQ(word(restored, "SELECT position FROM checkpoint"), std::to_string(rows));
        EXPECT_EQ(rows, manifest.copy.rows.at("cause_code"));
        EXPECT_EQ(ledger::to_line(*ledger::Ledger(*restored.connect(), nullptr).head()),
                  manifest.ledger->line);
        EXPECT_TRUE(proves(restored, manifest));
    }
};
INSTANTIATE_TEST_SUITE_P(All,
                         BackupsUnderLoad,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(BackupsUnderLoad, AreTheStoreAsItWasAtOneMomentWhileItsWriterGoesOn) {
    std::vector<Backup> made;
    {
        const Writer writer(**store_, clock_, keys_);
        writer.wait_for(3);
        for (int i = 0; i < 5; ++i) {
            const int before = writer.batches();
            made.push_back(back_up());
            writer.wait_for(before + 2);
        }
    }
    for (const Backup& backup : made) {
        target_ = std::make_unique<store::FreshStore>(GetParam());
        const RestoreResult result = restore(backup.path);
        ASSERT_EQ(result.outcome, Restored::Done) << testing::PrintToString(codes(result.notes));
        expect_whole(**target_, backup.manifest);
    }
    EXPECT_LT(made.front().manifest.rows(), made.back().manifest.rows());
}

}  // namespace
}  // namespace hrbridge::backup
