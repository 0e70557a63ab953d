#include "daemon/pip/drill_down.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/daemon/pip/factory.h"

namespace hrbridge::pip {
namespace {

using nlohmann::json;

class DrillDown : public Factory {
  protected:
    void SetUp() override {
        Factory::SetUp();
        add_cause("C01", "步骤遗漏");
        add_cause("C02", "来料");
    }
    void make(std::int64_t spell,
              const std::string& month,
              std::int64_t made,
              const std::map<std::string, std::int64_t>& causes,
              const std::string& operation = "OP010") {
        report(spell, month + "-10", {made, 0, 0}, operation);
        for (const auto& [cause, pieces] : causes) {
            defect(spell, month, pieces, operation, cause);
        }
    }
    json evidence_of(std::int64_t spell) {
        for (const model::Finding& finding : evaluate_now().findings) {
            if (finding.rule == "R1" && finding.spell_id == spell) {
                return json::parse(finding.evidence);
            }
        }
        throw std::logic_error("no finding");
    }
};

TEST_P(DrillDown, AddsUpToTheFiguresOfTheFinding) {
    const std::int64_t heavy = add_person("E1", "T1");
    for (const char* month : {"2024-03", "2024-04"}) {
        for (const std::int64_t peer : add_peers("T1" + std::string(month), {})) {
            move(peer, "T1", "2022-01-01");
            make(peer, month, 1000, {{"C01", 10}, {"C02", 15}, {"", 5}});
            make(peer, month, 300, {{"C01", 9}}, "OP020");
        }
        make(heavy, month, 1000, {{"C01", 70}, {"C02", 9}, {"", 3}});
        make(heavy, month, 400, {{"C02", 12}}, "OP020");
    }
    // None of these are among the finding's figures: too few pieces, more defects than pieces,
    // another team, an older month than R1 looks at.
    make(add_person("X1", "T1"), "2024-04", 10, {{"C01", 9}});
    make(add_person("X2", "T1"), "2024-04", 30, {{"C01", 31}});
    make(add_person("X3", "T2"), "2024-04", 1000, {{"C01", 900}});
    make(heavy, "2023-12", 1000, {{"C01", 500}});

    const json evidence = evidence_of(heavy);

    std::int64_t bad = 0;
    double expected = 0;
    double excess = 0;
    for (const json& cause : evidence["causes"]) {
        bad += cause["bad"].get<std::int64_t>();
        expected += cause["expected"].get<double>();
        excess += cause["excess"].get<double>();
    }
    const double n = evidence["subject"]["n"].get<double>();
    EXPECT_EQ(evidence["subject"]["n"], 2800);
    EXPECT_EQ(bad, 2 * (70 + 9 + 3 + 12));
    EXPECT_EQ(evidence["subject"]["bad"], bad);
    EXPECT_NEAR(expected, 2 * (30 + 12), 1e-9);
    EXPECT_NEAR(evidence["peers"]["rate"].get<double>() * n, expected, 1e-9);
    EXPECT_NEAR(evidence["peers"]["expected"].get<double>(), expected, 1e-9);
    EXPECT_NEAR(evidence["gap"].get<double>() * n, excess, 1e-9) << "as shown";
    EXPECT_NEAR(excess, static_cast<double>(bad) - expected, 1e-9);
    EXPECT_EQ(evidence["causes"][0]["code"], "C01");
    EXPECT_EQ(evidence["causes"][0]["bad"], 140);
}

TEST_P(DrillDown, CountsThePeersDefectsThatTheFactsCount) {
    for (const std::int64_t peer : add_peers("T1", {})) {
        make(peer, "2024-04", 1000, {{"C01", 20}, {"C02", 10}});
    }
    make(add_person("X1", "T1"), "2024-04", 10, {{"C01", 9}});
    const std::int64_t heavy = add_person("E1", "T1");
    make(heavy, "2024-04", 1000, {{"C01", 80}});
    const json evidence = evidence_of(heavy);
    const SubjectMonth month{day("2024-04-01"),
                             {{"OP010", "T1/OP010", {1000, 80, 9000, 270}, 9}},
                             {1000, 80, 9000, 270},
                             30,
                             9,
                             ""};

    const auto causes = drill_down(*connection_, base::Zone::utc(), heavy, {month}, {20, 3});

    ASSERT_EQ(causes.size(), 2U);
    EXPECT_EQ(causes[0].peer_bad + causes[1].peer_bad, evidence["peers"]["bad"]);
    EXPECT_EQ(causes[0].code, "C01");
    EXPECT_NEAR(causes[0].excess, 60, 1e-9);
    EXPECT_NEAR(causes[1].excess, -10, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(OnBoth,
                         DrillDown,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::pip
