#include "daemon/web/chart.h"

#include <cmath>

#include <gtest/gtest.h>

namespace hrbridge::web {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

ChartPoint point(const std::string& month, double share, bool judged) {
    return {month, share, share / 2, share * 2, 0.02, judged};
}

TEST(Chart, DrawsADotWithAWhiskerForEachMonthAndALineOfPeers) {
    const std::string svg = run_chart(
        {point("2024-03", 0.02, false), point("2024-04", 0.05, true), point("2024-05", 0.08, true)},
        "title");

    EXPECT_EQ(count(svg, "<circle"), 3U);
    EXPECT_EQ(count(svg, "opacity=\"0.55\""), 3U);
    EXPECT_EQ(count(svg, "stroke-dasharray"), 1U);
}

TEST(Chart, TellsJudgedMonthsByTheSizeOfTheirDotsToo) {
    const std::string svg =
        run_chart({point("2024-04", 0.02, false), point("2024-05", 0.05, true)}, "title");

    EXPECT_EQ(count(svg, "r=\"6\""), 1U);
    EXPECT_EQ(count(svg, "r=\"4\""), 1U);
}

TEST(Chart, PutsAHigherShareHigher) {
    const auto height = [](double share) {
        const std::string svg =
            run_chart({point("2024-05", share, false), point("2024-06", 0.5, false)}, "t");
        const std::size_t at = svg.find("cy=\"", svg.find("<circle")) + 4;
        return std::stod(svg.substr(at));
    };

    EXPECT_LT(height(0.4), height(0.1));
}

TEST(Chart, KeepsEverythingInsideItsFrame) {
    const std::string svg = run_chart({{"2024-05", 0.9, 0.7, 1.0, 0.95, true}}, "title");

    for (std::size_t at = svg.find(" y1=\""); at != std::string::npos;
         at = svg.find(" y1=\"", at + 1)) {
        const double y = std::stod(svg.substr(at + 5));
        EXPECT_GE(y, 0);
        EXPECT_LE(y, 260);
    }
}

TEST(Chart, EscapesItsTexts) {
    const std::string svg =
        run_chart({point("20\"><script>x</script>", 0.1, false)}, "\"><script>alert(1)</script>");

    EXPECT_EQ(svg.find("<script"), std::string::npos) << svg;
}

TEST(Chart, IsDrawnWithoutMonthsAndWithMonthsWithoutPieces) {
    EXPECT_EQ(count(run_chart({}, "title"), "</svg>"), 1U);
    const double none = std::nan("");
    const std::string svg =
        run_chart({{"2024-05", none, 0, 1, none, false}, {"5", 0.1, 0, 0.2, 0.1, false}}, "t");
    EXPECT_EQ(svg.find("nan"), std::string::npos) << svg;
}

}  // namespace
}  // namespace hrbridge::web
