#include "daemon/base/secret.h"

#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

constexpr std::string_view kShort = "pass-word";  // lies inside the string object
const std::string kLong(100, 's');

TEST(Secret, PrintsAsStars) {
    std::ostringstream out;
    out << Secret("pass-word");
    EXPECT_EQ(out.str(), "***");
}

TEST(Secret, GivesItsTextOnlyByReveal) {
    const Secret secret("pass-word");
    EXPECT_EQ(secret.reveal(), "pass-word");
    EXPECT_FALSE(secret.empty());
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingBehindWhenItEnds) {
    alignas(Secret) std::array<char, sizeof(Secret)> room{};
    auto* secret = new (room.data()) Secret(std::string(kShort));
    ASSERT_NE(std::string_view(room.data(), room.size()).find(kShort), std::string_view::npos);
    std::destroy_at(secret);
    EXPECT_EQ(std::string_view(room.data(), room.size()).find(kShort.substr(1)),
              std::string_view::npos);
}

TEST(Secret, LeavesNothingBehindWhenItMoves) {
    for (const std::string& text : {std::string(kShort), kLong}) {
        Secret from(text);
        Secret to(std::move(from));
        EXPECT_EQ(to.reveal(), text);
        EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
        const std::string_view remains(reinterpret_cast<const char*>(&from), sizeof(Secret));
        EXPECT_EQ(remains.find(kShort.substr(1)), std::string_view::npos);
        Secret assigned("before");
        assigned = std::move(to);
        EXPECT_EQ(assigned.reveal(), text);
        EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
    }
}

TEST(Secret, IsCopiedWhole) {
    const Secret secret(kLong);
    Secret copy(secret);
    copy = secret;
    const Secret& same = copy;
    copy = same;
    EXPECT_EQ(copy.reveal(), kLong);
    EXPECT_EQ(secret.reveal(), kLong);
}

}  // namespace
}  // namespace hrbridge::base
