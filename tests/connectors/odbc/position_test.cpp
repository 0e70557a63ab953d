#include "connectors/odbc/position.h"

#include <gtest/gtest.h>

namespace hrbridge::odbc {
namespace {

Position example() {
    Position position;
    position.key = {{KeyValue::Kind::Number, false, "bigint", "9007199254740993"},
                    {KeyValue::Kind::Text, true, "varchar", std::string("a:b\0张", 7)},
                    {KeyValue::Kind::Null, true, "date", ""},
                    {KeyValue::Kind::Binary, false, "varbinary", "\xFF\n"}};
    position.ties.resize(2);
    position.ties[1].bytes.fill(0xAB);
    return position;
}

TEST(Position, ComesBackFromItsText) {
    const Position position = example();

    EXPECT_EQ(Position::decode(position.encode()), position);
}

TEST(Position, TellsWhetherItsFirstColumnIsTheWindows) {
    Position position = example();
    position.by_watermark = true;

    EXPECT_EQ(Position::decode(position.encode()), position);
    EXPECT_NE(position.encode(), example().encode());
}

TEST(Position, OfRowsComesBackFromItsText) {
    Position position;
    position.rows = 18'446'744'073'709'551'615U;

    EXPECT_EQ(position.encode(), "r1:18446744073709551615");
    EXPECT_EQ(Position::decode(position.encode()), position);
}

TEST(Position, KeepsKeysApartThatCollideWhenJoined) {
    Position left;
    left.key = {{KeyValue::Kind::Text, false, "t", "ab"}, {KeyValue::Kind::Text, false, "t", "c"}};
    Position right;
    right.key = {{KeyValue::Kind::Text, false, "t", "a"}, {KeyValue::Kind::Text, false, "t", "bc"}};

    EXPECT_NE(left.encode(), right.encode());
}

TEST(Position, IsRefusedWhenItsTextWasCutOrIsAnothers) {
    const std::string text = example().encode();

    EXPECT_FALSE(Position::decode(""));
    EXPECT_FALSE(Position::decode("{\"offset\": 5}"));
    EXPECT_FALSE(Position::decode("r1:-5"));
    EXPECT_FALSE(Position::decode("k1:"));
    for (std::size_t size = 4; size + 4 < text.size(); size += 4) {
        const auto cut = Position::decode(text.substr(0, size));
        EXPECT_TRUE(!cut || *cut != example()) << size;
    }
}

TEST(Position, NeverGivesANumberThatCouldBeOtherSql) {
    Position hostile;
    hostile.key = {{KeyValue::Kind::Number, false, "bigint", "1 OR 1=1"}};

    EXPECT_FALSE(Position::decode(hostile.encode()));
    EXPECT_TRUE(is_number("-12.50"));
    EXPECT_FALSE(is_number("1e5"));
    EXPECT_FALSE(is_number("-"));
    EXPECT_FALSE(is_number("1."));
    EXPECT_FALSE(is_number(""));
}

}  // namespace
}  // namespace hrbridge::odbc
