#include "daemon/jobs/own_clock.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace hrbridge::jobs {
namespace {

TEST(OwnClock, WritesTheServiceManagersBootIdAsTheKernelDoes) {
    const std::string by_kernel = boot_id();
    std::string digits = by_kernel;
    digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());

    EXPECT_FALSE(by_kernel.empty());
    EXPECT_EQ(with_hyphens(digits), by_kernel);
    EXPECT_EQ(with_hyphens(""), "");
    EXPECT_EQ(with_hyphens("../../etc/passwd/0123456789abcde"), "");
}

}  // namespace
}  // namespace hrbridge::jobs
