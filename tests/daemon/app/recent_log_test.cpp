#include "daemon/app/recent_log.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/text.h"
#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

std::vector<std::string> lines_of(const RecentLog& log) {
    const std::string text = log.text();
    std::vector<std::string> lines;
    for (const std::string_view line : base::split(text, '\n')) {
        lines.emplace_back(line);
    }
    if (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

TEST(RecentLog, KeepsWholeLinesInOrderHoweverOftenItsMemoryTurnsRound) {
    for (std::size_t bytes = 80; bytes < 140; ++bytes) {
        RecentLog log(std::make_unique<test::MemoryLog>(), bytes);
        for (int i = 0; i < 40; ++i) {
            log.info(
                fmt::format("line {}{}.", i, std::string(static_cast<std::size_t>(i % 11), 'x')),
                {});
            const auto kept = lines_of(log);
            ASSERT_FALSE(kept.empty()) << bytes;
            ASSERT_LE(log.text().size(), bytes);
            for (std::size_t place = 0; place < kept.size(); ++place) {
                const int number = i - static_cast<int>(kept.size() - 1 - place);
                ASSERT_THAT(kept[place],
                            testing::EndsWith(fmt::format(
                                "line {}{}.",
                                number,
                                std::string(static_cast<std::size_t>(number % 11), 'x'))))
                    << bytes;
            }
        }
    }
}

TEST(RecentLog, ALineThatIsLongerThanAllItsMemoryIsNotKept) {
    RecentLog log(std::make_unique<test::MemoryLog>(), 60);
    log.info("short", {});
    log.info(std::string(100, 'x'), {});
    EXPECT_THAT(log.text(), testing::EndsWith("short\n"));
}

TEST(RecentLog, HasNothingBeforeTheFirstLine) {
    const RecentLog log(std::make_unique<test::MemoryLog>(), 60);
    EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace hrbridge::app
