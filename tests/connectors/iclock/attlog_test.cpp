#include "connectors/iclock/attlog.h"

#include <gmock/gmock.h>

namespace hrbridge::iclock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string problem_of(const std::string& line) {
    const AttLog log = parse_attlog(line);
    EXPECT_EQ(log.lines, 1U);
    EXPECT_EQ(log.punches.size() + log.bad.size(), 1U);
    if (log.bad.empty()) {
        return "";
    }
    EXPECT_EQ(log.bad[0].raw, line);
    return log.bad[0].problem;
}

TEST(AttLog, TakesTheVendorsExampleApart) {
    const AttLog log = parse_attlog(
        "1452\t2015-07-30 15:16:28\t0\t1\t7\t0\t0\n"
        "8965\t2015-07-30 15:16:36\t1\t15\t0\t0\t0\n");

    ASSERT_THAT(log.punches, SizeIs(2));
    EXPECT_EQ(log.lines, 2U);
    EXPECT_EQ(log.punches[0].pin, "1452");
    EXPECT_EQ(log.punches[0].time, "2015-07-30 15:16:28");
    EXPECT_EQ(log.punches[0].status, "0");
    EXPECT_EQ(log.punches[0].verify, "1");
    EXPECT_EQ(log.punches[0].workcode, "7");
    EXPECT_EQ(log.punches[1].pin, "8965");
    EXPECT_EQ(log.punches[1].verify, "15");
    EXPECT_THAT(log.bad, IsEmpty());
}

TEST(AttLog, LinesMayEndInAnyWayAndEmptyOnesAreNone) {
    const AttLog log =
        parse_attlog("\r\n1\t2024-05-06 07:58:00\t0\t1\r\n\n2\t2024-05-06 07:58:01\t0\t1");

    EXPECT_EQ(log.lines, 2U);
    EXPECT_THAT(log.punches, SizeIs(2));
    EXPECT_EQ(log.punches[0].verify, "1") << "the carriage return belongs to the line's end";
}

TEST(AttLog, OldFirmwareMayLeaveOutAllButNumberAndTime) {
    const AttLog log = parse_attlog("1007\t2024-03-17 08:56:12");

    ASSERT_THAT(log.punches, SizeIs(1));
    EXPECT_EQ(log.punches[0].status, "");
    EXPECT_EQ(log.punches[0].verify, "");
}

TEST(AttLog, ALineThatIsNoPunchIsKeptWithAReason) {
    EXPECT_THAT(problem_of("1452 2015-07-30 15:16:28 0 1"), HasSubstr("no tab"));
    EXPECT_THAT(problem_of("\t2015-07-30 15:16:28\t0\t1"), HasSubstr("missing"));
    EXPECT_THAT(problem_of("1\t2015-02-29 15:16:28\t0\t1"), HasSubstr("time"));
    EXPECT_THAT(problem_of("1\t0000-00-00 00:00:00\t0\t1"), HasSubstr("time"));
    EXPECT_THAT(problem_of("1\t2015-07-30 24:00:00\t0\t1"), HasSubstr("time"));
    EXPECT_THAT(problem_of("1\t2015-07-30T15:16:28\t0\t1"), HasSubstr("time"));
    EXPECT_THAT(problem_of("1\t2015-07-30\t0\t1"), HasSubstr("time"));
    EXPECT_THAT(problem_of(std::string(25, '1') + "\t2015-07-30 15:16:28\t0\t1"),
                HasSubstr("longer than 24"));
    EXPECT_EQ(problem_of(std::string(24, '1') + "\t2015-07-30 15:16:28\t0\t1"), "");
    EXPECT_THAT(problem_of("\xD5\xC5\t2015-07-30 15:16:28\t0\t1"), HasSubstr("UTF-8"));
    EXPECT_THAT(problem_of("1\x01\t2015-07-30 15:16:28\t0\t1"), HasSubstr("control"));
    EXPECT_THAT(problem_of(std::string("1\0\t2015-07-30 15:16:28\t0\t1", 25)), HasSubstr("NUL"));
    EXPECT_THAT(problem_of("1\t2015-07-30 15:16:28\t123456789\t1"), HasSubstr("code"));
    EXPECT_THAT(problem_of("1\t2015-07-30 15:16:28\t0\t1\t" + std::string(33, 'w')),
                HasSubstr("work code"));
    EXPECT_THAT(problem_of("1\t2015-07-30 15:16:28\t0\t1\t0\t" + std::string(5000, 'x')),
                HasSubstr("longer than 4096"));
}

TEST(AttLog, ABadLineKeepsTheGoodOnesAroundIt) {
    const AttLog log =
        parse_attlog("1\t2024-05-06 07:58:00\t0\t1\ngarbage\n2\t2024-05-06 07:58:01\t0\t1\n");

    EXPECT_EQ(log.lines, 3U);
    EXPECT_THAT(log.punches, SizeIs(2));
    ASSERT_THAT(log.bad, SizeIs(1));
    EXPECT_EQ(log.bad[0].raw, "garbage");
}

TEST(AttLog, OfAFloodOfBadLinesTheRestIsOneAndNoneIsLost) {
    std::string body;
    for (std::size_t i = 0; i < kMostBadLines + 10; ++i) {
        body += "bad " + std::to_string(i) + "\n";
    }

    const AttLog log = parse_attlog(body);

    EXPECT_EQ(log.lines, kMostBadLines + 10);
    ASSERT_THAT(log.bad, SizeIs(kMostBadLines));
    EXPECT_THAT(log.bad.back().raw, HasSubstr("bad 999\nbad 1000\n"));
    EXPECT_THAT(log.bad.back().raw, HasSubstr("bad 1009"));
}

TEST(AttLog, TheTerminalsOwnOffsetCountsBeforeItsZone) {
    const base::Zone shanghai = *base::Zone::find("Asia/Shanghai");
    const AttLog log = parse_attlog(
        "1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\t0\t36.2\t36.2\t-18000\t\n"
        "1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\t0\t36.2\t36.2\t\t\n"
        "1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\t0\t36.2\t36.2\t28800\t\n"
        "1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\t0\t36.2\t36.2\t+99999\t\n");

    ASSERT_THAT(log.punches, SizeIs(4));
    const auto at = [&](std::size_t i) {
        return base::to_string(
            instant_of(log.punches[i].time, log.punches[i].utc_offset_s, shanghai));
    };
    EXPECT_EQ(at(0), "2024-05-06 12:58:00Z");
    EXPECT_EQ(at(1), "2024-05-05 23:58:00Z");
    EXPECT_FALSE(log.punches[2].utc_offset_s) << "without a sign it may mean anything";
    EXPECT_FALSE(log.punches[3].utc_offset_s) << "no clock on earth is so far off";
}

}  // namespace
}  // namespace hrbridge::iclock
