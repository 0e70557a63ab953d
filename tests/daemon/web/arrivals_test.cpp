#include "daemon/web/arrivals.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::web {
namespace {

constexpr std::size_t kMost = 4;

Arrivals waiting(const std::string& peers) {
    Arrivals arrivals(kMost);
    for (const char peer : peers) {
        arrivals.add({nullptr, std::string(1, peer)});
    }
    return arrivals;
}

// In which order they are served when each stays.
std::string order(Arrivals arrivals, std::map<std::string, std::size_t> served = {}) {
    std::string out;
    while (!arrivals.empty()) {
        const std::string peer = arrivals.take(served).peer;
        ++served[peer];
        out += peer;
    }
    return out;
}

TEST(Arrivals, OfOneAddressAreServedInTheirOrder) {
    EXPECT_EQ(order(waiting("aaa")), "aaa");
    EXPECT_EQ(order(waiting("")), "");
}

TEST(Arrivals, OfAnAddressWithFewerConnectionsComeFirst) {
    EXPECT_EQ(order(waiting("aab")), "aba");
    EXPECT_EQ(order(waiting("aab"), {{"a", 7}, {"b", 3}}), "baa");
    EXPECT_EQ(order(waiting("abc"), {{"a", 2}, {"b", 1}}), "cba");
}

TEST(Arrivals, BeyondTheMostAreTurnedAwayFromTheAddressThatHasTheMost) {
    EXPECT_EQ(order(waiting("aaaaa")), "aaaa");
    EXPECT_EQ(order(waiting("aaaab")), "abaa");
    EXPECT_EQ(order(waiting("aaaabb")), "abab");
    EXPECT_EQ(order(waiting("aaaabbbb")), "abab");
    EXPECT_EQ(order(waiting("abcde")), "abcd");
}

}  // namespace
}  // namespace hrbridge::web
