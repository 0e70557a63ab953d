#include "daemon/store/unchanged_rows.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

// Rows that the store has exactly so are passed over before they are staged: a rule that refuses
// every staged row tells which ones were.
class UnchangedRowsOf : public OnCauseCodes {
  protected:
    static std::vector<Row> rows(int count) {
        std::vector<Row> all;
        for (int i = 0; i < count; ++i) {
            all.push_back({fmt::format("C{:04}", i), "as it was"});
        }
        return all;
    }
    static Block timed(const std::vector<Row>& rows, std::int64_t time) {
        Block block(rows);
        block.batch.times.assign(rows.size(), time);
        block.batch.sources.assign(rows.size(), 0);
        return block;
    }
    BatchOutcome write(const Block& block) {
        const auto each = writer(*connection_);
        each->count_read(static_cast<std::int64_t>(block.raw->rows));
        each->append(block.batch, block.raw);
        return each->commit(at(plan_, "next"));
    }
    void refuse_all_that_is_staged() {
        StagedRule all = rule("L01", "1 = 1");
        all.of_rows = true;
        all.of_fields = true;
        plan_.rules = {all};
    }
    std::string name_of(const std::string& code) {
        const auto found =
            connection_->query("SELECT name FROM cause_code WHERE code = $1", {code});
        return found->next() ? found->text(0) : "(none)";
    }
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         UnchangedRowsOf,
                         testing::Values("sqlite", "postgres"),
                         store_name);

TEST_P(UnchangedRowsOf, ABlockAreCountedAndTheOthersWritten) {
    auto all = rows(500);
    write(Block(all));
    all[3].name = "changed";
    all[499].name = "changed";
    all.push_back({"C9999", "new"});
    const BatchOutcome outcome = write(Block(all));
    EXPECT_EQ(outcome.unchanged, 498);
    EXPECT_EQ(outcome.updated, 2);
    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(name_of("C0003"), "changed");
    EXPECT_EQ(name_of("C9999"), "new");
}

TEST_P(UnchangedRowsOf, AWindowAreNotStagedAndNotJudgedAgain) {
    auto all = rows(500);
    write(timed(all, 7));
    refuse_all_that_is_staged();
    all[3].name = "changed";
    const BatchOutcome outcome = write(timed(all, 7));
    EXPECT_EQ(outcome.unchanged, 499);
    EXPECT_EQ(outcome.rejected, (std::map<std::string, std::int64_t>{{"L01", 1}}));
}

TEST_P(UnchangedRowsOf, AnotherVersionOfTheMappingAreJudged) {
    const auto all = rows(20);
    write(timed(all, 7));
    refuse_all_that_is_staged();
    plan_.mapping_hash = "another";
    EXPECT_EQ(write(timed(all, 7)).rejected.at("L01"), 20);
}

TEST_P(UnchangedRowsOf, AReadingWithoutTimesAreJudgedByRules) {
    const auto all = rows(20);
    write(Block(all));
    refuse_all_that_is_staged();
    EXPECT_EQ(write(Block(all)).rejected.at("L01"), 20);
}

TEST_P(UnchangedRowsOf, ARuleThatLooksAtMoreThanTheRowAreJudged) {
    const auto all = rows(20);
    write(timed(all, 7));
    refuse_all_that_is_staged();
    plan_.rules[0].of_fields = false;
    EXPECT_EQ(write(timed(all, 7)).rejected.at("L01"), 20);
}

TEST_P(UnchangedRowsOf, ALaterTimeKeepTheTime) {
    const auto all = rows(20);
    write(timed(all, 7));
    EXPECT_EQ(write(timed(all, 8)).unchanged, 20);
    EXPECT_EQ(connection_->query("SELECT 1 FROM cause_code WHERE source_time <> 8", {})->next(),
              false);
}

TEST_P(UnchangedRowsOf, ABlockTakeNoRoomUntilTheCommitAndTheOthersAreRefusedAsTheyCame) {
    auto all = rows(500);
    write(timed(all, 7));
    refuse_all_that_is_staged();
    plan_.show_key = [](const base::RawBlock& raw, std::size_t row) {
        return std::string(raw.columns[0].cell(row));
    };
    all[3].name = "changed";
    all[499].name = "changed";
    const Block block = timed(all, 7);
    const auto each = writer(*connection_);
    each->count_read(500);
    each->append(block.batch, block.raw);
    EXPECT_GT(each->kept_bytes(), 0U);
    EXPECT_LT(each->kept_bytes() * 50, block.raw->byte_size());
    each->commit(at(plan_, "next"));
    EXPECT_EQ(each->kept_bytes(), 0U);
    const auto refused =
        connection_->query("SELECT source_key FROM reject ORDER BY source_key", {});
    ASSERT_TRUE(refused->next());
    EXPECT_EQ(refused->text(0), "C0003");
    ASSERT_TRUE(refused->next());
    EXPECT_EQ(refused->text(0), "C0499");
    EXPECT_FALSE(refused->next());
}

TEST_P(UnchangedRowsOf, ASourceThatHadLostThemAreLiveAgain) {
    const auto all = rows(20);
    write(Block(all));
    connection_->execute("UPDATE cause_code SET gone_at = $1 WHERE code = 'C0007'", {clock_.now()});
    EXPECT_EQ(write(Block(all)).updated, 1);
    EXPECT_FALSE(
        connection_->query("SELECT 1 FROM cause_code WHERE gone_at IS NOT NULL", {})->next());
}

TEST_P(UnchangedRowsOf, AKeyThatComesAgainLastDecide) {
    const auto all = rows(20);
    write(Block(all));
    auto twice = all;
    twice[5].name = "for a moment";
    twice.push_back(all[5]);
    EXPECT_EQ(write(Block(twice)).updated, 0);
    EXPECT_EQ(name_of("C0005"), "as it was");

    const auto each = writer(*connection_);
    const Block first({{"C0005", "for a moment"}});
    const Block second(all);
    each->append(first.batch, first.raw);
    each->append(second.batch, second.raw);
    EXPECT_EQ(each->commit(at(plan_, "3")).updated, 0);
    EXPECT_EQ(name_of("C0005"), "as it was");
}

TEST_P(UnchangedRowsOf, ARowThatWasRefusedCloseItsReject) {
    const auto all = rows(20);
    write(Block(all));
    auto bad = all;
    bad[4].name = "bad";
    plan_.rules = {rule("L01", "name = 'bad'")};
    EXPECT_EQ(write(Block(bad)).rejected.at("L01"), 1);
    plan_.rules.clear();
    EXPECT_EQ(write(Block(all)).unchanged, 20);
    EXPECT_TRUE(RejectRepository(*connection_).list({}).empty());
}

TEST_P(UnchangedRowsOf, AReadingInAnotherOrderAreFoundByStaging) {
    auto all = rows(4'000);
    write(Block(all));
    const auto each = writer(*connection_);
    std::int64_t changed = 0;
    for (int block = 0; block < 40; ++block) {
        std::vector<Row> scattered;
        for (int i = block; i < 4'000; i += 40) {
            scattered.push_back(all[static_cast<std::size_t>(i)]);
        }
        scattered.front().name = "changed";
        ++changed;
        const Block each_block(scattered);
        each->append(each_block.batch, each_block.raw);
    }
    const BatchOutcome outcome = each->commit(at(plan_, "end"));
    EXPECT_EQ(outcome.updated, changed);
    EXPECT_EQ(outcome.unchanged, 4'000 - changed);
}

}  // namespace
}  // namespace hrbridge::store
