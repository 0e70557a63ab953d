#include "connectors/odbc/diagnostics.h"

#include <string>

#include <gmock/gmock.h>

// What errors of drivers tell: never a value of a row, which may be a person's.
namespace hrbridge::odbc {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "110101199003076632";

std::string told(const Diagnostic& record) {
    return make_error("erp", "reading", {record}, base::Secret()).what();
}

// As drivers write them.
const Diagnostic kQuoting[] = {
    {"22018",
     245,
     "Conversion failed when converting the varchar value '110101199003076632' to data type int."},
    {"HY000",
     245,
     "Conversion failed when converting the varchar value '110101199003076632' to data type int."},
    {"42000",
     241,
     "Conversion failed when converting date and/or time from character string "
     "110101199003076632."},
    {"42000", 8114, "Error converting data type varchar 110101199003076632 to numeric."},
    {"42000",
     2628,
     "String or binary data would be truncated. Truncated value: '110101199003076632'."},
    {"23000",
     2627,
     "Violation of UNIQUE KEY constraint. The duplicate key value is (110101199003076632)."},
    {"HY000",
     2601,
     "Cannot insert duplicate key row. The duplicate key value is (110101199003076632)."},
    {"HY000", 1062, "Duplicate entry '110101199003076632' for key 'PRIMARY'"},
    {"HY000",
     1366,
     "Incorrect integer value: '110101199003076632' for column `u8`.`t`.`n` at row 1"},
    {"HY000", 1292, "Truncated incorrect DOUBLE value: '110101199003076632'"},
    {"HY000", 1406, "Data too long for column 'n' at row 1: 110101199003076632"},
    {"HY000", 1690, "BIGINT UNSIGNED value is out of range in '(110101199003076632 - 1)'"},
    {"23505",
     1,
     "ERROR: duplicate key value violates unique constraint \"p_key\"; Key "
     "(id_number)=(110101199003076632) already exists."},
    {"22P02", 1, "ERROR: invalid input syntax for type integer: \"110101199003076632\""},
    {"P0001", 1, "ERROR: refused by a trigger;\nthe row is 110101199003076632"},
    {"P0001",
     1,
     "ERROR: refused by a trigger\nDETAIL: Failing row contains (1, 110101199003076632)."},
    {"P0001",
     1,
     "ERROR: refused by a trigger\nCONTEXT: PL/pgSQL function f('110101199003076632') line 1"},
};

TEST(OdbcError, ShowsNoValueOfARowWhicheverServerQuotesIt) {
    for (const Diagnostic& record : kQuoting) {
        ASSERT_THAT(record.text, HasSubstr(kSecret));
        EXPECT_THAT(told(record), Not(HasSubstr(kSecret)));
        EXPECT_THAT(told(record), HasSubstr("[" + record.code() + "]"));
    }
}

TEST(OdbcError, StillShowsWhatQuotesNoValue) {
    EXPECT_THAT(told({"42S02", 208, "Invalid object name 'hr.person'."}),
                HasSubstr("Invalid object name 'hr.person'."));
    EXPECT_THAT(told({"HY000", 1045, "Access denied for user 'reader'@'10.0.0.1'"}),
                HasSubstr("Access denied for user 'reader'"));
    EXPECT_THAT(told({"P0001", 1, "ERROR: refused by a trigger\nDETAIL: row (1)"}),
                HasSubstr("ERROR: refused by a trigger"));
}

}  // namespace
}  // namespace hrbridge::odbc
