#include "daemon/base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(Result, HoldsAValueOrAFault) {
    const Result<int> good = 5;
    const Result<int> bad = Fault{"a.yaml:1", "no number"};
    EXPECT_TRUE(good.ok());
    EXPECT_EQ(*good, 5);
    EXPECT_FALSE(static_cast<bool>(bad));
    EXPECT_EQ(bad.fault().where, "a.yaml:1");
}

TEST(Result, GivesAMovableValueAway) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

}  // namespace
}  // namespace hrbridge::base
