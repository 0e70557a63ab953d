#include "mappings/engine/mapper.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/mappings/engine/map_rows.h"

namespace hrbridge::engine {
namespace {

using testing_support::Cells;
using testing_support::kToday;
using testing_support::map_rows;
using testing_support::Mapped;
using testing_support::mapping_with;

// One field `f` from column `a`; columns b and c stand beside it.
struct Case {
    const char* name;
    const char* field;                // YAML of the field without from and id
    std::optional<std::string> cell;  // nullopt: NULL
    const char* gives;                // the value, "NULL", or "!" and words of the reject's reason
};

class FieldCase : public testing::TestWithParam<Case> {};

TEST_P(FieldCase, GivesItsValueOrItsReason) {
    const Case& c = GetParam();
    const Mapped mapped =
        map_rows(mapping_with(std::string("  f: {from: a, id: F02, ") + c.field + "}\n"),
                 {{c.cell, "B", std::nullopt}});
    const std::string expected = c.gives;
    if (expected.front() == '!') {
        ASSERT_EQ(mapped.rejects.size(), 1U) << mapped.value(0, "f");
        EXPECT_EQ(mapped.rejects[0].rule, "F02");
        EXPECT_NE(mapped.rejects[0].reason.find(expected.substr(1)), std::string::npos)
            << mapped.rejects[0].reason;
    } else {
        ASSERT_TRUE(mapped.rejects.empty()) << mapped.rejects[0].reason;
        EXPECT_EQ(mapped.value(0, "f"), expected);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Steps,
    FieldCase,
    testing::Values(
        Case{"Trim", "do: [trim], type: text", " \t x y\xE3\x80\x80\xC2\xA0", "x y"},
        Case{"TrimLeft", "do: [trim_left], type: text", " x ", "x "},
        Case{"TrimRight", "do: [trim_right], type: text", " x ", " x"},
        Case{"CollapseBlanks", "do: [collapse_blanks], type: text", "a  \xE3\x80\x80 b", "a b"},
        Case{"Upper", "do: [upper], type: text", "abé张", "ABÉ张"},
        Case{"Lower", "do: [lower], type: text", "ABÉ张", "abé张"},
        Case{"Nfc", "do: [nfc], type: text", "e\xCC\x81", "é"},
        Case{"HalfWidth",
             "do: [half_width], type: text",
             "ＡＢ１２～（张）\xE3\x80\x80",
             "AB12~(张) "},
        Case{"DigitsOnly", "do: [digits_only], type: text", "+86 138-0013", "861380013"},
        Case{"StripPrefix", "do: ['strip_prefix AB'], type: text", "AB1AB", "1AB"},
        Case{"StripSuffix", "do: ['strip_suffix AB'], type: text", "AB1AB", "AB1"},
        Case{"PadLeft", "do: ['pad_left 6 0'], type: text", "42", "000042"},
        Case{"PadLeftLong", "do: ['pad_left 2 0'], type: text", "123", "123"},
        Case{"Substring", "do: ['substring 2 2'], type: text", "张三丰李", "三丰"},
        Case{"SubstringPastEnd", "do: ['substring 5 2'], type: text", "张三", ""},
        Case{"Replace", "do: ['replace \"a b\" \"\"'], type: text", "xa bya b", "xy"},
        Case{"Concat", "do: ['concat - b'], type: text", "A", "A-B"},
        Case{"ConcatNull", "do: ['concat - b c'], type: text, opt: true", "A", "NULL"},
        Case{"FirstOf", "do: ['first_of c b'], type: text", std::nullopt, "B"},
        Case{"FirstOfKeeps", "do: ['first_of b'], type: text", "A", "A"},
        Case{"EmptyToNull", "do: [empty_to_null], type: text, opt: true", "", "NULL"},
        Case{"EmptyStays", "type: text", "", ""},
        Case{"NullIf", "do: ['null_if 0 -'], type: text, opt: true", "-", "NULL"},
        Case{"Default", "do: ['default none'], type: text", std::nullopt, "none"},
        Case{"DateOnly", "do: [date_only], type: date", "2024-05-06 23:59:59.123", "2024-05-06"},
        Case{"DateOnlyOfInstant",
             "do: [date_only], type: date",
             "2024-05-06T23:30:00Z",
             "2024-05-07"},
        Case{"ParseDate",
             "do: ['parse_date YYYY年M月D日'], type: date",
             "2024年5月6日",
             "2024-05-06"},
        Case{"ParseTime",
             "do: ['parse_date \"YYYYMMDD hhmmss\"'], type: timestamp",
             "20240506 070809",
             "2024-05-05 23:08:09Z"},
        Case{"ParseDateWrong", "do: ['parse_date YYYYMMDD'], type: date", "2024-5-6", "!format"},
        Case{"ParseDateMissingDay",
             "do: ['parse_date YYYYMMDD'], type: date",
             "20230229",
             "!does not exist"},
        Case{"UnixSeconds",
             "do: [unix_seconds], type: timestamp",
             "1714949329",
             "2024-05-05 22:48:49Z"},
        Case{"UnixMilliseconds",
             "do: [unix_milliseconds], type: timestamp",
             "1714949329123",
             "2024-05-05 22:48:49.123000Z"},
        Case{"UnixSecondsAsDay",
             "do: [unix_seconds, date_only], type: date",
             "1714949329",
             "2024-05-06"},
        Case{"UnixSecondsWrong", "do: [unix_seconds], type: timestamp", "1e9", "!whole number"},
        Case{"Exact", "do: [exact], type: 'decimal(12,2)'", "-12.5", "-12.50"},
        Case{"ExactExponent", "do: [exact], type: 'decimal(12,2)'", "1.25E1", "!exact"},
        Case{"ScaleDown", "do: ['scale_by -2'], type: 'decimal(12,2)'", "1234", "12.34"},
        Case{"ScaleUp", "do: ['scale_by 3'], type: int", "1.5", "1500"},
        Case{"ClockToMinutes", "do: [clock_to_minutes], type: int", "7:05", "425"},
        Case{"ClockToMinutesWrong", "do: [clock_to_minutes], type: int", "24:01", "!24:00"},
        Case{"CnIdBirth", "do: [cn_id_birth], type: date", "11010519491231002X", "1949-12-31"},
        Case{"CnIdBirthWrong",
             "do: [cn_id_birth], type: date",
             "110105194912310021",
             "!check digit"},
        Case{"CnIdGender", "do: [cn_id_gender], type: code", "11010519491231002X", "female"}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Types,
    FieldCase,
    testing::Values(
        Case{"Int", "type: int", "-42", "-42"},
        Case{"IntPlus", "type: int", "+42", "42"},
        Case{"IntOfWholeDecimal", "type: int", "42.00", "42"},
        Case{"IntWithDecimals", "type: int", "42.5", "!decimals"},
        Case{"IntTooLarge", "type: int", "9223372036854775808", "!64 bits"},
        Case{"IntLeast", "type: int", "-9223372036854775808", "-9223372036854775808"},
        Case{"IntEmpty", "type: int", "", "!whole number"},
        Case{"IntBlank", "type: int", " 1", "!whole number"},
        Case{"BoolOne", "type: bool", "1", "true"},
        Case{"BoolFalse", "type: bool", "FALSE", "false"},
        Case{"BoolOther", "type: bool", "yes", "!bool"},
        Case{"TextLength", "type: text(2)", "张三", "张三"},
        Case{"TextTooLong", "type: text(2)", "张三丰", "!longer"},
        Case{"Decimal", "type: 'decimal(5,2)'", "123.4", "123.40"},
        Case{"DecimalNeverRounded", "type: 'decimal(5,2)'", "1.005", "!nothing is rounded"},
        Case{"DecimalZeros", "type: 'decimal(5,2)'", "1.00000", "1.00"},
        Case{"DecimalTooWide", "type: 'decimal(5,2)'", "1234.00", "!more digits"},
        Case{"DecimalWidest",
             "type: 'decimal(38,0)'",
             "99999999999999999999999999999999999999",
             "99999999999999999999999999999999999999"},
        Case{"DecimalNoNumber", "type: 'decimal(5,2)'", "1,5", "!no decimal number"},
        Case{"DecimalLonePoint", "type: 'decimal(5,2)'", ".", "!no decimal number"},
        Case{"Date", "type: date", "2024-02-29", "2024-02-29"},
        Case{"DateMissing", "type: date", "2023-02-29", "!does not exist"},
        Case{"DateInAnotherForm", "type: date", "28.02.2023", "!no date"},
        Case{"DateWithTime", "type: date", "2024-02-29 00:00:00", "!date_only"},
        Case{"DateZero", "type: date", "0000-00-00", "!null_if"},
        Case{"DateZeroAsNull",
             "do: ['null_if 0000-00-00'], type: date, opt: true",
             "0000-00-00",
             "NULL"},
        Case{"Timestamp", "type: timestamp", "2024-05-06 07:08:09", "2024-05-05 23:08:09Z"},
        Case{"TimestampParts",
             "type: timestamp",
             "2024-05-06T07:08:09.25",
             "2024-05-05 23:08:09.250000Z"},
        Case{"TimestampZone",
             "type: timestamp",
             "2024-05-06 07:08:09+02:00",
             "2024-05-06 05:08:09Z"},
        Case{"TimestampSummertime",
             "type: timestamp",
             "1988-07-01 12:00:00",
             "1988-07-01 03:00:00Z"},
        Case{"TimestampWrong", "type: timestamp", "2024-05-06 24:08:09", "!no time"},
        Case{"TimestampZero", "type: timestamp", "0000-00-00 00:00:00", "!null_if"},
        Case{"RequiredNull", "type: text", std::nullopt, "!NULL"},
        Case{"OptionalNull", "type: text, opt: true", std::nullopt, "NULL"}),
    [](const auto& each) { return std::string(each.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Rules,
    FieldCase,
    testing::Values(
        Case{"Match", "match: '^[A-Z]{2}\\d{6}$', type: text", "AB000123", "AB000123"},
        Case{"MatchNot", "match: '^[A-Z]{2}\\d{6}$', type: text", "AB00012", "!does not match"},
        Case{"MatchWholeText", "match: '\\d+', type: text", "12a", "!does not match"},
        Case{"MatchWideDigits", "match: '\\d+', type: text", "１２", "!does not match"},
        Case{"MatchByIcu", "match: '(甲|乙)\\d', type: text", "乙1", "乙1"},
        Case{"MatchEndlessBacktracking",
             "match: '(a|aa)+$', type: text",
             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
             "!does not match"},
        Case{"RangeLow", "range: [1, 10], type: int", "0", "!below 1"},
        Case{"RangeHigh", "range: [1, 10.5], type: 'decimal(4,1)'", "10.6", "!above 10.5"},
        Case{"RangeOpen", "range: ['', 10], type: int", "-5", "-5"},
        Case{"RangeToday", "range: [today-16y, today+60d], type: date", "2024-07-05", "2024-07-05"},
        Case{"RangeTodayOver",
             "range: [today-16y, today+60d], type: date",
             "2024-07-06",
             "!above today+60d"},
        Case{"RangeOfTimeIsTheWholeDay",
             "range: [today, today], type: timestamp",
             "2024-05-06 23:59:59",
             "2024-05-06 15:59:59Z"},
        Case{"OneOf", "one_of: [in, out], type: text", "in", "in"},
        Case{"OneOfNot", "one_of: [in, out], type: text", "up", "!one_of"},
        Case{"Codes", "map: {'1': male, '2': female}, type: code", "2", "female"},
        Case{"CodesUnknown", "map: {'1': male}, type: code", "9", "!code list"},
        Case{"CodesUnknownAsNull",
             "map: {'1': male}, else: null, opt: true, type: code",
             "9",
             "NULL"},
        Case{"CodesAfterSteps", "do: [trim], map: {'1': male}, type: code", " 1 ", "male"},
        Case{"IdCardTurnsXUp",
             "check: cn_id_card, type: text(18)",
             "11010519491231002x",
             "11010519491231002X"},
        Case{"NotFuture", "check: not_future, type: date", "2024-05-07", "!future"},
        Case{"NotWeekend", "check: not_weekend, type: date", "2024-05-05", "!Sunday"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Mapper, ReasonsShowAValueButNeverAPersonalOne) {
    const Cells rows{{"13x", "B", std::nullopt}};
    const Mapped plain = map_rows(mapping_with("  f: {from: a, id: F02, type: int}\n"), rows);
    EXPECT_NE(plain.rejects.at(0).reason.find("13x"), std::string::npos);
    for (const char* pii : {"name", "high"}) {
        for (const char* rule : {"type: int",
                                 "type: text(1)",
                                 "type: text, match: '\\d+'",
                                 "type: text, one_of: [q]",
                                 "type: code, map: {q: q}",
                                 "type: date, do: [date_only]",
                                 "type: date, do: ['parse_date YYYYMMDD']"}) {
            const Mapped hidden =
                map_rows(mapping_with(std::string("  f: {from: a, id: F02, pii: ") + pii + ", " +
                                      rule + "}\n"),
                         rows);
            ASSERT_EQ(hidden.rejects.size(), 1U) << rule;
            EXPECT_EQ(hidden.rejects[0].reason.find("13x"), std::string::npos) << rule;
        }
    }
}

TEST(Mapper, TheFirstFailingFieldIsTheRule) {
    const Mapped mapped = map_rows(
        mapping_with("  f: {from: a, id: F02, type: int}\n  g: {from: b, id: F03, type: int}\n"),
        {{"x", "y", std::nullopt}, {"1", "y", std::nullopt}, {"1", "2", std::nullopt}});
    ASSERT_EQ(mapped.rejects.size(), 2U);
    EXPECT_EQ(mapped.rejects[0].rule, "F02");
    EXPECT_EQ(mapped.rejects[0].row, 0U);
    EXPECT_EQ(mapped.rejects[1].rule, "F03");
    EXPECT_EQ(mapped.source_rows, (std::vector<std::uint32_t>{2}));
    EXPECT_EQ(mapped.value(0, "g"), "2");
}

TEST(Mapper, AbsentIsNotNull) {
    Mapped mapped =
        map_rows(mapping_with("  f: {from: a, id: F02, type: text}\n"), {{"x", "B", "C"}}, {0});
    ASSERT_EQ(mapped.rejects.size(), 1U);
    EXPECT_NE(mapped.rejects[0].reason.find("missing"), std::string::npos);
}

TEST(Mapper, CountsWhatStepsChangedOnly) {
    const Mapped mapped =
        map_rows(mapping_with("  f: {from: a, id: F02, do: [trim, upper], type: text}\n"),
                 {{" a", "", ""}, {"A", "", ""}, {"A ", "", ""}});
    EXPECT_EQ(mapped.counts.changed.at("F02.trim"), 2);
    EXPECT_EQ(mapped.counts.changed.at("F02.upper"), 1);
    EXPECT_EQ(mapped.counts.rows, 3);
}

TEST(Mapper, RejectsUndecodableBytesWithColumnAndOffset) {
    const Mapped mapped =
        map_rows(mapping_with("  f: {from: a, id: F02, type: text}\n"), {{"ok\xFF", "", ""}});
    ASSERT_EQ(mapped.rejects.size(), 1U);
    EXPECT_EQ(mapped.rejects[0].rule, "decode");
    EXPECT_NE(mapped.rejects[0].reason.find("column a"), std::string::npos);
    EXPECT_NE(mapped.rejects[0].reason.find("offset 2"), std::string::npos);
}

TEST(Mapper, HashesStoredFieldsOnlyInFieldOrder) {
    const Cells rows{{"1", "2", "3"}};
    const Mapped one = map_rows(mapping_with("  f: {from: a, id: F02, type: int}\n  g: {from: b, "
                                             "id: F03, type: int, store: false}\n"),
                                rows);
    const Mapped other = map_rows(mapping_with("  f: {from: a, id: F02, type: int}\n"), rows);
    EXPECT_EQ(one.hashes, other.hashes);
    base::RowHasher hasher;
    hasher.add_text("K0");
    hasher.add_int(1);
    EXPECT_EQ(one.hashes.at(0), hasher.finish());
}

TEST(Mapper, TellsWhenTheSourceChangedEachRowThatPassed) {
    Mapping mapping = mapping_with("  f: {from: b, id: F02, type: int}\n");
    mapping.sync.window_by = "a";
    const Mapped mapped = map_rows(mapping,
                                   {{"2024-05-06 07:08:09.5", "1", ""},
                                    {"2024-05-06 07:08:09", "no number", ""},
                                    {"2024-05-06 07:08:09", "2", ""},
                                    {std::nullopt, "3", ""},
                                    {"1714950489", "4", ""}});
    ASSERT_EQ(mapped.times.size(), 4U);
    EXPECT_EQ(mapped.times[0] - mapped.times[1], 500'000);
    EXPECT_LT(mapped.times[2], mapped.times[3]);
    EXPECT_EQ(mapped.times[3], 1'714'950'489);
}

TEST(Mapper, SaysWhichColumnTheSourceLacks) {
    const Mapping mapping = mapping_with("  f: {from: a, id: F02, type: int}\n");
    const auto mapper = Mapper::make(mapping, {{"k", "varchar", 20, 0, false}}, kToday);
    ASSERT_FALSE(mapper);
    EXPECT_NE(mapper.fault().what.find("no column a"), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::engine
