#include "migration/rehearsal/key_order.h"

#include <gtest/gtest.h>

namespace hrbridge::rehearsal {
namespace {

using base::Kind;
using store::sql::ScanCell;

ScanCell null() {
    ScanCell cell;
    cell.null = true;
    return cell;
}
ScanCell word(std::int64_t number) {
    ScanCell cell;
    cell.word = number;
    return cell;
}
ScanCell decimal(base::Int128 number) {
    ScanCell cell;
    cell.decimal = number;
    return cell;
}
ScanCell text(std::string_view bytes) {
    ScanCell cell;
    cell.bytes = bytes;
    return cell;
}

bool lies_behind(Kind kind, const ScanCell& first, const ScanCell& second) {
    const std::vector<base::FieldType> types{{kind}};
    KeyOrder order;
    EXPECT_TRUE(order.goes_on(types, std::span(&first, 1)));
    return order.goes_on(types, std::span(&second, 1));
}

void expect_order(Kind kind, const ScanCell& less, const ScanCell& greater) {
    EXPECT_TRUE(lies_behind(kind, less, greater));
    EXPECT_FALSE(lies_behind(kind, greater, less));
    EXPECT_FALSE(lies_behind(kind, less, less));
    EXPECT_TRUE(lies_behind(kind, null(), less));
    EXPECT_FALSE(lies_behind(kind, less, null()));
}

TEST(KeyOrder, GoesByEachKindsOwnOrderWithNullFirst) {
    expect_order(Kind::Int, word(-5), word(3));
    expect_order(Kind::Bool, word(0), word(1));
    expect_order(Kind::Date, word(-700), word(-699));
    expect_order(Kind::Timestamp, word(-1), word(0));
    expect_order(Kind::Decimal, decimal(-1), decimal(base::Int128{1} << 100U));
    expect_order(Kind::Text, text("a"), text("aa"));
    expect_order(Kind::Text, text("Z"), text("a"));
    expect_order(Kind::Text, text("a"), text("张"));
    expect_order(Kind::Bytes, text(std::string_view("\0", 1)), text("\xff"));
    EXPECT_FALSE(lies_behind(Kind::Int, null(), null()));
}

TEST(KeyOrder, GoesByTheFirstPartThatDiffers) {
    const std::vector<base::FieldType> types{{Kind::Text}, {Kind::Date}};
    KeyOrder order;
    std::string passing = "E1";  // what a scan lends for a row only
    const auto next = [&](const char* number, std::int64_t day) {
        passing = number;
        const std::vector<ScanCell> key{text(passing), word(day)};
        return order.goes_on(types, key);
    };
    EXPECT_TRUE(next("E1", 5));
    EXPECT_TRUE(next("E1", 6));
    EXPECT_TRUE(next("E2", 1));
    EXPECT_FALSE(next("E2", 1));
    EXPECT_FALSE(next("E1", 9));
    EXPECT_TRUE(next("E1", 10));
}

}  // namespace
}  // namespace hrbridge::rehearsal
