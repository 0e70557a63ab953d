#include "daemon/store/send_log.h"

#include <gtest/gtest.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using std::chrono::seconds;

class Sends : public BothStores {
  protected:
    SendLog log() { return SendLog(*connection_); }
};

TEST_P(Sends, AreFoundFromTheNewestOnByReceiver) {
    const base::Timestamp start = clock_.now();
    for (const int second : {0, 10, 20}) {
        log().add("hr01", start + seconds(second));
    }
    log().add("hr02", start + seconds(30));

    EXPECT_EQ(log().nth_newest("hr01", 1, start - seconds(1)), start + seconds(20));
    EXPECT_EQ(log().nth_newest("hr01", 3, start - seconds(1)), start);
    EXPECT_FALSE(log().nth_newest("hr01", 3, start)) << "a span does not hold its own begin";
    EXPECT_FALSE(log().nth_newest("hr01", 4, start - seconds(1)));
    EXPECT_EQ(log().count_since(start + seconds(10)), 3);
}

TEST_P(Sends, ThatNeverLeftAreTakenOutAgain) {
    log().add("hr01", clock_.now());
    log().add("hr02", clock_.now());
    log().add("hr01", clock_.now() + seconds(5));

    log().remove_newest("hr01");

    EXPECT_EQ(log().nth_newest("hr01", 1, clock_.now() - seconds(1)), clock_.now());
    EXPECT_EQ(log().count_since(clock_.now()), 2);
}

TEST_P(Sends, AreForgottenWhenTheyAreOld) {
    log().add("hr01", clock_.now());
    log().add("hr01", clock_.now() + seconds(5));

    log().purge(clock_.now() + seconds(5));

    EXPECT_EQ(log().count_since(clock_.now()), 1);
}

TEST_P(Sends, AreEnteredByOneWriterAtATime) {
    sql::Transaction transaction(*connection_);
    EXPECT_NO_THROW(log().lock());
    log().add("hr01", clock_.now());
    transaction.commit();
    EXPECT_EQ(log().count_since(clock_.now()), 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, Sends, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
