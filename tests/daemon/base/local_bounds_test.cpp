#include "daemon/base/local_bounds.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

// Clocks in Berlin were set back from 03:00 to 02:00 at 01:00Z.
TEST(LocalBounds, HoldEveryReadingOfTheInstantsBetweenThem) {
    const Zone berlin = Zone::find("Europe/Berlin").value();
    const Timestamp start = parse_timestamp("2024-10-26 22:00Z").value();
    constexpr std::chrono::minutes kStep(10);
    for (int a = 0; a < 36; ++a) {
        for (int b = a; b < 36; ++b) {
            const LocalTime from = local_from(berlin, start + a * kStep);
            const LocalTime to = local_to(berlin, start + b * kStep);
            for (int i = a; i < b; ++i) {
                const LocalTime reading = berlin.to_local(start + i * kStep);
                EXPECT_TRUE(from <= reading && reading < to) << to_string(reading);
            }
        }
    }
}

TEST(LocalBounds, LeaveAnHourThatComesTwiceAndStayElsewhere) {
    const Zone berlin = Zone::find("Europe/Berlin").value();
    const auto bounds = [&](std::string_view text) {
        const Timestamp at = parse_timestamp(text).value();
        return to_string(local_from(berlin, at)) + " " + to_string(local_to(berlin, at)).substr(11);
    };
    for (const char* twice : {"2024-10-27 00:00Z", "2024-10-27 00:30Z", "2024-10-27 01:00Z"}) {
        EXPECT_EQ(bounds(twice), "2024-10-27 01:59:59 03:00:00") << twice;
    }
    EXPECT_EQ(bounds("2024-10-26 23:59:59Z"), "2024-10-27 01:59:59 01:59:59");
    EXPECT_EQ(bounds("2024-10-27 02:00Z"), "2024-10-27 03:00:00 03:00:00");
    EXPECT_EQ(bounds("2024-03-31 01:00Z"), "2024-03-31 03:00:00 03:00:00");
}

}  // namespace
}  // namespace hrbridge::base
