#include "mappings/engine/drift.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mappings/engine/type_change.h"
#include "mappings/engine/types.h"
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
    EXPECT_FALSE(found[0].uses.empty());
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
        Case{"TextWithoutBound",
             0,
             {"k", "text", 0, 0, false},
             DriftKind::Widened,
             DriftAction::Warn},
        Case{"FewerWholeDigits",
             1,
             {"pay", "decimal", 12, 4, true},
             DriftKind::Narrowed,
             DriftAction::Stop},
        Case{"NoDecimals",
             1,
             {.name = "pay", .type = "decimal", .size = 12, .exact = true},
             DriftKind::Narrowed,
             DriftAction::Stop},
        Case{"Inexact",
             1,
             {.name = "pay", .type = "double", .size = 15, .exact = true},
             DriftKind::Retyped,
             DriftAction::Stop},
        Case{"MayBeNull",
             0,
             {.name = "k", .type = "varchar", .size = 20, .exact = true, .may_be_null = true},
             DriftKind::Widened,
             DriftAction::Warn},
        Case{"Renamed",
             1,
             {"salary", "decimal", 12, 2, true},
             DriftKind::Renamed,
             DriftAction::Stop}),
    [](const auto& each) { return std::string(each.param.name); });

DescribedColumn whole(const std::string& type, bool is_unsigned = false) {
    return {.name = "n", .type = type, .exact = true, .of_table = true, .is_unsigned = is_unsigned};
}

TypeChange change(const std::string& contract, const DescribedColumn& now) {
    const auto type = *parse_contract_type(contract);
    return compare_types({"n", type.type, type.size, type.scale, type.never_null, 1}, now);
}

TEST(TypeChanges, OfWholeNumbersAreThoseOfTheirRange) {
    EXPECT_EQ(change("int", whole("integer")), TypeChange::None);
    EXPECT_EQ(change("int", whole("int4")), TypeChange::None);
    EXPECT_EQ(change("int unsigned", whole("integer", true)), TypeChange::None);
    EXPECT_EQ(change("int", whole("bigint")), TypeChange::Widened);
    EXPECT_EQ(change("int", whole("integer", true)), TypeChange::Widened);
    EXPECT_EQ(change("int unsigned", whole("bigint")), TypeChange::Widened);
    EXPECT_EQ(change("int", whole("smallint")), TypeChange::Narrowed);
    EXPECT_EQ(change("int unsigned", whole("integer")), TypeChange::Narrowed);
    EXPECT_EQ(change("bigint", whole("int", true)), TypeChange::Narrowed);
    EXPECT_EQ(change("int", whole("year")), TypeChange::None);
}

TEST(TypeChanges, OfAnExpressionsWholeNumberAreNone) {
    DescribedColumn expression = whole("smallint");
    expression.of_table = false;
    EXPECT_EQ(change("bigint", expression), TypeChange::None);
}

TEST(TypeChanges, OfTimesAreThoseOfTheDecimalsThatTheContractWrites) {
    DescribedColumn time{.name = "n", .type = "datetime", .size = 19, .exact = true};
    EXPECT_EQ(change("datetime(6)", time), TypeChange::Narrowed);
    EXPECT_EQ(change("datetime", time), TypeChange::None);
    time.scale = 6;
    EXPECT_EQ(change("datetime(6)", time), TypeChange::None);
    EXPECT_EQ(change("datetime(3)", time), TypeChange::Widened);
    EXPECT_EQ(change("datetime", time), TypeChange::None);
    time.exact = false;
    EXPECT_EQ(change("datetime(3)", time), TypeChange::None);
}

TEST(TypeChanges, OfALengthThatHasGoneUnderTheSameNameIsWiderOnlyInATable) {
    DescribedColumn text{.name = "n", .type = "varchar", .exact = true, .of_table = true};
    EXPECT_EQ(change("varchar(40)", text), TypeChange::Widened);
    text.of_table = false;
    EXPECT_EQ(change("varchar(40)", text), TypeChange::None);
    text.type = "text";
    EXPECT_EQ(change("varchar(40)", text), TypeChange::Widened);
}

