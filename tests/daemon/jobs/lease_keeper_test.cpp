#include "daemon/jobs/lease_keeper.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/jobs/lease_holder.h"
#include "daemon/store/repositories.h"
#include "tests/daemon/jobs/support/test_store.h"
#include "tests/support/memory_log.h"

namespace hrbridge::jobs {
namespace {

class LeaseKeeperTest : public testing::Test {
  protected:
    LeaseKeeper::Parts parts() { return {store_.store(), clock_, log_}; }
    std::string holder() { return store_.list("SELECT holder FROM lease WHERE name = 'sync/a'"); }

    test::TestStore store_{"sqlite"};
    base::SystemClock clock_;
    test::MemoryLog log_;
};

TEST_F(LeaseKeeperTest, ExcludesASecondHolderEvenInTheSameProcess) {
    const LeaseKeeper first(parts(), "sync/a");
    EXPECT_THROW(LeaseKeeper(parts(), "sync/a"), base::LeaseHeld);
    EXPECT_NO_THROW(LeaseKeeper(parts(), "sync/b"));
}

TEST_F(LeaseKeeperTest, GivesItsLeaseBackAndTheNextTokenIsHigher) {
    std::int64_t token = 0;
    {
        const LeaseKeeper first(parts(), "sync/a");
        token = first.token();
    }
    const LeaseKeeper second(parts(), "sync/a");
    EXPECT_GT(second.token(), token);
}

TEST_F(LeaseKeeperTest, ExtendsWhenAThirdOfItsTermIsOver) {
    LeaseKeeper lease(parts(), "sync/a", std::chrono::seconds(0));
    const auto connection = store_.connect();
    lease.extend(*connection);
    EXPECT_TRUE(store::LeaseRepository(*connection).holds("sync/a", lease.token()));
}

TEST_F(LeaseKeeperTest, IsNotExtendedInsideATransactionThatMayBeRolledBack) {
    LeaseKeeper lease(parts(), "sync/a");
    const auto connection = store_.connect();
    connection->begin();
    EXPECT_THROW(lease.extend(*connection), std::logic_error);
    connection->rollback();
    EXPECT_NO_THROW(lease.extend(*connection));
}

TEST_F(LeaseKeeperTest, SaysWhenAnotherHasTakenItOver) {
    LeaseKeeper lease(parts(), "sync/a", std::chrono::seconds(0));
    const auto connection = store_.connect();
    connection->execute("UPDATE lease SET fencing_token = fencing_token + 1", {});
    EXPECT_THROW(lease.extend(*connection), base::LeaseHeld);
}

TEST_F(LeaseKeeperTest, TakesOverFromAProcessThatIsGone) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto connection = store_.store().connect();
        store::LeaseRepository(*connection)
            .acquire("sync/a", new_holder(), clock_.now(), std::chrono::hours(1));
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_FALSE(holder().empty());
    const std::string dead = holder();

    const LeaseKeeper lease(parts(), "sync/a");

    EXPECT_TRUE(log_.contains("process that is gone"));
    EXPECT_NE(holder(), dead);
    EXPECT_THROW(LeaseKeeper(parts(), "sync/a"), base::LeaseHeld);
    EXPECT_TRUE(store::LeaseRepository(*store_.connect()).holds("sync/a", lease.token()));
}

TEST(LeaseHolder, LivingProcessIsNotGone) {
    EXPECT_FALSE(is_gone(new_holder()));
}

TEST(LeaseHolder, HoldersOfOtherMachinesAreNeverJudged) {
    EXPECT_FALSE(is_gone("other-machine/boot/pid:[1]/1/1/x"));
    EXPECT_FALSE(is_gone(""));
    EXPECT_FALSE(is_gone("a person"));
}

TEST(LeaseHolder, AMachineThatWasClonedWithItsIdIsAnotherByItsHostName) {
    const std::string holder = new_holder();
    const std::size_t at = holder.find('@');
    ASSERT_LT(at, holder.find('/'));
    const std::string id = holder.substr(0, at);
    EXPECT_FALSE(is_gone(id + "@another-host/an-earlier-boot/pid:[1]/1/1/x"));
    EXPECT_FALSE(is_gone(id + "/an-earlier-boot/pid:[1]/1/1/x"));
    EXPECT_TRUE(is_gone(holder.substr(0, holder.find('/')) + "/an-earlier-boot/pid:[1]/1/1/x"));
}

TEST(LeaseHolder, WithoutABootNobodyIsCertainlyGone) {
    std::string holder = new_holder();
    const std::size_t begin = holder.find('/') + 1;
    const std::string another = holder.substr(0, begin) + "an-earlier-boot/pid:[1]/1/1/x";
    EXPECT_TRUE(is_gone(another));
    EXPECT_FALSE(is_gone(holder.erase(begin, holder.find('/', begin) - begin)));
}

TEST(LeaseHolder, AnotherProcessWithTheSameNumberDoesNotCount) {
    std::string holder = new_holder();
    const std::size_t end = holder.rfind('/');
    holder.insert(end, "9");
    EXPECT_TRUE(is_gone(holder));
}

}  // namespace
}  // namespace hrbridge::jobs
