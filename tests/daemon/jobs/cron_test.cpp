#include "daemon/jobs/cron.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hrbridge::jobs {
namespace {

using base::Timestamp;
using base::Zone;

Timestamp at(std::string_view text) {
    const auto timestamp = base::parse_timestamp(text);
    EXPECT_TRUE(timestamp) << text;
    return timestamp.value_or(Timestamp{});
}

Cron cron(std::string_view text) {
    auto parsed = Cron::parse(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return std::move(parsed).value();
}

std::string next(std::string_view expression, std::string_view after, std::string_view zone) {
    return base::to_string(cron(expression).next_after(at(after), *Zone::find(zone)));
}

struct Case {
    std::string zone;
    std::int64_t seconds;
    std::string expression;
};

class RandomExpression {
  public:
    explicit RandomExpression(std::uint32_t seed) : random_(seed) {}

    Case make() {
        const std::string zone = chance(2) ? "UTC" : "Asia/Shanghai";
        const std::int64_t seconds = 946'684'800 + std::int64_t{number(0, 1'500'000'000)};
        return {zone, seconds, expression()};
    }

  private:
    std::string expression() {
        return field(0, 59) + " " + field(0, 23) + " " + field(1, 28) + " " + month() + " " +
               weekday();
    }
    std::string field(int low, int high) {
        if (chance(3)) {
            return "*";
        }
        std::string text = item(low, high);
        while (chance(3)) {
            text += "," + item(low, high);
        }
        return text;
    }
    std::string item(int low, int high) {
        const int first = number(low, high);
        switch (number(0, 4)) {
            case 0:
                return "*/" + std::to_string(number(1, high / 2));
            case 1: {
                const int last = number(first, high);
                return std::to_string(first) + "-" + std::to_string(last);
            }
            case 2: {
                const int last = number(first, high);
                return std::to_string(first) + "-" + std::to_string(last) + "/" +
                       std::to_string(number(1, std::min(9, high)));
            }
            default:
                return std::to_string(first);
        }
    }
    std::string month() {
        static const std::array<std::string, 3> kNames{"jan", "MAR-Sep", "feb,nov"};
        return chance(5) ? kNames.at(static_cast<std::size_t>(number(0, 2))) : field(1, 12);
    }
    std::string weekday() {
        static const std::array<std::string, 4> kNames{"sun", "MON-Fri", "tue,sat", "7"};
        return chance(5) ? kNames.at(static_cast<std::size_t>(number(0, 3))) : field(0, 6);
    }
    bool chance(int one_in) { return number(1, one_in) == 1; }
    int number(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

    std::mt19937 random_;
};

std::vector<std::int64_t> ask_croniter(const std::vector<Case>& cases) {
    const std::string path = std::filesystem::temp_directory_path() /
                             ("hrbridge-cron-" + std::to_string(::getpid()) + ".txt");
    {
        std::ofstream file(path);
        for (const Case& one : cases) {
            file << one.zone << '|' << one.seconds << '|' << one.expression << '\n';
        }
    }
    const std::string command = std::string("/usr/bin/python3 ") + HRBRIDGE_SOURCE_DIR +
                                "/tests/daemon/jobs/croniter_oracle.py < " + path;
    std::vector<std::int64_t> answers;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 64> line{};
    while (pipe != nullptr && std::fgets(line.data(), line.size(), pipe) != nullptr) {
        answers.push_back(std::strtoll(line.data(), nullptr, 10));
    }
    if (pipe != nullptr) {
        ::pclose(pipe);
    }
    std::filesystem::remove(path);
    return answers;
}

TEST(Cron, AgreesWithCroniterOnRandomExpressions) {
    RandomExpression random(20240506);
    std::vector<Case> cases(4000);
    for (Case& one : cases) {
        one = random.make();
    }
    const std::vector<std::int64_t> expected = ask_croniter(cases);
    ASSERT_EQ(expected.size(), cases.size()) << "python3-croniter is missing; run ./dev";
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const Timestamp after{std::chrono::seconds(cases[i].seconds)};
        const Timestamp start =
            cron(cases[i].expression).next_after(after, *Zone::find(cases[i].zone));
        EXPECT_EQ(base::to_string(start),
                  base::to_string(Timestamp(std::chrono::seconds(expected[i]))))
            << cases[i].expression << " after " << base::to_string(after) << " in "
            << cases[i].zone;
    }
}

TEST(Cron, StartsLaterThanTheGivenInstantEvenWithinItsMinute) {
    EXPECT_EQ(next("30 8 * * *", "2024-05-06 08:30:00Z", "UTC"), "2024-05-07 08:30:00Z");
    EXPECT_EQ(next("30 8 * * *", "2024-05-06 08:29:59.999999Z", "UTC"), "2024-05-06 08:30:00Z");
    EXPECT_EQ(next("* * * * *", "2024-05-06 08:29:30Z", "UTC"), "2024-05-06 08:30:00Z");
    EXPECT_EQ(next("* * * * *", "2024-05-06 08:29:00Z", "UTC"), "2024-05-06 08:30:00Z");
}

TEST(Cron, SkippedTimeStartsAtTheChangeOfClocks) {
    EXPECT_EQ(next("30 2 * * *", "2024-03-30 12:00:00Z", "Europe/Berlin"), "2024-03-31 01:00:00Z");
    EXPECT_EQ(next("30 2 * * *", "2024-03-31 01:00:00Z", "Europe/Berlin"), "2024-04-01 00:30:00Z");
}

TEST(Cron, SeveralSkippedTimesStartOnce) {
    EXPECT_EQ(next("15,45 2 * * *", "2024-03-31 01:00:00Z", "Europe/Berlin"),
              "2024-04-01 00:15:00Z");
}

TEST(Cron, RepeatedTimeStartsOnce) {
    EXPECT_EQ(next("30 2 * * *", "2024-10-26 12:00:00Z", "Europe/Berlin"), "2024-10-27 00:30:00Z");
    EXPECT_EQ(next("30 2 * * *", "2024-10-27 00:30:00Z", "Europe/Berlin"), "2024-10-28 01:30:00Z");
}

TEST(Cron, EveryHourGoesOnThroughBothChanges) {
    EXPECT_EQ(next("*/30 * * * *", "2024-03-31 00:30:00Z", "Europe/Berlin"),
              "2024-03-31 01:00:00Z");
    EXPECT_EQ(next("*/30 * * * *", "2024-10-27 00:30:00Z", "Europe/Berlin"),
              "2024-10-27 01:00:00Z");
    EXPECT_EQ(next("*/30 * * * *", "2024-10-27 01:00:00Z", "Europe/Berlin"),
              "2024-10-27 01:30:00Z");
}

TEST(Cron, DayThatTheClocksSkipStartsAtTheChange) {
    EXPECT_EQ(next("0 3 30 12 *", "2011-12-01 00:00:00Z", "Pacific/Apia"), "2011-12-30 10:00:00Z");
}

TEST(Cron, LeapDayWaitsForItsYear) {
    EXPECT_EQ(next("0 0 29 2 *", "2096-03-01 00:00:00Z", "UTC"), "2104-02-29 00:00:00Z");
}

TEST(Cron, EitherRestrictedDayFieldIsEnough) {
    EXPECT_EQ(next("0 0 13 * fri", "2024-05-06 00:00:00Z", "UTC"), "2024-05-10 00:00:00Z");
    EXPECT_EQ(next("0 0 13 * fri", "2024-05-10 00:00:00Z", "UTC"), "2024-05-13 00:00:00Z");
}

TEST(Cron, SundayIsZeroAndSeven) {
    EXPECT_EQ(next("0 0 * * 7", "2024-05-06 00:00:00Z", "UTC"),
              next("0 0 * * 0", "2024-05-06 00:00:00Z", "UTC"));
    EXPECT_EQ(next("0 0 * * 5-7", "2024-05-11 00:00:00Z", "UTC"), "2024-05-12 00:00:00Z");
}

TEST(Cron, KnowsTheNicknames) {
    EXPECT_EQ(next("@hourly", "2024-05-06 07:08:09Z", "UTC"), "2024-05-06 08:00:00Z");
    EXPECT_EQ(next("@daily", "2024-05-06 07:08:09Z", "Asia/Shanghai"), "2024-05-06 16:00:00Z");
    EXPECT_EQ(next("@Weekly", "2024-05-06 07:08:09Z", "UTC"), "2024-05-12 00:00:00Z");
    EXPECT_EQ(next("@monthly", "2024-05-06 07:08:09Z", "UTC"), "2024-06-01 00:00:00Z");
    EXPECT_EQ(next("@yearly", "2024-05-06 07:08:09Z", "UTC"), "2025-01-01 00:00:00Z");
}

TEST(Cron, RefusesWhatItDoesNotUnderstand) {
    for (const char* text : {"",
                             "* * * *",
                             "* * * * * *",
                             "60 * * * *",
                             "* 24 * * *",
                             "* * 0 * *",
                             "* * * 13 *",
                             "* * * * 8",
                             "*/0 * * * *",
                             "*/ * * * *",
                             "5-1 * * * *",
                             "1,,2 * * * *",
                             "-1 * * * *",
                             "a * * * *",
                             "* * * * mond",
                             "* * L * *",
                             "@reboot",
                             "1.5 * * * *"}) {
        EXPECT_FALSE(Cron::parse(text).ok()) << text;
    }
}

TEST(Cron, RefusesADayThatNeverComes) {
    const auto parsed = Cron::parse("0 0 31 feb *");
    ASSERT_FALSE(parsed.ok());
    EXPECT_NE(parsed.fault().what.find("never comes"), std::string::npos);
}

TEST(Cron, SaysWhichFieldIsWrong) {
    const auto parsed = Cron::parse("0 25 * * *");
    ASSERT_FALSE(parsed.ok());
    EXPECT_NE(parsed.fault().what.find("'25' is no hour"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::jobs