TEST(TypeChanges, OfADriverThatSaysDoubleOfExpressionsAreNone) {
    EXPECT_EQ(change("decimal(12,2)", {.name = "n", .type = "double"}), TypeChange::None);
    EXPECT_EQ(change("double", {.name = "n", .type = "decimal", .exact = true}),
              TypeChange::Retyped);
}

TEST(Drift, AColumnThatIsMadeAnewAtTheEndIsRenamed) {
    const Described moved{kSame[0], kSame[2], {"salary", "decimal", 12, 2, true}};
    ASSERT_EQ(changes(moved).size(), 1U);
    EXPECT_EQ(changes(moved)[0].kind, DriftKind::Renamed);
    EXPECT_EQ(changes(moved)[0].action, DriftAction::Stop);
    const Described other{kSame[0], kSame[2], {"salary", "varchar", 12, 0, true}};
    ASSERT_EQ(changes(other).size(), 2U);
    EXPECT_EQ(changes(other)[0].kind, DriftKind::Removed);
    EXPECT_EQ(changes(other)[1].kind, DriftKind::Added);
}

TEST(Drift, AColumnThatADatabaseNamesAsUnknownIsRemovedAndStops) {
    const Mapping loose = mapping("  drift: {removed: ignore}\n");
    const auto found = removed_by_message(loose, "Unknown column 'pay' in 'SELECT'");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, DriftKind::Removed);
    EXPECT_EQ(found[0].action, DriftAction::Stop);
    const base::Faults faults = drift_faults(loose, found[0]);
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].where, "t.map.yaml:7: source.columns.pay");
    EXPECT_EQ(faults[1].where, "t.map.yaml:13: fields.pay");
    EXPECT_EQ(faults[1].what, "reads column pay, which is removed");
    EXPECT_TRUE(removed_by_message(loose, "Unknown column 'other' in 'SELECT'").empty());
}

TEST(Drift, AddedAndRemovedColumnsAreFound) {
    Described more = kSame;
    more.push_back({"extra", "int", 0, 0, true});
    ASSERT_EQ(changes(more).size(), 1U);
    EXPECT_EQ(changes(more)[0].kind, DriftKind::Added);
    EXPECT_EQ(changes(more)[0].action, DriftAction::Warn);
    Described fewer{kSame[0], kSame[2]};
    ASSERT_EQ(changes(fewer).size(), 1U);
    EXPECT_EQ(changes(fewer)[0].kind, DriftKind::Removed);
    EXPECT_EQ(changes(fewer)[0].uses,
              (std::vector<ColumnUse>{{"source.columns.pay", 7}, {"fields.pay", 12}}));
    EXPECT_EQ(changes(more)[0].uses, (std::vector<ColumnUse>{{"source.columns", 5}}));
    EXPECT_EQ(to_text(changes(fewer)[0]),
              "column pay removed: the source no longer has this column (mapping lines 7, 12)");
}

TEST(Drift, NamesTheTypeOfTheContractAndThatOfTheSource) {
    const auto types = [](const Described& described) {
        std::string text;
        for (const DriftChange& change : changes(described)) {
            text += to_string(change.kind) + "(" + change.old_type + ", " + change.new_type + ") ";
        }
        return text;
    };
    Described now = kSame;
    now[0] = {.name = "K", .type = "text", .exact = true, .may_be_null = true};
    EXPECT_EQ(types(now), "widened(varchar(20)!, text) widened(varchar(20)!, varchar(20)) ");
    now = kSame;
    now[1] = {.name = "pay", .type = "decimal", .size = 10, .scale = 2, .exact = true};
    now[2] = {.name = "day", .type = "int", .exact = true, .of_table = true, .is_unsigned = true};
    EXPECT_EQ(types(now),
              "narrowed(decimal(12,2), decimal(10,2)) retyped(datetime, int unsigned) ");
    EXPECT_EQ(types({kSame[0], {"salary", "numeric", 14, 2, true}, kSame[2]}),
              "renamed(decimal(12,2), numeric(14,2)) ");
    EXPECT_EQ(types({kSame[0], kSame[2]}), "removed(decimal(12,2), ) ");
    EXPECT_EQ(types({kSame[0], kSame[1], kSame[2], {"new", "varchar", 9, 0, true}}),
              "added(, varchar(9)) ");
    EXPECT_EQ(removed_by_message(mapping(), "no such column: k")[0].old_type, "varchar(20)!");
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
