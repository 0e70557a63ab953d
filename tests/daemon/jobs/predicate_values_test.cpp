#include <cstdint>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mappings/engine/predicate.h"
#include "tests/daemon/store/both_stores.h"

// Of one row with an extreme value a store must not fail: the rule's SELECT is the whole batch's.
namespace hrbridge::jobs {
namespace {

using base::Kind;
using store::sql::Dialect;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

const std::vector<engine::PredicateColumn> kColumns{
    {"due", {Kind::Date}}, {"n", {Kind::Int}}, {"m", {Kind::Int}}};

struct Case {
    const char* predicate;
    const char* due;
    std::int64_t n;
    std::int64_t m;
    const char* verdict;
};

constexpr Case kCases[] = {
    {"due + n > due", "2024-05-06", 365, 0, "true"},
    {"due - n > due", "2024-05-06", 365, 0, "false"},
    {"due + n = DATE '9999-12-31'", "9999-12-30", 1, 0, "true"},
    {"due + n > due", "9999-12-31", 1, 0, "null"},
    {"due + n = DATE '0001-01-01'", "0001-01-02", -1, 0, "true"},
    {"due - n < due", "0001-01-01", 1, 0, "null"},
    {"due + n > due", "2024-05-06", 9'999'999'999, 0, "null"},
    {"due + n > due", "2024-05-06", 2'147'483'000, 0, "null"},
    {"due - n < due", "2024-05-06", 2'147'483'000, 0, "null"},
    {"due + n > due", "2024-05-06", kMost, 0, "null"},
    {"due + n > due", "2024-05-06", kLeast, 0, "null"},
    {"due - n > due", "2024-05-06", kLeast, 0, "null"},
    {"due + n + m > due", "2024-05-06", kMost, kMost, "null"},
    {"due + n - m = due", "2024-05-06", 9'999'999'999, 9'999'999'999, "true"},
    {"due + (n + m) > due", "2024-05-06", kMost, kMost, "null"},
    {"due + n * m > due", "2024-05-06", kMost, kMost, "null"},
    {"due + 9999999999 > due", "2024-05-06", 0, 0, "null"},
    {"DATE '2024-05-06' + 2147483000 > due", "2024-05-06", 0, 0, "null"},
    {"coalesce(due + n, due) = due", "2024-05-06", kMost, 0, "true"},
    {"year(due + n) = 2024", "2024-05-06", kMost, 0, "null"},
    {"days_between(due, due + n) = n", "2024-05-06", -400'000, 0, "true"},
    {"days_between(due, due + n) = n", "2024-05-06", kMost, 0, "null"},
    {"days_between(due + n, due - m) > 0", "2024-05-06", -365'000, 365'000, "false"},
    {"abs(n) > 0", "2024-05-06", kLeast, 0, "true"},
    {"abs(n) > 9223372036854775807", "2024-05-06", kLeast, 0, "true"},
    {"abs(n) = 9223372036854775807", "2024-05-06", kMost, 0, "true"},
    {"abs(n) = 7", "2024-05-06", -7, 0, "true"},
    {"abs(nullif(n, 7)) = 7", "2024-05-06", 7, 0, "null"},
    {"-n > 0", "2024-05-06", kLeast, 0, "true"},
    {"-(-n) < 0", "2024-05-06", kLeast, 0, "true"},
    {"n + m > 0", "2024-05-06", kMost, kMost, "true"},
    {"n - m < 0", "2024-05-06", kLeast, kMost, "true"},
    {"n * m > 0", "2024-05-06", kLeast, kLeast, "true"},
    {"n * m * n * m * n > 0", "2024-05-06", kMost, kMost, "true"},
    {"n * 1.50 > 0", "2024-05-06", kMost, 0, "true"},
    {"n > 0.01", "2024-05-06", kMost, 0, "true"},
    {"mod(n, m) = 0", "2024-05-06", kLeast, -1, "true"},
    {"mod(n, m) = 0", "2024-05-06", kLeast, 0, "null"},
    {"least(n, m) < 0", "2024-05-06", kLeast, kMost, "true"},
    {"n IN (-9223372036854775808, 5)", "2024-05-06", kLeast, 0, "true"},
};

class PredicateValues : public store::BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        postgres_ = connection_->dialect() == Dialect::Postgres;
        connection_->run_script(fmt::format(
            "CREATE TEMP TABLE extremes (due {}, n BIGINT, m BIGINT)", postgres_ ? "date" : "INT"));
    }

    std::string verdict(const Case& each) {
        const auto parsed = engine::Predicate::parse(each.predicate, kColumns, "test");
        if (!parsed) {
            return parsed.fault().what;
        }
        connection_->execute("DELETE FROM extremes", {});
        connection_->execute("INSERT INTO extremes VALUES ($1, $2, $3)",
                             {base::parse_date(each.due).value(), each.n, each.m});
        const std::string sql = parsed->render(
            postgres_ ? engine::SqlDialect::Postgres : engine::SqlDialect::Sqlite, "");
        try {
            return std::get<std::string>(
                one(fmt::format("SELECT CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' ELSE "
                                "'null' END FROM extremes",
                                sql)));
        } catch (const base::StoreError& error) {
            return std::string("fails: ") + error.what() + " of " + sql;
        }
    }

    bool postgres_ = false;
};

TEST_P(PredicateValues, GiveOneVerdictOnBothStoresHoweverExtremeTheyAre) {
    for (const Case& each : kCases) {
        EXPECT_EQ(verdict(each), each.verdict)
            << each.predicate << " of " << each.due << " " << each.n << " " << each.m;
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         PredicateValues,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::jobs
