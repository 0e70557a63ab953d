#include "daemon/base/keyed_digest.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

// RFC 4231, test cases 1 to 3.
TEST(KeyedDigest, AgreesWithThePublishedVectors) {
    EXPECT_EQ(to_hex(KeyedDigest(Secret(std::string(20, '\x0b'))).of("Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(to_hex(KeyedDigest(Secret("Jefe")).of("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(KeyedDigest(Secret(std::string(20, '\xaa'))).of(std::string(50, '\xdd'))),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

TEST(KeyedDigest, BeginsAnewWithEachText) {
    KeyedDigest digest(Secret(std::string(32, 'k')));
    const std::string empty = digest.of("");
    const std::string first = digest.of("a row");
    digest.of(std::string(100'000, 'x'));
    KeyedDigest moved = std::move(digest);
    EXPECT_EQ(moved.of("a row"), first);
    EXPECT_EQ(moved.of(""), empty);
    EXPECT_NE(first, empty);
}

}  // namespace
}  // namespace hrbridge::base
