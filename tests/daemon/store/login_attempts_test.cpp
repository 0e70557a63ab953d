#include "daemon/store/login_attempts.h"

#include <gtest/gtest.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Attempts : public BothStores {
  protected:
    void add(const std::string& state,
             const std::string& peer = "10.0.0.1",
             const LoginAttempts::Limits& limits = {}) {
        const LoginAttempt attempt{
            state, "browser", peer, "/findings", true, clock_.now() + minutes(10)};
        LoginAttempts(*connection_).add(attempt, limits, clock_.now());
    }
    std::optional<LoginAttempt> take(const std::string& state,
                                     const std::string& browser = "browser") {
        return LoginAttempts(*connection_).take(state, browser, clock_.now());
    }
};

TEST_P(Attempts, AreGivenOnceAsTheyBegan) {
    add("state");
    const auto attempt = take("state");

    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->peer, "10.0.0.1");
    EXPECT_EQ(attempt->next_page, "/findings");
    EXPECT_TRUE(attempt->again);
    EXPECT_FALSE(take("state"));
}

TEST_P(Attempts, AreGivenToTheBrowserThatBeganThemAlone) {
    add("state");

    EXPECT_FALSE(take("state", "another"));
    EXPECT_FALSE(take("another"));
    EXPECT_TRUE(take("state"));
}

TEST_P(Attempts, EndByThemselves) {
    add("state");
    clock_.advance(minutes(10));

    EXPECT_FALSE(take("state"));
}

TEST_P(Attempts, MakeRoomForNewerOnesOfTheirAddressAndOfAll) {
    const LoginAttempts::Limits limits{3, 2};
    for (const char* state : {"a", "b", "c"}) {
        add(state, "10.0.0.1", limits);
        clock_.advance(seconds(1));
    }
    EXPECT_FALSE(take("a")) << "the oldest of its address";
    add("d", "10.0.0.2", limits);
    clock_.advance(seconds(1));
    add("e", "10.0.0.3", limits);

    EXPECT_FALSE(take("b")) << "the oldest of all";
    for (const char* state : {"c", "d", "e"}) {
        EXPECT_TRUE(take(state)) << state;
    }
}

INSTANTIATE_TEST_SUITE_P(Stores, Attempts, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
