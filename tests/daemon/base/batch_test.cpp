#include "daemon/base/batch.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

const Date kDay = parse_date("2024-02-29").value();
const Timestamp kInstant = parse_timestamp("2024-05-06 07:08:09.000001Z").value();

struct Sample {
    FieldType type;
    Value value;
};

std::vector<Sample> samples() {
    return {{{Kind::Int}, std::int64_t{-7}},
            {{Kind::Bool}, true},
            {{Kind::Decimal, 0, 12, 2}, Decimal(-1250, 2)},
            {{Kind::Text, 20}, std::string("李雷")},
            {{Kind::Bytes}, Bytes{std::string("\0\xFF", 2)}},
            {{Kind::Date}, kDay},
            {{Kind::Timestamp}, kInstant}};
}

Batch batch_of(std::size_t rows) {
    Batch batch;
    batch.columns = {Column("n", {Kind::Int}),
                     Column("text", {Kind::Text}),
                     Column("d", {Kind::Decimal, 0, 10, 1})};
    for (std::size_t row = 0; row < rows; ++row) {
        const auto number = static_cast<std::int64_t>(row);
        batch.columns[0].append_word(number);
        if (row % 3 == 0) {
            batch.columns[1].append_null();
            batch.columns[2].append_null();
        } else {
            batch.columns[1].append_bytes(std::string(row % 5, 'x') + std::to_string(row));
            batch.columns[2].append_decimal(number * 10);
        }
        RowHash hash;
        hash.bytes[0] = static_cast<std::uint8_t>(row);
        batch.hashes.push_back(hash);
        batch.source_rows.push_back(static_cast<std::uint32_t>(row * 2));
    }
    return batch;
}

TEST(Column, GivesBackValuesOfEveryKind) {
    for (const Sample& sample : samples()) {
        Column column("c", sample.type);
        column.append_null();
        column.append_value(sample.value);
        column.append_value(Null{});
        ASSERT_EQ(column.rows(), 3U);
        EXPECT_TRUE(column.is_null(0)) << to_string(sample.type);
        EXPECT_FALSE(column.is_null(1)) << to_string(sample.type);
        EXPECT_EQ(column.value(1), sample.value) << to_string(sample.type);
        EXPECT_EQ(column.value(2), Value(Null{})) << to_string(sample.type);
    }
}

TEST(Column, RefusesAValueOfAnotherKind) {
    for (const Sample& type : samples()) {
        for (const Sample& other : samples()) {
            Column column("c", type.type);
            if (type.type == other.type) {
                EXPECT_NO_THROW(column.append_value(other.value));
            } else {
                EXPECT_THROW(column.append_value(other.value), std::logic_error);
                EXPECT_EQ(column.rows(), 0U);
            }
        }
    }
}

TEST(Column, BringsADecimalToItsScaleOrRefuses) {
    Column column("pay", {Kind::Decimal, 0, 12, 2});
    column.append_value(Decimal(5, 0));
    EXPECT_TRUE(column.decimal(0) == 500);
    EXPECT_THROW(column.append_value(Decimal(1234, 3)), std::logic_error);
}

TEST(Column, ReadsNullsAsZeroAndEmpty) {
    const Batch batch = batch_of(1);
    EXPECT_EQ(batch.columns[1].bytes(0), "");
    EXPECT_TRUE(batch.columns[2].decimal(0) == 0);
    EXPECT_TRUE(batch.columns[1].is_null(0));
}

TEST(Column, TellsEmptyTextFromNull) {
    Column column("c", {Kind::Text});
    column.append_bytes("");
    column.append_null();
    EXPECT_FALSE(column.is_null(0));
    EXPECT_TRUE(column.is_null(1));
}

TEST(Column, KeepsValidityBeyondOneWord) {
    const Batch batch = batch_of(200);
    for (std::size_t row = 0; row < 200; ++row) {
        EXPECT_EQ(batch.columns[1].is_null(row), row % 3 == 0) << row;
    }
}

TEST(Column, CanBeFilledAgainAfterClear) {
    Column column("c", {Kind::Text});
    column.append_null();
    column.append_bytes("old");
    column.clear();
    EXPECT_EQ(column.rows(), 0U);
    column.append_bytes("new");
    EXPECT_EQ(column.bytes(0), "new");
    EXPECT_FALSE(column.is_null(0));
}

TEST(Batch, RetainsExactlyTheRowsToKeep) {
    constexpr std::size_t kRows = 150;
    const Batch before = batch_of(kRows);
    Batch batch = batch_of(kRows);
    std::vector<std::uint8_t> keep(kRows);
    std::vector<std::size_t> kept;
    for (std::size_t row = 0; row < kRows; ++row) {
        keep[row] = row % 7 == 0 || row == kRows - 1 || row == 64 ? 1 : 0;
        if (keep[row] != 0) {
            kept.push_back(row);
        }
    }
    batch.retain(keep);
    ASSERT_EQ(batch.rows(), kept.size());
    ASSERT_EQ(batch.hashes.size(), kept.size());
    for (std::size_t row = 0; row < kept.size(); ++row) {
        for (std::size_t column = 0; column < batch.columns.size(); ++column) {
            EXPECT_EQ(batch.columns[column].value(row), before.columns[column].value(kept[row]));
        }
        EXPECT_EQ(batch.hashes[row], before.hashes[kept[row]]);
        EXPECT_EQ(batch.source_rows[row], before.source_rows[kept[row]]);
    }
    batch.columns[1].append_bytes("behind");
    EXPECT_EQ(batch.columns[1].bytes(kept.size()), "behind");
}

TEST(Batch, RetainsNothingOrEverything) {
    Batch batch = batch_of(70);
    batch.retain(std::vector<std::uint8_t>(70, 1));
    EXPECT_EQ(batch.rows(), 70U);
    EXPECT_EQ(batch.columns[1].value(69), batch_of(70).columns[1].value(69));
    batch.retain(std::vector<std::uint8_t>(70, 0));
    EXPECT_EQ(batch.rows(), 0U);
    EXPECT_TRUE(batch.hashes.empty());
}

TEST(Batch, RefusesAFilterOfAnotherSize) {
    Batch batch = batch_of(5);
    EXPECT_THROW(batch.retain({1, 1}), std::logic_error);
}

TEST(Batch, FindsAColumnByName) {
    const Batch batch = batch_of(1);
    EXPECT_EQ(batch.find("text"), &batch.columns[1]);
    EXPECT_EQ(batch.find("Text"), nullptr);
    EXPECT_EQ(Batch().rows(), 0U);
}

TEST(Batch, GrowsByAboutTheBytesOfItsRows) {
    Batch batch = batch_of(10);
    const std::size_t before = batch.byte_size();
    batch.columns[1].append_bytes(std::string(5000, 'x'));
    EXPECT_GE(batch.byte_size(), before + 5000);
    EXPECT_LE(batch.byte_size(), before + 5100);
    batch.clear();
    EXPECT_EQ(batch.byte_size(), 0U);
    EXPECT_EQ(batch.columns.size(), 3U);
}

}  // namespace
}  // namespace hrbridge::base
