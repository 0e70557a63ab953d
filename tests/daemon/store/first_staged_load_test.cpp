#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

// Rows that come in the order of their keys into an entity that was empty are not looked up in it.
class FirstStagedLoad : public OnCauseCodes {
  protected:
    void SetUp() override {
        OnCauseCodes::SetUp();
        plan_.may_load_directly = false;
        writer_ = writer(*connection_);
    }
    void TearDown() override {
        writer_.reset();
        OnCauseCodes::TearDown();
    }
    BatchOutcome store(const std::vector<Row>& rows) {
        const Block block(rows);
        writer_->append(block.batch, block.raw);
        return writer_->commit(at(plan_, rows.back().code));
    }
    std::string name_of(const std::string& code) {
        return std::get<std::string>(
            one("SELECT name FROM cause_code WHERE code = '" + code + "'"));
    }

    std::unique_ptr<BatchWriter> writer_;
};

TEST_P(FirstStagedLoad, TakesKeysInTheirOrderAndThoseThatComeAgain) {
    EXPECT_EQ(store({{"C2", "a"}, {"C1", "a"}}).inserted, 2);
    EXPECT_EQ(store({{"C3", "a"}, {"C5", "a"}}).inserted, 2);
    const BatchOutcome again = store({{"C4", "a"}, {"C1", "b"}, {"C3", "a"}});
    EXPECT_EQ(again.inserted, 1);
    EXPECT_EQ(again.updated, 1);
    EXPECT_EQ(again.unchanged, 1);
    EXPECT_EQ(store({{"C5", "b"}, {"C6", "a"}}).updated, 1);
    EXPECT_EQ(count("cause_code"), 6);
    EXPECT_EQ(name_of("C1") + name_of("C5"), "bb");
}

TEST_P(FirstStagedLoad, KeepsTheLastRowOfAKeyThatComesTwiceInABatchBehindAll) {
    store({{"C1", "a"}});
    const BatchOutcome outcome = store({{"C2", "a"}, {"C2", "b"}});
    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.duplicates, 1);
    EXPECT_EQ(name_of("C2"), "b");
}

TEST_P(FirstStagedLoad, LooksKeysUpAgainBehindABatchThatWasRolledBack) {
    store({{"C1", "a"}});
    const Block block{{"C2", "lost"}};
    writer_->append(block.batch, block.raw);
    writer_->abandon();
    const BatchOutcome outcome = store({{"C1", "b"}, {"C2", "a"}});
    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.updated, 1);
}

TEST_P(FirstStagedLoad, FindsAKeyThatAnotherStoredMeanwhileWhenTriedAgain) {
    store({{"C1", "a"}});
    (*store_)->connect()->execute(
        "INSERT INTO cause_code (code, name, class, controllable, row_hash, batch_id, known_from) "
        "SELECT 'C3', name, class, controllable, row_hash, batch_id, known_from FROM cause_code",
        {});
    base::Remedy remedy = base::Remedy::Stop;
    try {
        store({{"C2", "a"}, {"C3", "b"}});
    } catch (const base::StoreError& error) {
        remedy = error.remedy();
    }
    EXPECT_EQ(remedy, base::Remedy::Retry);
    const BatchOutcome outcome = store({{"C2", "a"}, {"C3", "b"}});
    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.updated, 1);
    EXPECT_EQ(name_of("C3"), "b");
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         FirstStagedLoad,
                         testing::Values("sqlite", "postgres"),
                         store_name);

}  // namespace
}  // namespace hrbridge::store
