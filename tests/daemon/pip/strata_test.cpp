#include <cmath>
#include <map>
#include <random>
#include <tuple>
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

// The same pieces without regard to operations.
std::vector<model::KpiFact> pooled(const std::vector<model::KpiFact>& facts) {
    std::map<std::int64_t, model::KpiFact> people;
    for (const model::KpiFact& each : facts) {
        const model::KpiFact none = fact(each.spell_id, "ALL", 0, 0);
        model::KpiFact& sum = people.try_emplace(each.spell_id, none).first->second;
        sum.numerator += each.numerator;
        sum.denominator += each.denominator;
    }
    std::vector<model::KpiFact> out;
    for (const auto& [spell, sum] : people) {
        out.push_back(sum);
    }
    return out;
}

bool is_worse_in_june(const std::vector<model::KpiFact>& facts, std::int64_t spell) {
    StreakPolicy policy;
    policy.months = 1;
    policy.max_missing = 0;
    for (const Streak& each : evaluate_streak(table(facts), kJune, policy).people) {
        if (each.spell_id == spell) {
            return each.found;
        }
    }
    throw std::logic_error("not looked at");
}

// 60 of 3,000 at an operation where three helpers have 3 of 100, and `bad` of 1,000 where nine have
// 30 of 1,000 each.
std::vector<model::KpiFact> few_helpers(std::int64_t bad) {
    std::vector<model::KpiFact> facts{fact(1, "RARE", 60, 3000), fact(1, "HARD", bad, 1000)};
    for (std::int64_t spell = 2; spell <= 10; ++spell) {
        facts.push_back(fact(spell, "HARD", 30, 1000));
    }
    for (std::int64_t spell = 2; spell <= 4; ++spell) {
        facts.push_back(fact(spell, "RARE", 1, spell == 2 ? 34 : 33));
    }
    return facts;
}

TEST(DefectLevelTrigger, WarnsOfNobodyWhoIsShownNoWorseThanHisPeers) {
    const DefectLevel equal = judge(few_helpers(60), 1);
    const DefectLevel better = judge(few_helpers(55), 1);

    EXPECT_EQ(equal.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_NEAR(equal.gap, 0, 1e-12);
    EXPECT_NEAR(equal.tested_gap, 0.0261, 0.0001);
    EXPECT_LT(equal.tail, 1e-5);
    EXPECT_EQ(better.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_NEAR(better.gap, -5.0 / 4000, 1e-12);
}

TEST(DefectLevelTrigger, WarnsOnlyWhereBothGapsMatter) {
    const DefectLevel small = judge(few_helpers(99), 1);  // 39 beyond 120, of 4,000 pieces
    const DefectLevel enough = judge(few_helpers(100), 1);

    EXPECT_EQ(small.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_GT(small.tested_gap, 0.06);
    EXPECT_EQ(enough.verdict, DefectLevel::Verdict::Warning);
    EXPECT_NEAR(enough.gap, 0.01, 1e-12);
}

TEST(DefectLevelTrigger, ChanceFiguresOfARuleThatMayOnlyWatchAreAllWatches) {
    DefectLevelPolicy policy;
    policy.months = 1;
    const FactTable all = table(few_helpers(100));
    const DefectLevelResult live = evaluate_defect_level(all, kJune, policy);
    policy.mode = Mode::Watch;

    const DefectLevelResult watch = evaluate_defect_level(all, kJune, policy);

    EXPECT_GT(live.chance_warnings, 0);
    EXPECT_EQ(watch.chance_warnings, 0);
    EXPECT_DOUBLE_EQ(watch.chance_watches, live.chance_watches + live.chance_warnings);
}

// Forty teams in which people differ far more than by chance, and one person who has 600 where his
// peers have 270 each: 5e-49 were it not for the dispersion.
TEST(DefectLevelTrigger, LargeDispersionWeakensTheFarthestTailToo) {
    std::vector<model::KpiFact> facts;
    for (std::int64_t spell = 0; spell < 160; ++spell) {
        const std::string team = "T" + std::to_string(2 + spell / 4);
        facts.push_back(fact(100 + spell, "HARD", spell % 2 == 0 ? 218 : 322, 9000, team));
    }
    for (std::int64_t spell = 1; spell <= 4; ++spell) {
        facts.push_back(fact(spell, "HARD", spell == 1 ? 600 : 270, 9000));
    }
    DefectLevelPolicy policy;
    policy.months = 1;

    const DefectLevelResult result = evaluate_defect_level(table(facts), kJune, policy);
    const DefectLevel& level = result.people.at(0);

    EXPECT_NEAR(result.phi, 20, 2);
    EXPECT_GT(level.tail, result.alpha_each);
    EXPECT_EQ(level.verdict, DefectLevel::Verdict::Watch);
    EXPECT_GT(level.chance_warning, 0);
}

TEST(DefectLevelTrigger, JudgesWhoDoesTwoOperationsByThePeersOfEach) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 1, 100));
    facts.push_back(fact(1, "HARD", 80, 1000));

    const DefectLevel level = judge(facts, 1);

    EXPECT_EQ(judge(pooled(facts), 1).verdict, DefectLevel::Verdict::Warning)
        << "what a comparison over all operations would say";
    EXPECT_EQ(level.verdict, DefectLevel::Verdict::Nothing);
    EXPECT_NEAR(level.rate, 81.0 / 1100, 1e-12);
    EXPECT_NEAR(level.peer_rate, 81.0 / 1100, 1e-12);
    EXPECT_NEAR(level.gap, 0, 1e-12);
    EXPECT_NEAR(level.tested_gap, 0, 1e-12);
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
    const auto left_out = left_out_of(table(facts).subjects().at(0), kJune, kJune);
    ASSERT_EQ(left_out.size(), 1U);
    EXPECT_EQ(left_out.at(NotCompared::NoPeers).n, 100);
    EXPECT_EQ(left_out.at(NotCompared::NoPeers).bad, 50);
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
    facts.push_back(fact(1, "EASY", 1, 100));
    facts.push_back(fact(1, "HARD", 80, 1000));

    EXPECT_TRUE(is_worse_in_june(pooled(facts), 1))
        << "what a comparison over all operations would say";
    EXPECT_FALSE(is_worse_in_june(facts, 1));
}

