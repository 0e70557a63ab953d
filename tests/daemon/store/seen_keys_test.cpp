#include "daemon/store/seen_keys.h"

#include <map>

#include <gtest/gtest.h>

namespace hrbridge::store {
namespace {

TEST(SeenKeys, TellTheFirstRowOfEachHash) {
    SeenKeys seen;
    EXPECT_FALSE(seen.holds(7));
    EXPECT_EQ(seen.first_row(7, 1), 1);
    EXPECT_EQ(seen.first_row(8, 2), 2);
    EXPECT_EQ(seen.first_row(7, 3), 1);
    EXPECT_TRUE(seen.holds(7));
    EXPECT_FALSE(seen.holds(9));
}

TEST(SeenKeys, AreNoneOnceCleared) {
    SeenKeys seen;
    seen.first_row(7, 1);
    seen.clear();
    EXPECT_FALSE(seen.holds(7));
    EXPECT_EQ(seen.first_row(7, 5), 5);
}

TEST(SeenKeys, AgreeWithAMapOverManyHashesThatShareTheirLowBits) {
    SeenKeys seen;
    std::map<std::uint64_t, std::int64_t> expected;
    for (std::int64_t row = 1; row <= 50'000; ++row) {
        const std::uint64_t hash = static_cast<std::uint64_t>(row * row % 30'011) << (row % 4 * 16);
        ASSERT_EQ(seen.first_row(hash, row), expected.emplace(hash, row).first->second) << row;
    }
    for (std::uint64_t hash = 0; hash < 40'000; ++hash) {
        ASSERT_EQ(seen.holds(hash), expected.count(hash) > 0) << hash;
    }
}

}  // namespace
}  // namespace hrbridge::store
