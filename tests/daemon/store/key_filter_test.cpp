#include "daemon/store/key_filter.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/base/row_hash.h"

namespace hrbridge::store {
namespace {

std::uint64_t hash_of(int number) {
    return base::hash64(std::to_string(number));
}

TEST(KeyFilter, HoldsNothingAtFirstAndWhenCleared) {
    KeyFilter filter;
    EXPECT_TRUE(filter.empty());
    EXPECT_FALSE(filter.may_hold(hash_of(1)));
    filter.add(hash_of(1));
    EXPECT_FALSE(filter.empty());
    filter.clear();
    EXPECT_TRUE(filter.empty());
    EXPECT_FALSE(filter.may_hold(hash_of(1)));
}

TEST(KeyFilter, HoldsAllThatWasAddedAndFewOthers) {
    constexpr int kMany = 100'000;
    KeyFilter filter;
    for (int i = 0; i < kMany; ++i) {
        filter.add(hash_of(i));
    }
    int others = 0;
    for (int i = 0; i < kMany; ++i) {
        ASSERT_TRUE(filter.may_hold(hash_of(i))) << i;
        others += filter.may_hold(hash_of(kMany + i)) ? 1 : 0;
    }
    EXPECT_LT(others, kMany / 1000);
}

}  // namespace
}  // namespace hrbridge::store