// 2 of 100 where others have 4 of 100, 5 of 100 where others have 350 of 10,000: more than his
// share of the totals, and 3.5 % beside 3.75 % at his mix.
TEST(StreakTrigger, DoesNotCallWorseWhoIsShownBelowHisPeers) {
    std::vector<model::KpiFact> facts{fact(1, "RARE", 2, 100), fact(1, "HARD", 5, 100)};
    for (std::int64_t spell = 2; spell <= 5; ++spell) {
        facts.push_back(fact(spell, "RARE", 1, 25));
    }
    for (std::int64_t spell = 6; spell <= 15; ++spell) {
        facts.push_back(fact(spell, "HARD", 35, 1000));
    }

    EXPECT_FALSE(is_worse_in_june(facts, 1));
    facts[1].numerator = 6;  // 4 %
    EXPECT_TRUE(is_worse_in_june(facts, 1));
}

TEST(FactTable, KeepsWhatIsLeftOutOfAMonthInWhichNothingIsCompared) {
    const base::Date may = add_months(kJune, -1);
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 6, 600));
    facts.push_back(fact(1, "HARD", 30, 0));
    for (const auto& [operation, bad, made] :
         {std::tuple{"RARE", 7, 90}, std::tuple{"EASY", 1, 5}}) {
        facts.push_back(fact(1, operation, bad, made));
        facts.back().period = may;
    }

    const FactTable all = table(facts);
    const Subject& subject = all.subjects().at(0);

    EXPECT_EQ(subject.months.size(), 1U);
    const auto both = left_out_of(subject, may, kJune);
    ASSERT_EQ(both.size(), 3U);
    EXPECT_EQ(both.at(NotCompared::NoPeers).n, 90);
    EXPECT_EQ(both.at(NotCompared::TooFewPieces).bad, 1);
    EXPECT_EQ(both.at(NotCompared::Inconsistent).bad, 30);
    EXPECT_EQ(left_out_of(subject, kJune, kJune).size(), 1U);
    EXPECT_EQ(left_out_of(subject, may, may).count(NotCompared::Inconsistent), 0U);
}

TEST(FactTable, CountsThePeersOfSeveralMonthsEachOnce) {
    auto facts = mixed_team();
    facts.push_back(fact(1, "EASY", 6, 600));
    for (std::int64_t spell : {1, 2, 3, 20, 21}) {
        facts.push_back(fact(spell, "EASY", 6, 600));
        facts.back().period = add_months(kJune, -1);
    }

    const FactTable all = table(facts);
    const auto& months = all.subjects().at(0).months;

    EXPECT_EQ(months.at(0).peers, 4);
    EXPECT_EQ(months.at(1).peers, 5);
    EXPECT_EQ(peers_of(months), 7);
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
