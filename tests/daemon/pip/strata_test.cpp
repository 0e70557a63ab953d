#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/pip/exact_distribution.h"
#include "daemon/pip/fact_table.h"
#include "daemon/pip/triggers/defect_level.h"
#include "daemon/pip/triggers/streak_below_mean.h"

namespace hrbridge::pip {
namespace {

const base::Date kJune{std::chrono::year{2024} / 6 / 1};

model::KpiFact fact(std::int64_t spell,
                    const std::string& operation,
                    std::int64_t bad,
                    std::int64_t made,
                    const std::string& team = "T1") {
    model::KpiFact out;
    out.kpi_code = "defect_rate";
    out.spell_id = spell;
    out.period = kJune;
    out.operation = operation;
    out.peer_group = team.empty() ? "" : team + "/" + operation;
    out.numerator = bad;
    out.denominator = made;
    out.lineage = std::string(32, static_cast<char>(spell));
    return out;
}

FactTable table(const std::vector<model::KpiFact>& facts) {
    return {facts, Direction::LowerIsBetter, {20, 3}};
}

// Ten people of a team: five at an easy operation (1 %), five at a hard one (8 %).
std::vector<model::KpiFact> mixed_team() {
    std::vector<model::KpiFact> facts;
    for (std::int64_t spell = 2; spell <= 6; ++spell) {
        facts.push_back(fact(spell, "EASY", 10, 1000));
        facts.push_back(fact(spell + 5, "HARD", 80, 1000));
    }
    return facts;
}

DefectLevel judge(const std::vector<model::KpiFact>& facts, std::int64_t spell) {
    DefectLevelPolicy policy;
    policy.months = 1;
    policy.over_dispersion = false;
    for (const DefectLevel& each : evaluate_defect_level(table(facts), kJune, policy).people) {
        if (each.spell_id == spell) {
            return each;
        }
    }
    throw std::logic_error("not looked at");
}

double choose(std::int64_t n, std::int64_t k) {
    double out = k < 0 || k > n ? 0 : 1;
    for (std::int64_t i = 1; i <= k && k <= n; ++i) {
        out = out * static_cast<double>(n - k + i) / static_cast<double>(i);
    }
    return out;
}

double weight(const Stratum& s, std::int64_t count) {
    const std::int64_t total = s.bad + s.peer_bad;
    return choose(s.n, count) * choose(s.peer_n, total - count) / choose(s.n + s.peer_n, total);
}

// P(total >= count) by adding up every outcome of two strata.
double brute_force(const Stratum& a, const Stratum& b, std::int64_t count) {
    double sum = 0;
    for (std::int64_t i = 0; i <= a.n; ++i) {
        for (std::int64_t j = std::max<std::int64_t>(0, count - i); j <= b.n; ++j) {
            sum += weight(a, i) * weight(b, j);
        }
    }
    return sum;
}

TEST(DefectLevelTrigger, JudgesWhoDoesTwoOperationsByThePeersOfEach) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 6, 600));
    facts.push_back(fact(1, "HARD", 40, 500));

    const DefectLevel level = judge(facts, 1);

    EXPECT_EQ(level.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_NEAR(level.rate, 46.0 / 1100, 1e-12);
    EXPECT_NEAR(level.peer_rate, 46.0 / 1100, 1e-12);
    EXPECT_NEAR(level.gap, 0, 1e-12);
    EXPECT_EQ(level.peers, 10);
    EXPECT_GT(level.tail, 0.3);
}

TEST(DefectLevelTrigger, FindsExcessAtOneOperationThatTheEasyWorkOfAnotherWouldHide) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 90, 1500));  // 6 %, where others have 1 %
    facts.push_back(fact(1, "HARD", 16, 200));

    const DefectLevel level = judge(facts, 1);

    EXPECT_EQ(level.verdict, DefectLevel::Verdict::Warning);
    EXPECT_NEAR(level.expected, 15 + 16, 1e-9);
    EXPECT_EQ(level.total.bad, 106);
}

TEST(DefectLevelTrigger, WhatNobodyElseDoesIsLeftOutAndSaid) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 6, 600));
    facts.push_back(fact(1, "RARE", 50, 100));

    const DefectLevel level = judge(facts, 1);

    EXPECT_EQ(level.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_EQ(level.total.n, 600);
    EXPECT_EQ(level.months.at(0).left_out_n, 100);
    EXPECT_EQ(level.months.at(0).left_out_bad, 50);
}

TEST(DefectLevelTrigger, TooFewPiecesAreNoFindingHoweverManyAreBad) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 60, 100));
    DefectLevelPolicy policy;
    policy.months = 1;

    const auto result = evaluate_defect_level(table(facts), kJune, policy);

    EXPECT_EQ(result.looked_at, 11);
    EXPECT_EQ(result.too_few_data, 1);
    EXPECT_EQ(result.people.at(0).spell_id, 1);
    EXPECT_EQ(result.people.at(0).verdict, DefectLevel::Verdict::TooFewData);
}

