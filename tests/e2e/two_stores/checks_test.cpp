#include <map>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migration/check/scope.h"
#include "migration/project/project.h"
#include "tests/e2e/support/two_stores.h"

namespace hrbridge::e2e {
namespace {

using check::Outcome;
using check::Verdict;

// The rows of the last run: those that the other store has.
class OtherStore final : public check::ControlSource {
  public:
    explicit OtherStore(const Installation& other) : connection_(other.store().connect()) {}
    base::Result<std::vector<check::ControlTotal>> totals(const std::string&,
                                                          const check::RuleSpec&) override {
        return base::Fault{"", "none were taken"};
    }
    std::optional<std::int64_t> last_rows(const std::string& entity) override {
        const auto rows =
            connection_->query("SELECT count(*) FROM " + entity + " WHERE gone_at IS NULL", {});
        rows->next();
        return rows->integer(0);
    }

  private:
    std::unique_ptr<store::sql::Connection> connection_;
};

struct Checked {
    std::vector<Verdict> format;
    std::vector<Verdict> logic;
};

void check_module(const project::Module& module,
                  store::sql::Connection& connection,
                  OtherStore& other,
                  Checked& out) {
    const TwoStores& stores = TwoStores::instance();
    check::Scope scope{connection};
    scope.keys = &stores.keys();
    scope.module = module.name;
    scope.mappings = project::mappings_of(module, stores.mappings());
    scope.rules = project::rules_of(module, stores.mappings());
    scope.controls = &other;
    for (Verdict& verdict : check::check_format(scope)) {
        out.format.push_back(std::move(verdict));
    }
    for (Verdict& verdict : check::check_logic(scope)) {
        out.logic.push_back(std::move(verdict));
    }
}

// All modules of the demo company's project.
Checked checked(const Installation& installation, const Installation& last) {
    const auto loaded =
        project::load_project(std::string(HRBRIDGE_SOURCE_DIR) + "/mappings/migration.yaml");
    EXPECT_TRUE(loaded.project);
    const auto connection = installation.store().connect();
    OtherStore other(last);
    Checked out;
    for (const project::Module& module : loaded.project->modules) {
        check_module(module, *connection, other, out);
    }
    return out;
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
    const Stage& latest = TwoStores::instance().latest();
    std::map<std::pair<std::string, std::string>, std::int64_t> planted;
    for (const auto& [place, rows] : latest.sqlite.open_rejects) {
        planted[{place.first, place.second}] = rows;
    }
    ASSERT_FALSE(planted.empty());
    const TwoStores& stores = TwoStores::instance();
    const Checked sqlite = checked(stores.sqlite(), stores.postgres());
    EXPECT_EQ(failed(sqlite), planted) << "and no rule fails on what was stored";
    std::int64_t rules = 0;
    for (const Verdict& verdict : sqlite.logic) {
        rules += verdict.rule.starts_with("K") && verdict.examined > 20 ? 1 : 0;
    }
    EXPECT_EQ(rules, 8) << "each looks at rows";
}

TEST(ChecksOfTheDemo, GiveTheSameVerdictsOnBothStores) {
    TwoStores::instance().latest();
    const TwoStores& stores = TwoStores::instance();
    const Checked sqlite = checked(stores.sqlite(), stores.postgres());
    const Checked postgres = checked(stores.postgres(), stores.sqlite());
    EXPECT_EQ(sqlite.format, postgres.format);
    EXPECT_EQ(sqlite.logic, postgres.logic);
}

}  // namespace
}  // namespace hrbridge::e2e
