#include "connectors/file/xlsx_cell.h"

#include <gmock/gmock.h>

#include "connectors/file/xlsx_strings.h"

namespace hrbridge::file {
namespace {

using testing::HasSubstr;

TEST(XlsxNumber, StaysAsItIsWritten) {
    for (const char* text : {"0", "7", "-7", "1.50", "123456789012345", "0.000000123", "12.00"}) {
        EXPECT_EQ(number_text(text).text, text);
        EXPECT_EQ(number_text(text).problem, "");
    }
}

TEST(XlsxNumber, WithAnExponentIsWrittenOut) {
    EXPECT_EQ(number_text("1E-7").text, "0.0000001");
    EXPECT_EQ(number_text("1.25E+3").text, "1250");
    EXPECT_EQ(number_text("-1.5e2").text, "-150");
    EXPECT_EQ(number_text("1.234567E2").text, "123.4567");
    EXPECT_EQ(number_text("0E5").text, "0");
}

// Excel writes doubles with 17 digits: the value that a person entered and sees has 15.
TEST(XlsxNumber, OfADoublesSeventeenDigitsHasThoseThatWereEntered) {
    EXPECT_EQ(number_text("1.1000000000000001").text, "1.1");
    EXPECT_EQ(number_text("0.10000000000000001").text, "0.1");
    EXPECT_EQ(number_text("1234.5599999999999").text, "1234.56");
    EXPECT_EQ(number_text("-8.3000000000000007").text, "-8.3");
    EXPECT_EQ(number_text("9.9999999999999995E-8").text, "0.0000001");
}

TEST(XlsxNumber, ThatLostDigitsIsAProblem) {
    for (const char* text : {"1.1010119900307E+17",
                             "110101199003070000",
                             "1234567890123456",
                             "1E+15",
                             "0.30000000000000004",
                             "1234567.1234567890"}) {
        EXPECT_THAT(number_text(text).problem, HasSubstr("more than 15 digits")) << text;
    }
    EXPECT_EQ(number_text("999999999999999").text, "999999999999999");
}

TEST(XlsxNumber, ThatIsNoneIsAProblem) {
    for (const char* text :
         {"", "-", ".", "1.2.3", "x", "1e", "1E999", "0x10", "1 ", "NaN", "INF"}) {
        EXPECT_NE(number_text(text).problem, "") << text;
    }
}

std::string at_1900(const char* serial, NumberKind kind = NumberKind::DateTime) {
    const CellText text = serial_text(serial, kind, false);
    return text.problem.empty() ? text.text : "problem";
}

TEST(XlsxSerial, CountsDaysFrom1900WithTheLeapDayThatWasNone) {
    EXPECT_EQ(at_1900("1", NumberKind::Date), "1900-01-01");
    EXPECT_EQ(at_1900("59", NumberKind::Date), "1900-02-28");
    EXPECT_EQ(at_1900("60", NumberKind::Date), "problem");
    EXPECT_EQ(at_1900("60.5"), "problem");
    EXPECT_EQ(at_1900("61", NumberKind::Date), "1900-03-01");
    EXPECT_EQ(at_1900("45418", NumberKind::Date), "2024-05-06");
    EXPECT_EQ(at_1900("2958465", NumberKind::Date), "9999-12-31");
    EXPECT_EQ(at_1900("2958466", NumberKind::Date), "problem");
    EXPECT_EQ(at_1900("0", NumberKind::Date), "problem");
    EXPECT_EQ(at_1900("-1", NumberKind::Date), "problem");
    EXPECT_EQ(at_1900("x", NumberKind::Date), "problem");
}

TEST(XlsxSerial, CountsDaysFrom1904WhereTheWorkbookSaysSo) {
    EXPECT_EQ(serial_text("0", NumberKind::Date, true).text, "1904-01-01");
    EXPECT_EQ(serial_text("43956", NumberKind::Date, true).text, "2024-05-06");
    EXPECT_EQ(serial_text("60", NumberKind::Date, true).text, "1904-03-01");
}

TEST(XlsxSerial, HasItsTimeToTheMillisecond) {
    EXPECT_EQ(at_1900("45418.333333333336"), "2024-05-06 08:00:00");
    EXPECT_EQ(at_1900("45418.333333333336", NumberKind::Date), "2024-05-06 08:00:00");
    EXPECT_EQ(at_1900("45418", NumberKind::DateTime), "2024-05-06 00:00:00");
    EXPECT_EQ(at_1900("45418.999999999"), "2024-05-07 00:00:00");
    EXPECT_EQ(at_1900("45418.50000141204"), "2024-05-06 12:00:00.122");
    EXPECT_EQ(at_1900("0.33333333333333331", NumberKind::Time), "08:00:00");
    EXPECT_EQ(at_1900("45418.5", NumberKind::Time), "2024-05-06 12:00:00");
    EXPECT_EQ(at_1900("1.5", NumberKind::Elapsed), "36:00:00");
}

TEST(XlsxFormat, IsADateByItsCode) {
    using enum NumberKind;
    EXPECT_EQ(kind_of_format("yyyy-mm-dd"), Date);
    EXPECT_EQ(kind_of_format("yyyy\"年\"m\"月\"d\"日\";@"), Date);
    EXPECT_EQ(kind_of_format("[$-804]aaaa"), Date);
    EXPECT_EQ(kind_of_format("[$-411]ge.m.d"), Date);
    EXPECT_EQ(kind_of_format("mmm"), Date);
    EXPECT_EQ(kind_of_format("yyyy-mm-dd hh:mm:ss"), DateTime);
    EXPECT_EQ(kind_of_format("h:mm AM/PM"), Time);
    EXPECT_EQ(kind_of_format("mm:ss.0"), Time);
    EXPECT_EQ(kind_of_format("[h]:mm:ss"), Elapsed);
    for (const char* number : {"General",
                               "0.00",
                               "0.00E+00",
                               "#,##0.00;[Red]-#,##0.00",
                               "\"days\" 0",
                               "0\\d",
                               "@",
                               "_-* #,##0_-;d",
                               "[DBNum1]0",
                               "¥#,##0"}) {
        EXPECT_EQ(kind_of_format(number), Number) << number;
    }
    EXPECT_EQ(built_in_kind(14), Date);
    EXPECT_EQ(built_in_kind(22), DateTime);
    EXPECT_EQ(built_in_kind(46), Elapsed);
    EXPECT_EQ(built_in_kind(31), Date);
    EXPECT_EQ(built_in_kind(0), Number);
    EXPECT_EQ(built_in_kind(49), Number);
}

TEST(XlsxText, EscapesAreUndone) {
    EXPECT_EQ(unescaped("a_x000D_b"), "a\rb");
    EXPECT_EQ(unescaped("_x005F_x000D_"), "_x000D_");
    EXPECT_EQ(unescaped("_x5F20_"), "张");
    EXPECT_EQ(unescaped("_xD83D__xDE00_"), "😀");
    for (const char* plain :
         {"_xD83D_", "_xDE00__xD83D_", "_x0000_", "_x12_", "_xGGGG_", "_x", "a_b"}) {
        EXPECT_EQ(unescaped(plain), plain);
    }
}

TEST(XlsxReference, NamesRowAndColumn) {
    std::uint64_t row = 0;
    std::uint32_t column = 0;
    EXPECT_TRUE(parse_reference("A1", row, column));
    EXPECT_EQ(column, 0U);
    EXPECT_TRUE(parse_reference("AB12", row, column));
    EXPECT_EQ(row, 12U);
    EXPECT_EQ(column, 27U);
    EXPECT_TRUE(parse_reference("XFD1048576", row, column));
    EXPECT_EQ(column, 16'383U);
    for (const char* none : {"", "A", "1", "A0", "XFE1", "A1048577", "a1", "A1x", "AAAA1", "A-1"}) {
        EXPECT_FALSE(parse_reference(none, row, column)) << none;
    }
}

TEST(XlsxStrings, AreTheSameInMemoryAndOnDisk) {
    XlsxStrings small(1000);
    XlsxStrings large(1 << 20);
    const auto text = [](int i) {
        return std::string(static_cast<std::size_t>(i % 50), 'x') + std::to_string(i);
    };
    for (int i = 0; i < 2000; ++i) {
        small.add(text(i));
        large.add(text(i));
    }
    small.end();
    large.end();

    EXPECT_TRUE(small.spilled());
    EXPECT_FALSE(large.spilled());
    for (const int i : {0, 1, 49, 50, 999, 1998, 1999}) {
        EXPECT_EQ(small.at(static_cast<std::uint64_t>(i)), text(i));
        EXPECT_EQ(large.at(static_cast<std::uint64_t>(i)), text(i));
    }
}

}  // namespace
}  // namespace hrbridge::file
