#include "daemon/store/drift_repository.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

class Drift : public BothStores {
  protected:
    static OpenDrift change(const std::string& column,
                            const std::string& kind,
                            const std::string& now,
                            bool stops = true) {
        return {"",
                column,
                kind,
                "varchar(40)!",
                now,
                "varchar(40) → " + now,
                "7, 12",
                "h1",
                stops,
                {},
                {}};
    }
    std::vector<std::string> open() {
        std::vector<std::string> all;
        for (const OpenDrift& each : drift().all()) {
            all.push_back(each.mapping + " " + each.column + " " + each.kind + " " + each.new_type);
        }
        return all;
    }
    DriftRepository drift() { return DriftRepository(*connection_); }
};

TEST_P(Drift, IsKeptWholeWithWhenItCameAndWhenItWasSeenLast) {
    const base::Timestamp first = clock_.now();
    drift().found_all("a", {change("姓名", "retyped", "double")}, first);
    clock_.advance(minutes(10));
    OpenDrift again = change("姓名", "retyped", "double", false);
    again.old_type = "";
    again.detail = "it's \"so\"";
    again.mapping_lines = "9";
    again.mapping_hash = "h2";
    EXPECT_THAT(drift().found_all("a", {again}, clock_.now()), IsEmpty());

    const auto all = drift().all();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].mapping, "a");
    EXPECT_EQ(all[0].column, "姓名");
    EXPECT_EQ(all[0].kind, "retyped");
    EXPECT_EQ(all[0].old_type, "");
    EXPECT_EQ(all[0].new_type, "double");
    EXPECT_EQ(all[0].detail, "it's \"so\"");
    EXPECT_EQ(all[0].mapping_lines, "9");
    EXPECT_EQ(all[0].mapping_hash, "h2");
    EXPECT_FALSE(all[0].stops);
    EXPECT_EQ(all[0].first_seen, first);
    EXPECT_EQ(all[0].last_seen, clock_.now());
}

TEST_P(Drift, OfAColumnInTwoWaysIsTwo) {
    drift().found_all(
        "a",
        {change("name", "widened", "varchar(60)"), change("name", "widened", "varchar(40)")},
        clock_.now());
    EXPECT_THAT(open(), ElementsAre("a name widened varchar(40)", "a name widened varchar(60)"));
}

TEST_P(Drift, GoesWithTheLookThatNoLongerFindsItAndSaysSo) {
    drift().found_all("a",
                      {change("name", "narrowed", "varchar(20)"), change("pay", "removed", "")},
                      clock_.now());
    drift().found_all("b", {change("name", "narrowed", "varchar(20)")}, clock_.now());
    clock_.advance(minutes(1));

    const auto gone = drift().found_all("a", {change("pay", "removed", "")}, clock_.now());
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].column, "name");
    EXPECT_THAT(open(), ElementsAre("a pay removed ", "b name narrowed varchar(20)"));

    EXPECT_EQ(drift().found_all("a", {}, clock_.now()).size(), 1U);
    EXPECT_THAT(drift().found_all("a", {}, clock_.now()), IsEmpty());
    EXPECT_THAT(open(), ElementsAre("b name narrowed varchar(20)"));
}

TEST_P(Drift, ThatBecomesAnotherOneBeginsAnew) {
    drift().found_all("a", {change("name", "narrowed", "varchar(20)")}, clock_.now());
    clock_.advance(minutes(1));
    drift().found_all("a", {change("name", "narrowed", "varchar(10)")}, clock_.now());

    const auto all = drift().all();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].new_type, "varchar(10)");
    EXPECT_EQ(all[0].first_seen, clock_.now());
}

TEST_P(Drift, OfALookThatDidNotSeeAllColumnsClosesNone) {
    drift().found_all("a", {change("name", "narrowed", "varchar(20)")}, clock_.now());
    clock_.advance(minutes(1));
    drift().found("a", {change("", "removed", "")}, clock_.now());
    EXPECT_THAT(open(), ElementsAre("a name narrowed varchar(20)", "a  removed "));
}

TEST_P(Drift, OfAMappingComesInTheOrderInWhichItWasFound) {
    drift().found("b", {change("z", "added", "int")}, clock_.now());
    clock_.advance(minutes(1));
    drift().found("b", {change("a", "added", "int")}, clock_.now());
    drift().found("a", {change("m", "added", "int")}, clock_.now());
    EXPECT_THAT(open(), ElementsAre("a m added int", "b z added int", "b a added int"));
}

INSTANTIATE_TEST_SUITE_P(Stores, Drift, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
