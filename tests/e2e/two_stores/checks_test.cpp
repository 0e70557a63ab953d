#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migration/check/scope.h"
#include "tests/e2e/support/two_stores.h"

namespace hrbridge::e2e {
namespace {

using check::Outcome;
using check::Verdict;

// What a project of core HR and attendance asks beside its mappings' own rules.
constexpr const char* kRules = R"(
- {id: K01, entity: org_unit, acyclic: code -> parent_id}
- {id: K02, entity: assignment, acyclic: spell_id -> manager_id, valid: [valid_from, valid_to]}
- {id: K03, entity: assignment, no_overlap: [spell_id], valid: [valid_from, valid_to]}
- {id: K04, entity: employment_spell, no_overlap: [person_id], valid: [hire_date, end_date], end_counts: true}
- {id: K05, entity: person, unique: [id_number]}
- {id: K06, entity: person, unique: [wecom_userid]}
- {id: K07, entity: assignment, reference: spell_id, day: valid_from, within: [hire_date, end_date], end_counts: true}
- {id: K08, entity: attendance_day, reference: spell_id, day: work_date, within: [hire_date, end_date], end_counts: true}
- {id: K09, entity: production_fact, reference: spell_id, day: work_date, within: [hire_date, end_date], end_counts: true}
- {id: K10, entity: employment_spell, row: 'end_date IS NULL OR end_date >= hire_date', 'null': fail}
)";

std::vector<check::RuleSpec> project_rules() {
    base::Faults faults;
    auto rules = check::parse_rules(base::parse_yaml(kRules, "migration.yaml").value(), faults);
    EXPECT_TRUE(faults.empty());
    return rules;
}

struct Checked {
    std::vector<Verdict> format;
    std::vector<Verdict> logic;
};

Checked checked(const Installation& installation) {
    const TwoStores& stores = TwoStores::instance();
    const auto connection = installation.store().connect();
    check::Scope scope{*connection};
    scope.keys = &stores.keys();
    scope.module = "core_hr";
    for (const engine::Mapping& mapping : stores.mappings()) {
        scope.mappings.push_back(&mapping);
    }
    scope.rules = project_rules();
    return {check::check_format(scope), check::check_logic(scope)};
}

// By mapping and rule, what the verdicts count as refused or held.
std::map<std::pair<std::string, std::string>, std::int64_t> failed(const Checked& all) {
    std::map<std::pair<std::string, std::string>, std::int64_t> rows;
    for (const auto* verdicts : {&all.format, &all.logic}) {
        for (const Verdict& verdict : *verdicts) {
            EXPECT_NE(verdict.outcome, Outcome::NotChecked)
                << verdict.subject << " " << verdict.rule << ": " << verdict.why.code;
            if (verdict.failed > 0) {
                rows[{verdict.subject, verdict.rule}] += verdict.failed;
            }
        }
    }
    return rows;
}

TEST(ChecksOfTheDemo, FailExactlyWhereFaultsWerePlanted) {
    const Stage& first = TwoStores::instance().first();
    std::map<std::pair<std::string, std::string>, std::int64_t> planted;
    for (const auto& [place, rows] : first.sqlite.open_rejects) {
        planted[{place.first, place.second}] = rows;
    }
    ASSERT_FALSE(planted.empty());
    const Checked sqlite = checked(TwoStores::instance().sqlite());
    EXPECT_EQ(failed(sqlite), planted) << "and no rule fails on what was stored";
    for (const Verdict& verdict : sqlite.logic) {
        if (verdict.subject == "core_hr") {
            EXPECT_EQ(verdict.outcome, Outcome::Pass) << verdict.rule;
            EXPECT_GT(verdict.examined, 20) << verdict.rule;
        }
    }
}

TEST(ChecksOfTheDemo, GiveTheSameVerdictsOnBothStores) {
    TwoStores::instance().first();
    const Checked sqlite = checked(TwoStores::instance().sqlite());
    const Checked postgres = checked(TwoStores::instance().postgres());
    EXPECT_EQ(sqlite.format, postgres.format);
    EXPECT_EQ(sqlite.logic, postgres.logic);
}

}  // namespace
}  // namespace hrbridge::e2e
