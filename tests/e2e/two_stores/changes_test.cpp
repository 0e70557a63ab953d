#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/support/two_stores.h"

namespace hrbridge::e2e {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

// The rows of a table in whose cells a text stands: "assignment E900022/2020-01-01".
std::vector<std::string> rows_with(const StoreContent& content,
                                   const std::string& table,
                                   const std::string& text) {
    std::vector<std::string> rows;
    for (const StoredRow& row : content.at(table)) {
        if (row.cells.find(text) != std::string::npos) {
            rows.push_back(table + " " + row.key);
        }
    }
    return rows;
}

// Every row that change_sources() must lead to, and no other.
std::vector<std::string> expected_rows(const Side& after, const Outside& outside) {
    std::vector<std::string> rows{"org_unit P1W1T01",
                                  "org_unit P7W9T99",
                                  "person E000030",
                                  "person E900004",
                                  "person E800000",
                                  "person E960001",
                                  "employment_spell E000031",
                                  "employment_spell E900004",
                                  "employment_spell E800000",
                                  "employment_spell E960001",
                                  "work_order WO-LATE",
                                  "production_fact R000000007",
                                  "production_fact R-LATE",
                                  "defect D000000009"};
    rows.push_back("work_order " + after.content.at("work_order").at(1).key);
    rows.push_back("assignment E960001/" +
                   base::to_string(outside.company().person("E000040").hired));
    const std::string newcomer = outside.company().people[1].number;
    for (const auto& [table, text] : {std::pair{"assignment", std::string("='P7W9T99'")},
                                      std::pair{"production_fact", std::string("='E800000'")},
                                      std::pair{"punch", "='" + newcomer + "'"}}) {
        const auto released = rows_with(after.content, table, text);
        rows.insert(rows.end(), released.begin(), released.end());
    }
    return rows;
}

TEST(TwoStores, HoldTheSameAfterChangesAtTheSources) {
    const Stage& changed = TwoStores::instance().changed();
    EXPECT_THAT(differences(changed.sqlite.content, changed.postgres.content), IsEmpty());
    EXPECT_EQ(changed.sqlite.report, changed.postgres.report);
    EXPECT_THAT(wrong_hashes(changed.sqlite.content), IsEmpty());
    EXPECT_THAT(wrong_hashes(changed.postgres.content), IsEmpty());
}

struct Written {
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t released = 0;  // of the inserted rows
};

TEST(TwoStores, TakeExactlyTheChangedRows) {
    TwoStores& stores = TwoStores::instance();
    const Stage& before = stores.in_full();
    const Stage& changed = stores.changed();
    EXPECT_THAT(rewritten(before.sqlite.content, changed.sqlite.content),
                UnorderedElementsAreArray(expected_rows(changed.sqlite, stores.outside())));
    EXPECT_THAT(rewritten(before.postgres.content, changed.postgres.content),
                UnorderedElementsAreArray(expected_rows(changed.postgres, stores.outside())));
}

TEST(TwoStores, CountTheChangedRows) {
    const std::map<std::string, Written> expected{{"erp/org_unit", {1, 1, 0}},
                                                  {"erp/person", {3, 1, 0}},
                                                  {"erp/employment_spell", {3, 1, 1}},
                                                  {"erp/assignment", {4, 0, 3}},
                                                  {"attendance/attendance_day", {0, 0, 0}},
                                                  {"mes/operation", {0, 0, 0}},
                                                  {"mes/cause_code", {0, 0, 0}},
                                                  {"mes/work_order", {1, 1, 0}},
                                                  {"mes/production_fact", {2, 1, 1}},
                                                  {"mes/defect", {0, 1, 0}},
                                                  {"terminal/punch", {2, 0, 0}}};
    const SyncReport& report = TwoStores::instance().changed().sqlite.report;
    ASSERT_EQ(report.size(), expected.size());
    for (const auto& [mapping, written] : expected) {
        const SyncCounts& counts = report.at(mapping);
        EXPECT_EQ(counts.outcome, "done") << mapping;
        EXPECT_EQ(counts.inserted, written.inserted) << mapping;
        EXPECT_EQ(counts.updated, written.updated) << mapping;
        EXPECT_EQ(counts.released, written.released) << mapping;
        EXPECT_EQ(counts.rejected + counts.held, 0) << mapping;
    }
}

TEST(TwoStores, KeepOnlyWhatIsStillRefusedOrWaiting) {
    TwoStores& stores = TwoStores::instance();
    app::demo::PlantedFaults left = stores.outside().planted();
    left[{"erp/person", "F03"}] -= 1;
    left[{"erp/employment_spell", "F02"}] -= 1;
    left[{"mes/production_fact", "F02"}] -= 1;
    left.erase({"erp/assignment", "F04"});
    EXPECT_EQ(stores.changed().sqlite.open_rejects, left);
    EXPECT_EQ(stores.changed().postgres.open_rejects, left);
}

TEST(TwoStores, KeepTheSupersededVersions) {
    const Stage& changed = TwoStores::instance().changed();
    for (const StoreContent* content : {&changed.sqlite.content, &changed.postgres.content}) {
        EXPECT_THAT(rows_with(*content, "org_unit_history", "name='一车间一班'"), SizeIs(1));
        EXPECT_THAT(rows_with(*content, "employment_spell_history", "'E000031'"), SizeIs(1));
        EXPECT_THAT(content->at("assignment_history"), IsEmpty());
        EXPECT_THAT(rows_with(*content, "org_unit", "name='一车间精益班'"), SizeIs(1));
        EXPECT_THAT(rows_with(*content, "employment_spell", "base_salary=7777.70"), SizeIs(1));
    }
}

}  // namespace
}  // namespace hrbridge::e2e
