#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hrbridge::file {

// What a number's format makes of it.
enum class NumberKind : std::uint8_t { Number, Date, Time, DateTime, Elapsed };

// The text of a value, or why there is none.
struct CellText {
    std::string text;
    std::string problem;  // for people; nothing of the value
};

// By a built-in format's number (ECMA-376 part 1, 18.8.30, with the Chinese ones); Number for those
// that are none.
NumberKind built_in_kind(std::uint32_t format);
// By a custom format's code, whose first section counts.
NumberKind kind_of_format(std::string_view code);

// A number of a numeric cell, written in the XML as the shortest or a 17-digit form of a double, in
// plain decimals. Excel keeps 15 digits: a number that has more before its point, or that is not
// the double of one with 15, has lost some, and is a problem.
CellText number_text(std::string_view xml);
// The day and time that a serial number means: "YYYY-MM-DD", "HH:MM:SS" or both, with ".mmm" where
// there are milliseconds; of Elapsed the hours may exceed 24. Days count from 1900, with the 29th
// of February 1900 that was none (a problem), or from 1904.
CellText serial_text(std::string_view xml, NumberKind kind, bool from_1904);
// A string of the XML with its _xHHHH_ escapes undone (ST_Xstring).
std::string unescaped(std::string text);
// "AB12" gives row 12 and column 27 (from 0); false when it is no cell.
bool parse_reference(std::string_view text, std::uint64_t& row, std::uint32_t& column);

}  // namespace hrbridge::file
