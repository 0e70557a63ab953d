#include "daemon/base/value.h"

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(FieldType, IsWrittenAsInMappings) {
    EXPECT_EQ(to_string(FieldType{Kind::Int}), "int");
    EXPECT_EQ(to_string(FieldType{Kind::Bool}), "bool");
    EXPECT_EQ(to_string(FieldType{Kind::Text}), "text");
    EXPECT_EQ(to_string(FieldType{Kind::Text, 20}), "text(20)");
    EXPECT_EQ(to_string(FieldType{Kind::Decimal, 0, 12, 2}), "decimal(12,2)");
    EXPECT_EQ(to_string(FieldType{Kind::Date}), "date");
    EXPECT_EQ(to_string(FieldType{Kind::Timestamp}), "timestamp");
    EXPECT_EQ(to_string(FieldType{Kind::Bytes}), "bytes");
}

TEST(Value, IsShownForPeople) {
    EXPECT_EQ(to_string(Value(Null{})), "NULL");
    EXPECT_EQ(to_string(Value(std::int64_t{-7})), "-7");
    EXPECT_EQ(to_string(Value(true)), "true");
    EXPECT_EQ(to_string(Value(Decimal(-1250, 2))), "-12.50");
    EXPECT_EQ(to_string(Value(std::string("李雷"))), "李雷");
    EXPECT_EQ(to_string(Value(Bytes{std::string("\x00\xAB", 2)})), "00ab");
    EXPECT_EQ(to_string(Value(parse_date("2024-02-29").value())), "2024-02-29");
    EXPECT_EQ(to_string(Value(parse_timestamp("2024-05-06 07:08Z").value())),
              "2024-05-06 07:08:00Z");
}

TEST(Value, TellsNullFromEmptyText) {
    EXPECT_NE(Value(Null{}), Value(std::string()));
    EXPECT_NE(Value(Bytes{"a"}), Value(std::string("a")));
}

}  // namespace
}  // namespace hrbridge::base
