#include "daemon/store/erased_people.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/base/error.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

using namespace std::chrono_literals;

class ErasedPeopleOn : public BothStores {
  protected:
    void erase() {
        const auto other = (*store_)->connect();
        sql::Transaction transaction(*other);
        begin_erasure(*other);
        other->execute(
            "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
            "rows_kept) VALUES ($2, $1, 'a', 'request', '', $2, 0, 0)",
            {clock_.now(), base::Bytes{keys_.digest_check_value("k1")}});
        transaction.commit();
    }
    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
};

TEST_P(ErasedPeopleOn, AnErasureWaitsForABatchAndTheNextOneIsReadAgain) {
    BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
    plan.erased_epoch = ErasedPeople::read(*connection_, &keys_).epoch();
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    const Block first({{"C1", "one"}});
    const Block second({{"C2", "two"}});
    writer->append(first.batch, first.raw);
    std::atomic<bool> erased = false;
    std::jthread erasing([&] {
        erase();
        erased = true;
    });
    std::this_thread::sleep_for(200ms);
    EXPECT_FALSE(erased);
    writer->commit(at(plan, "1"));
    erasing.join();

    try {
        writer->append(second.batch, second.raw);
        FAIL() << "it was read before";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    }
    EXPECT_EQ(count("cause_code"), 1);
}

TEST_P(ErasedPeopleOn, BatchesDoNotWaitForEachOther) {
    BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
    plan.erased_epoch = 0;
    const auto other = (*store_)->connect();
    other->begin();
    ASSERT_TRUE(nobody_erased_since(*other, 0));
    if (!is_postgres()) {
        other->rollback();  // one writer at a time there
    }
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    const Block block({{"C1", "one"}});
    writer->append(block.batch, block.raw);
    EXPECT_EQ(writer->commit(at(plan, "1")).inserted, 1);
    if (is_postgres()) {
        other->rollback();
    }
}

TEST_P(ErasedPeopleOn, AnotherEldestKeyIsRefusedOnceSomebodyWasErased) {
    const base::SealKeys other = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    EXPECT_NO_THROW(ErasedPeople::read(*connection_, &other));
    connection_->execute(
        "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
        "rows_kept) "
        "VALUES ($2, $1, 'a', 'request', '', $2, 0, 0)",
        {clock_.now(), base::Bytes{keys_.digest_check_value("k1")}});

    EXPECT_NO_THROW(ErasedPeople::read(*connection_, &keys_));
    EXPECT_THROW(ErasedPeople::read(*connection_, &other), base::StoreError);
    EXPECT_THROW(ErasedPeople::read(*connection_, nullptr), base::StoreError);
}

INSTANTIATE_TEST_SUITE_P(BothStores,
                         ErasedPeopleOn,
                         testing::Values("sqlite", "postgres"),
                         store_name);

}  // namespace
}  // namespace hrbridge::store
