#include "mappings/engine/drift.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/mappings/engine/map_rows.h"

namespace hrbridge::engine {
namespace {

using base::DescribedColumn;
using Described = std::vector<DescribedColumn>;

Mapping mapping(const std::string& drift = "") {
    const std::string text =
        "map: test/thing\n"         // 1
        "source:\n"                 // 2
        "  conn: erp\n"             // 3
        "  key: [k]\n"              // 4
        "  columns:\n"              // 5
        "    k: varchar(20)!\n"     // 6
        "    pay: decimal(12,2)\n"  // 7
        "    day: datetime\n"       // 8
        + drift +
        "target: {entity: thing, key: [key]}\n"
        "fields:\n"
        "  key: {from: k, type: text(20), id: F01}\n"
        "  pay: {from: pay, type: 'decimal(12,2)', opt: true, id: F02}\n";
    return *parse_mapping(text, "t.map.yaml").mapping;
}

const Described kSame{{"k", "varchar", 20, 0, false},
                      {"pay", "decimal", 12, 2, true},
                      {"day", "datetime", 0, 0, true}};

std::vector<DriftChange> changes(Described described) {
    return compare_columns(mapping(), described);
}

TEST(Drift, TheSameColumnsAreNoChangeWhateverTheDriverCallsThem) {
    EXPECT_TRUE(changes(kSame).empty());
    EXPECT_TRUE(changes({{"K", "nvarchar", 20, 0, false},
                         {"PAY", "numeric", 12, 2, true},
                         {"DAY", "timestamp", 0, 0, true}})
                    .empty());
    EXPECT_TRUE(changes({{"k", "varchar2", 0, 0, false},
                         {"pay", "number", 0, 0, true},
                         {"day", "datetime2", 0, 0, true}})
                    .empty());
}

struct Case {
    const char* name;
    std::size_t column;
    DescribedColumn now;
    DriftKind kind;
    DriftAction action;
};

class DriftCase : public testing::TestWithParam<Case> {};

TEST_P(DriftCase, IsOneChangeWithItsKindAndAction) {
    const Case& c = GetParam();
    Described described = kSame;
    described[c.column] = c.now;
    const auto found = changes(described);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, c.kind) << found[0].detail;
    EXPECT_EQ(found[0].action, c.action);
    EXPECT_FALSE(found[0].lines.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All,
    DriftCase,
    testing::Values(
        Case{"WiderText", 0, {"k", "varchar", 40, 0, false}, DriftKind::Widened, DriftAction::Warn},
        Case{"NarrowerText",
             0,
             {"k", "varchar", 10, 0, false},
             DriftKind::Narrowed,
             DriftAction::Stop},
        Case{"WiderDecimal",
             1,
             {"pay", "decimal", 14, 2, true},
             DriftKind::Widened,
             DriftAction::Warn},
        Case{"NarrowerDecimal",
             1,
             {"pay", "decimal", 10, 2, true},
             DriftKind::Narrowed,
             DriftAction::Stop},
        Case{"FewerDecimals",
             1,
             {"pay", "decimal", 12, 1, true},
             DriftKind::Narrowed,
             DriftAction::Stop},
        Case{"Text", 2, {"day", "varchar", 20, 0, true}, DriftKind::Retyped, DriftAction::Stop},
        Case{"Renamed",
             1,
             {"salary", "decimal", 12, 2, true},
             DriftKind::Renamed,
             DriftAction::Stop}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Drift, AddedAndRemovedColumnsAreFound) {
    Described more = kSame;
    more.push_back({"extra", "int", 0, 0, true});
    ASSERT_EQ(changes(more).size(), 1U);
    EXPECT_EQ(changes(more)[0].kind, DriftKind::Added);
    EXPECT_EQ(changes(more)[0].action, DriftAction::Warn);
    Described fewer{kSame[0], kSame[2]};
    ASSERT_EQ(changes(fewer).size(), 1U);
    EXPECT_EQ(changes(fewer)[0].kind, DriftKind::Removed);
    const std::vector<int> lines = changes(fewer)[0].lines;
    EXPECT_NE(std::find(lines.begin(), lines.end(), 7), lines.end());
    EXPECT_NE(std::find(lines.begin(), lines.end(), 12), lines.end());
}

TEST(Drift, ThePolicyOfTheFileDecides) {
    Described wider = kSame;
    wider[0].size = 40;
    const auto found = compare_columns(mapping("  drift: {widened: stop}\n"), wider);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].action, DriftAction::Stop);
}

}  // namespace
}  // namespace hrbridge::engine
