#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/pip/fact_table.h"
#include "daemon/pip/months.h"
#include "daemon/pip/triggers/defect_level.h"
#include "daemon/pip/triggers/streak_below_mean.h"

namespace hrbridge::pip {
namespace {

const base::Date kJune{std::chrono::year{2024} / 6 / 1};

model::KpiFact fact(std::int64_t spell,
                    base::Date month,
                    std::int64_t bad,
                    std::int64_t made,
                    const std::string& group = "T1/OP010") {
    model::KpiFact out;
    out.kpi_code = "defect_rate";
    out.spell_id = spell;
    out.period = month;
    out.peer_group = group;
    out.numerator = bad;
    out.denominator = made;
    out.lineage = std::string(32, static_cast<char>(spell));
    return out;
}

FactTable table(const std::vector<model::KpiFact>& facts) {
    return {facts, Direction::LowerIsBetter, {20, 3}};
}

// The person 1 with his own months, and nine peers at `peer_bad` of `peer_made`.
std::vector<model::KpiFact> team(const std::vector<std::pair<std::int64_t, std::int64_t>>& own,
                                 std::int64_t peer_bad,
                                 std::int64_t peer_made) {
    std::vector<model::KpiFact> facts;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const base::Date month =
            add_months(kJune, static_cast<int>(i) + 1 - static_cast<int>(own.size()));
        facts.push_back(fact(1, month, own[i].first, own[i].second));
        for (std::int64_t peer = 2; peer <= 10; ++peer) {
            facts.push_back(fact(peer, month, peer_bad, peer_made));
        }
    }
    return facts;
}

const DefectLevel& person(const DefectLevelResult& result, std::int64_t spell) {
    for (const DefectLevel& each : result.people) {
        if (each.spell_id == spell) {
            return each;
        }
    }
    throw std::logic_error("not looked at");
}

DefectLevelPolicy one_month() {
    DefectLevelPolicy policy;
    policy.months = 1;
    policy.over_dispersion = false;
    return policy;
}

TEST(DefectLevelTrigger, WarnsOfEightPercentInATeamAtThree) {
    const auto result =
        evaluate_defect_level(table(team({{84, 1050}}, 35, 1167)), kJune, one_month());
    const DefectLevel& zhang = person(result, 1);

    EXPECT_EQ(zhang.verdict, DefectLevel::Verdict::Warning);
    EXPECT_NEAR(zhang.rate, 0.08, 1e-9);
    EXPECT_NEAR(zhang.peer_rate, 0.03, 0.0001);
    EXPECT_NEAR(zhang.interval.low, 0.0643, 0.0001);
    EXPECT_NEAR(zhang.interval.high, 0.0981, 0.0001);
    EXPECT_LT(zhang.tail, 1e-11);
}

TEST(DefectLevelTrigger, FiftyPiecesAreTooFewForAWarning) {
    const auto result = evaluate_defect_level(table(team({{4, 50}}, 35, 1167)), kJune, one_month());

    EXPECT_EQ(person(result, 1).verdict, DefectLevel::Verdict::TooFewData);
}

TEST(DefectLevelTrigger, PeersAreCountedWithoutTheSubject) {
    const auto result =
        evaluate_defect_level(table(team({{84, 1050}}, 35, 1167)), kJune, one_month());

    EXPECT_EQ(person(result, 1).total.peer_n, 9 * 1167);
    EXPECT_EQ(person(result, 2).total.peer_n, 8 * 1167 + 1050);
}

TEST(DefectLevelTrigger, ASmallGapIsNoWarningHoweverSure) {
    const auto result =
        evaluate_defect_level(table(team({{3'800, 100'000}}, 3'000, 100'000)), kJune, one_month());

    EXPECT_EQ(person(result, 1).verdict, DefectLevel::Verdict::Nothing);
}

TEST(DefectLevelTrigger, SomebodyWithoutTheNewestMonthIsNotJudged) {
    auto facts = team({{84, 1050}, {84, 1050}}, 35, 1167);
    facts.erase(
        std::remove_if(facts.begin(),
                       facts.end(),
                       [](const auto& each) { return each.spell_id == 1 && each.period == kJune; }),
        facts.end());

    const auto result = evaluate_defect_level(table(facts), kJune, one_month());

    EXPECT_EQ(result.looked_at, 9);
}

TEST(StreakTrigger, WatchesThreeWorseMonthsAndNotTwo) {
    const auto found = [](const std::vector<std::pair<std::int64_t, std::int64_t>>& own) {
        const auto result = evaluate_streak(table(team(own, 30, 1000)), kJune, {});
        for (const Streak& streak : result.people) {
            if (streak.spell_id == 1) {
                return streak.found;
            }
        }
        return false;
    };

    EXPECT_TRUE(found({{31, 1000}, {31, 1000}, {31, 1000}}));
    EXPECT_FALSE(found({{31, 1000}, {30, 1000}, {31, 1000}}));
    EXPECT_FALSE(found({{31, 1000}, {31, 1000}}));
}

// Forty teams of ten equally good people, newest months drawn anew.
struct Simulated {
    double warnings = 0;
    double expected_warnings = 0;
    double watches = 0;
    double expected_watches = 0;
};

Simulated simulate(int companies) {
    std::mt19937_64 random(7);
    Simulated sum;
    DefectLevelPolicy level;
    level.alpha = 0.5;  // so that the few companies of a test give enough warnings to compare
    level.gap = 0.001;
    for (int company = 0; company < companies; ++company) {
        std::vector<model::KpiFact> facts;
        for (std::int64_t spell = 1; spell <= 400; ++spell) {
            for (int month = 0; month < 3; ++month) {
                std::binomial_distribution<std::int64_t> defects(300, 0.03);
                facts.push_back(fact(spell,
                                     add_months(kJune, month - 2),
                                     defects(random),
                                     300,
                                     "T" + std::to_string(spell / 10)));
            }
        }
        const FactTable all = table(facts);
        const DefectLevelResult levels = evaluate_defect_level(all, kJune, level);
        for (const DefectLevel& each : levels.people) {
            sum.warnings += each.verdict == DefectLevel::Verdict::Warning ? 1 : 0;
        }
        sum.expected_warnings += levels.chance_warnings;
        const StreakResult streaks = evaluate_streak(all, kJune, {});
        for (const Streak& each : streaks.people) {
            sum.watches += each.found ? 1 : 0;
        }
        sum.expected_watches += streaks.chance_watches;
    }
    return sum;
}

TEST(ChanceFigure, AgreesWithEqualCompaniesDrawnAtRandom) {
    const Simulated sum = simulate(40);

    EXPECT_NEAR(sum.warnings, sum.expected_warnings, 4 * std::sqrt(sum.expected_warnings) + 3);
    EXPECT_NEAR(sum.watches, sum.expected_watches, 5 * std::sqrt(sum.expected_watches));
    EXPECT_GT(sum.watches, 1000);
}

}  // namespace
}  // namespace hrbridge::pip
