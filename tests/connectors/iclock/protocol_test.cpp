#include "connectors/iclock/protocol.h"

#include <gmock/gmock.h>

#include "connectors/iclock/terminals.h"

namespace hrbridge::iclock {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

base::Timestamp noon() {
    return base::Timestamp(std::chrono::sys_days(std::chrono::year(2024) / 5 / 6)) +
           std::chrono::hours(12);
}

std::optional<Call::Kind> kind_of(const char* method, const char* path, const Query& query = {}) {
    const auto call = parse_call(method, path, query);
    return call ? std::optional(call->kind) : std::nullopt;
}

TEST(TerminalCall, IsKnownByMethodPathAndTable) {
    EXPECT_EQ(kind_of("GET", "/iclock/cdata", {{"SN", "A1"}, {"options", "all"}}),
              Call::Kind::Options);
    EXPECT_EQ(kind_of("POST", "/iclock/cdata", {{"table", "ATTLOG"}}), Call::Kind::Records);
    EXPECT_EQ(kind_of("POST", "/iclock/cdata", {{"table", "OPERLOG"}}), Call::Kind::Other);
    EXPECT_EQ(kind_of("POST", "/iclock/fdata", {{"table", "ATTPHOTO"}}), Call::Kind::Other);
    EXPECT_EQ(kind_of("GET", "/iclock/getrequest.aspx"), Call::Kind::Commands);
    EXPECT_EQ(kind_of("POST", "/iclock/devicecmd"), Call::Kind::CommandResult);
    EXPECT_EQ(kind_of("GET", "/iclock/ping"), Call::Kind::Ping);
    EXPECT_EQ(kind_of("GET", "/iclock/devicecmd"), std::nullopt);
    EXPECT_EQ(kind_of("GET", "/iclock/exchange"), std::nullopt);
    EXPECT_EQ(kind_of("GET", "/iclock"), std::nullopt);
    EXPECT_EQ(kind_of("GET", "/a/b/iclock/ping"), std::nullopt);
    EXPECT_EQ(kind_of("GET", "//iclock/ping"), std::nullopt);
}

TEST(TerminalCall, MayHaveATokenBeforeItsPath) {
    const auto call = parse_call("GET", "/s3cret-1/iclock/ping", {{"SN", "A1"}});

    ASSERT_TRUE(call);
    EXPECT_EQ(call->token, "s3cret-1");
    EXPECT_EQ(call->serial, "A1");
}

TEST(TerminalOptions, GiveTheStampBackAndAskForPunchesAlone) {
    const std::string text =
        options_text("CKUG1", "9876", *base::Zone::find("Asia/Shanghai"), noon());

    EXPECT_THAT(text, StartsWith("GET OPTION FROM: CKUG1\n"));
    EXPECT_THAT(text, HasSubstr("\nATTLOGStamp=9876\n"));
    EXPECT_THAT(text, HasSubstr("\nTransFlag=TransData AttLog\n"));
    EXPECT_THAT(text, HasSubstr("\nTimeZone=8\n"));
    EXPECT_THAT(text, HasSubstr("\nRealtime=1\n"));
    EXPECT_THAT(text, HasSubstr("\nEncrypt=None\n"));
}

TEST(TerminalOptions, ATerminalThatIsNotKnownSendsAllThatItHas) {
    const base::Zone utc = base::Zone::utc();
    EXPECT_THAT(options_text("A", std::nullopt, utc, noon()), HasSubstr("\nATTLOGStamp=0\n"));
    EXPECT_THAT(options_text("A", "9\nEncrypt=1", utc, noon()), HasSubstr("\nATTLOGStamp=0\n"));
}

TEST(TerminalOptions, ZonesAreHoursWhereTheyAreWholeOnes) {
    const auto option = [](const char* zone) {
        return time_zone_option(*base::Zone::find(zone), noon());
    };
    EXPECT_EQ(option("Asia/Shanghai"), "8");
    EXPECT_EQ(option("Asia/Kolkata"), "330");
    EXPECT_EQ(option("Asia/Kathmandu"), "345");
    EXPECT_EQ(option("America/New_York"), "-4");
    EXPECT_EQ(option("Pacific/Auckland"), "720");
    EXPECT_EQ(option("UTC"), "0");
}

TEST(AddressRange, HoldsWhatLiesInside) {
    const auto range = AddressRange::parse("10.1.16.0/20");
    ASSERT_TRUE(range);
    EXPECT_TRUE(range->holds("10.1.16.0"));
    EXPECT_TRUE(range->holds("10.1.31.255"));
    EXPECT_TRUE(range->holds("::ffff:10.1.20.1"));
    EXPECT_FALSE(range->holds("10.1.32.0"));
    EXPECT_FALSE(range->holds("10.1.15.255"));
    EXPECT_FALSE(range->holds("fd00::1"));
    EXPECT_FALSE(range->holds(""));
    EXPECT_TRUE(AddressRange::parse("fd00::/8")->holds("fd12::1"));
    EXPECT_FALSE(AddressRange::parse("fd00::/8")->holds("fe80::1%eth0"));
    EXPECT_TRUE(AddressRange::parse("0.0.0.0/0")->holds("1.2.3.4"));
    EXPECT_FALSE(AddressRange::parse("0.0.0.0/0")->holds("fd12::1"));
    EXPECT_TRUE(AddressRange::parse("10.1.0.5")->holds("10.1.0.5"));
}

TEST(AddressRange, IsNoneWithBitsBehindItsPrefixOrOtherText) {
    for (const char* text :
         {"", "10.1.0.5/16", "10.1.0.0/33", "10.1.0.0/-1", "10.1.0.0/", "gate", "10.1.0.0/1x"}) {
        EXPECT_FALSE(AddressRange::parse(text)) << text;
    }
}

TEST(Terminal, IsKnownByASerialNumberThatIsSafeToShow) {
    EXPECT_TRUE(is_serial("CKUG194560123"));
    EXPECT_TRUE(is_serial("3383154200002"));
    for (const std::string text : {"", "a b", "a\nb", "张", "a/b"}) {
        EXPECT_FALSE(is_serial(text)) << text;
    }
    EXPECT_FALSE(is_serial(std::string(33, 'A')));
}

TEST(Token, FitsOnlyItself) {
    EXPECT_TRUE(fits_token(base::Secret("gate-token"), "gate-token"));
    EXPECT_FALSE(fits_token(base::Secret("gate-token"), "gate-tokem"));
    EXPECT_FALSE(fits_token(base::Secret("gate-token"), "gate-toke"));
    EXPECT_FALSE(fits_token(base::Secret("gate-token"), ""));
    EXPECT_FALSE(fits_token(base::Secret(), "x")) << "no path but the bare one";
    EXPECT_TRUE(fits_token(base::Secret(), ""));
}

}  // namespace
}  // namespace hrbridge::iclock
