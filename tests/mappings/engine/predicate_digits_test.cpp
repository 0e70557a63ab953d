#include <gtest/gtest.h>

#include "mappings/engine/predicate.h"

namespace hrbridge::engine {
namespace {

using base::FieldType;
using base::Kind;

const std::vector<PredicateColumn> kColumns{{"n", {Kind::Int}},
                                            {"price", FieldType{Kind::Decimal, 0, 12, 2}},
                                            {"rate", FieldType{Kind::Decimal, 0, 9, 4}},
                                            {"full", FieldType{Kind::Decimal, 0, 18, 2}},
                                            {"big", FieldType{Kind::Decimal, 0, 20, 2}},
                                            {"name", {Kind::Text}}};

int digits(const std::string& predicate) {
    const auto parsed = Predicate::parse(predicate, kColumns, "test");
    EXPECT_TRUE(parsed) << predicate << ": " << (parsed ? "" : parsed.fault().what);
    return parsed ? parsed->most_decimal_digits() : -1;
}

TEST(PredicateDigits, AreThoseOfTheWidestDecimal) {
    EXPECT_EQ(digits("name = 'x' AND n > 5"), 0);
    EXPECT_EQ(digits("price > n"), 12);
    EXPECT_EQ(digits("full > 0"), 18);
    EXPECT_EQ(digits("big > 0"), 20);
    EXPECT_EQ(digits("n = 1 OR NOT (n > 2 AND -big > 0)"), 20);
    EXPECT_EQ(digits("price < 12345678901234567890.5"), 22) << "20 before the point, at scale 2";
}

TEST(PredicateDigits, GrowWhereScalesAreAlignedOrNumbersMultiplied) {
    EXPECT_EQ(digits("price > rate"), 14);
    EXPECT_EQ(digits("full > rate"), 20);
    EXPECT_EQ(digits("full = 0.125"), 19);
    EXPECT_EQ(digits("full IN (1, 0.125)"), 19);
    EXPECT_EQ(digits("price + rate > 0"), 14);
    EXPECT_EQ(digits("price * rate > 0"), 21);
    EXPECT_EQ(digits("n * price > 0"), 12);
    EXPECT_EQ(digits("coalesce(full, rate) > 0"), 20);
    EXPECT_EQ(digits("CASE WHEN n > 5 THEN full ELSE rate END > 0"), 20);
    EXPECT_EQ(digits("CASE WHEN big > 5 THEN 1 ELSE 0 END = 1"), 20);
}

}  // namespace
}  // namespace hrbridge::engine
