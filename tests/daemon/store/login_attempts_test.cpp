#include "daemon/store/login_attempts.h"

#include <gtest/gtest.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using std::chrono::minutes;

class Attempts : public BothStores {
  protected:
    bool add(const std::string& state,
             const std::string& peer = "10.0.0.1",
             const LoginAttempts::Limits& limits = {}) {
        const LoginAttempt attempt{
            state, "browser", peer, "/findings", true, clock_.now() + minutes(10)};
        return LoginAttempts(*connection_).add(attempt, limits, clock_.now());
    }
    std::optional<LoginAttempt> take(const std::string& state,
                                     const std::string& browser = "browser") {
        return LoginAttempts(*connection_).take(state, browser, clock_.now());
    }
};

TEST_P(Attempts, AreGivenOnceAsTheyBegan) {
    ASSERT_TRUE(add("state"));
    const auto attempt = take("state");

    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->peer, "10.0.0.1");
    EXPECT_EQ(attempt->next_page, "/findings");
    EXPECT_TRUE(attempt->again);
    EXPECT_FALSE(take("state"));
}

TEST_P(Attempts, AreGivenToTheBrowserThatBeganThemAlone) {
    ASSERT_TRUE(add("state"));

    EXPECT_FALSE(take("state", "another"));
    EXPECT_FALSE(take("another"));
    EXPECT_TRUE(take("state"));
}

TEST_P(Attempts, EndByThemselves) {
    ASSERT_TRUE(add("state"));
    clock_.advance(minutes(10));

    EXPECT_FALSE(take("state"));
}

TEST_P(Attempts, AreNoMoreThanTheirLimitsUntilTheyEnd) {
    const LoginAttempts::Limits limits{3, 2};
    EXPECT_TRUE(add("a", "10.0.0.1", limits));
    EXPECT_TRUE(add("b", "10.0.0.1", limits));
    EXPECT_FALSE(add("c", "10.0.0.1", limits)) << "too many of one address";
    EXPECT_TRUE(add("d", "10.0.0.2", limits));
    EXPECT_FALSE(add("e", "10.0.0.3", limits)) << "too many in all";

    clock_.advance(minutes(10));

    EXPECT_TRUE(add("f", "10.0.0.1", limits));
}

INSTANTIATE_TEST_SUITE_P(Stores, Attempts, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