TEST(ExactDistribution, OfTwoStrataIsTheSumOverAllOutcomes) {
    const Stratum easy{12, 2, 40, 3};
    const Stratum hard{9, 4, 21, 8};
    const std::vector<Stratum> both{easy, hard};
    const ExactDistribution chance(both);

    for (std::int64_t count = 0; count <= 18; ++count) {
        EXPECT_NEAR(chance.upper_tail(count), brute_force(easy, hard, count), 1e-12) << count;
    }
    EXPECT_NEAR(chance.mean(), 5.0 * 12 / 52 + 12.0 * 9 / 30, 1e-12);
}

TEST(Worse, IsMoreThanOnesShareOverAllOperationsAndEqualIsNot) {
    const Stratum easy{100, 1, 300, 3};
    const Stratum hard{50, 4, 150, 12};
    Stratum harder = hard;
    ++harder.bad;

    EXPECT_FALSE(is_worse(std::vector{easy, hard}));
    EXPECT_TRUE(is_worse(std::vector{easy, harder}));
    EXPECT_NEAR(chance_of_worse(std::vector{easy, hard}), brute_force(easy, hard, 6), 1e-12);
}

// Companies of equal people who share their time between an easy and a hard operation as chance has
// it: whatever is warned of is a false alarm.
TEST(ChanceFigure, HoldsWherePeopleDoOperationsOfDifferentDifficulty) {
    std::mt19937_64 random(11);
    DefectLevelPolicy policy;
    policy.months = 1;
    policy.alpha = 0.5;  // so that the few companies of a test give enough warnings to compare
    policy.gap = 0.001;
    double warnings = 0;
    double expected = 0;
    for (int company = 0; company < 60; ++company) {
        std::vector<model::KpiFact> facts;
        for (std::int64_t spell = 1; spell <= 200; ++spell) {
            const std::int64_t easy = 50 + static_cast<std::int64_t>(random() % 700);
            const std::string team = "T" + std::to_string(spell / 10);
            std::binomial_distribution<std::int64_t> light(easy, 0.01);
            std::binomial_distribution<std::int64_t> heavy(800 - easy, 0.09);
            facts.push_back(fact(spell, "EASY", light(random), easy, team));
            facts.push_back(fact(spell, "HARD", heavy(random), 800 - easy, team));
        }
        const DefectLevelResult result = evaluate_defect_level(table(facts), kJune, policy);
        for (const DefectLevel& each : result.people) {
            warnings += each.verdict == DefectLevel::Verdict::Warning ? 1 : 0;
        }
        expected += result.chance_warnings;
        EXPECT_LE(result.chance_warnings, 0.5);
    }

    EXPECT_GT(expected, 10);
    EXPECT_NEAR(warnings, expected, 4 * std::sqrt(expected));
}

TEST(StreakTrigger, DoesNotCallWorseWhoOnlyDoesTheHarderOperation) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 6, 600));
    facts.push_back(fact(1, "HARD", 40, 500));
    StreakPolicy policy;
    policy.months = 1;
    policy.max_missing = 0;

    const StreakResult result = evaluate_streak(table(facts), kJune, policy);

    EXPECT_FALSE(result.people.at(0).found);
}

TEST(FactTable, CountsWhoCannotBeComparedByReason) {
    auto facts = mixed_team();
    facts.push_back(fact(20, "EASY", 1, 100, ""));  // belongs to no team
    facts.push_back(fact(21, "EASY", 1, 19));       // too few pieces
    facts.push_back(fact(22, "RARE", 1, 100));      // nobody else does it
    facts.push_back(fact(23, "EASY", 30, 0));       // defects, nothing made
    facts.push_back(fact(24, "EASY", 1, 5));        // of two reasons the last
    facts.push_back(fact(24, "RARE2", 1, 100));
    facts.push_back(fact(25, "EASY", 1, 100));  // one operation is enough
    facts.push_back(fact(25, "RARE3", 1, 100));

    const FactTable all = table(facts);

    const std::map<NotCompared, std::int64_t> expected{{NotCompared::Inconsistent, 1},
                                                       {NotCompared::NoTeam, 1},
                                                       {NotCompared::TooFewPieces, 1},
                                                       {NotCompared::NoPeers, 2}};
    EXPECT_EQ(all.not_compared(kJune), expected);
    EXPECT_EQ(all.subjects().size(), 11U);
    EXPECT_TRUE(all.not_compared(kJune + std::chrono::days(30)).empty());
}

}  // namespace
}  // namespace hrbridge::pip
