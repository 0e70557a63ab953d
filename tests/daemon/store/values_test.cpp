#include <array>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/store/column_type.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using base::Column;
using base::Decimal;
using base::FieldType;
using base::Int128;
using base::Kind;
using base::Value;

constexpr const char* kTable =
    "CREATE TABLE everything (row_no {int}, i {int}, f {bool}, n {decimal(38,10)}, "
    "m {decimal(12,2)}, t {text}, b {bytes}, d {date}, s {timestamp})";

Int128 most_digits() {
    Int128 number = 0;
    for (int i = 0; i < Decimal::kMaxDigits; ++i) {
        number = number * 10 + 9;
    }
    return number;
}

std::vector<Int128> decimals() {
    std::vector<Int128> all{0, 1, -1, 9'999, 10'000, -10'000, 99'999'999, 100'000'000};
    Int128 power = 1;
    for (int digits = 1; digits < Decimal::kMaxDigits; ++digits) {
        power *= 10;
        all.insert(all.end(), {power, -power, power - 1, power + 1});
    }
    const Int128 word = std::numeric_limits<std::int64_t>::max();
    all.insert(all.end(), {word, word + 1, -word - 1, -word - 2, most_digits(), -most_digits()});
    return all;
}

class Values : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        connection_->run_script(render_types(kTable, connection_->dialect()));
    }

    // Each value twice: by the bulk path in row 1, as a parameter in row 2.
    void write(const std::string& name, const FieldType& type, const Value& value) {
        connection_->execute("DELETE FROM everything", {});
        Column number("row_no", FieldType{Kind::Int});
        number.append_word(1);
        Column column(name, type);
        column.append_value(value);
        const std::array<const Column*, 2> columns{&number, &column};
        connection_->bulk_insert("everything", columns);
        connection_->execute("INSERT INTO everything (row_no, " + name + ") VALUES ($1, $2)",
                             {std::int64_t{2}, value});
    }
    void expect_same(const std::string& name, const Value& value) {
        const auto rows =
            connection_->query("SELECT row_no, " + name + " FROM everything ORDER BY row_no", {});
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(rows->value(1), value) << "by the bulk path";
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(rows->value(1), value) << "as a parameter";
    }
};

TEST_P(Values, KeepEveryDecimalTo38Digits) {
    for (const Int128 unscaled : decimals()) {
        const Decimal number(unscaled, 10);
        SCOPED_TRACE(number.to_string());
        write("n", FieldType{Kind::Decimal, 0, 38, 10}, number);

        expect_same("n", number);
    }
}

TEST_P(Values, KeepAnEqualDecimalEqualOnBothPaths) {
    for (const Int128 unscaled : decimals()) {
        const Decimal number(unscaled, 10);
        write("n", FieldType{Kind::Decimal, 0, 38, 10}, number);

        EXPECT_EQ(one("SELECT count(*) FROM everything a JOIN everything b ON a.n = b.n "
                      "WHERE a.row_no = 1 AND b.row_no = 2"),
                  Value{std::int64_t{1}})
            << number.to_string();
    }
}

TEST_P(Values, TellNullEmptyAndTheWordNullApart) {
    const FieldType text{Kind::Text};
    for (const Value& value :
         {Value{base::Null{}}, Value{std::string{}}, Value{std::string("NULL")}}) {
        write("t", text, value);

        expect_same("t", value);
    }
    for (const Value& value : {Value{base::Null{}}, Value{base::Bytes{}}}) {
        write("b", FieldType{Kind::Bytes}, value);

        expect_same("b", value);
    }
}

TEST_P(Values, KeepTextWithQuotesTabsBackslashesAndEveryPlane) {
    const std::string text =
        "'\"\\N\t\r\n\\. $1 {id} \xE5\xBC\xA0\xF0\x9F\x98\x80\xF0\xA0\xAE\xB7 \x01";
    write("t", FieldType{Kind::Text}, text);

    expect_same("t", text);
}

TEST_P(Values, KeepEveryByte) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    write("b", FieldType{Kind::Bytes}, base::Bytes{bytes});

    expect_same("b", base::Bytes{bytes});
}

TEST_P(Values, KeepDatesFarFromTheEpoch) {
    for (const char* text : {"0001-01-01",
                             "1899-12-31",
                             "1969-12-31",
                             "1970-01-01",
                             "1999-12-31",
                             "2000-01-01",
                             "2024-02-29",
                             "9999-12-31"}) {
        const base::Date date = *base::parse_date(text);
        SCOPED_TRACE(text);
        write("d", FieldType{Kind::Date}, date);

        expect_same("d", date);
    }
}

TEST_P(Values, KeepMicrosecondsBeforeAndAfterTheEpoch) {
    for (const char* text : {"0001-01-01 00:00:00.000001Z",
                             "1969-12-31 23:59:59.999999Z",
                             "1999-12-31 23:59:59.999999Z",
                             "9999-12-31 23:59:59.999999Z"}) {
        const base::Timestamp time = *base::parse_timestamp(text);
        SCOPED_TRACE(text);
        write("s", FieldType{Kind::Timestamp}, time);

        expect_same("s", time);
    }
}

TEST_P(Values, KeepTheWholeRangeOfAnInteger) {
    for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(),
                                      std::int64_t{-1},
                                      std::int64_t{0},
                                      std::numeric_limits<std::int64_t>::max()}) {
        write("i", FieldType{Kind::Int}, number);

        expect_same("i", number);
    }
    for (const bool flag : {true, false}) {
        write("f", FieldType{Kind::Bool}, flag);

        expect_same("f", flag);
    }
}

TEST_P(Values, AnUnfinishedReadingDoesNotHinderTheNextStatement) {
    for (int i = 0; i < 5; ++i) {
        connection_->execute("INSERT INTO everything (i) VALUES ($1)", {std::int64_t{i}});
    }
    {
        const auto rows = connection_->query("SELECT i FROM everything", {});
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(connection_->execute("DELETE FROM everything WHERE i = $1", {std::int64_t{4}}),
                  1);
        EXPECT_THROW(rows->next(), std::logic_error);
    }

    EXPECT_EQ(count("everything"), 4);
}

TEST_P(Values, APlaceholderMayStandTwiceAndInAnyOrder) {
    const auto rows =
        connection_->query("SELECT CASE WHEN $2 = 'b' THEN $1 ELSE 'no' END WHERE $1 = 'a'",
                           {std::string("a"), std::string("b")});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "a");
    EXPECT_FALSE(rows->next());
    EXPECT_FALSE(rows->next());
}

INSTANTIATE_TEST_SUITE_P(Stores, Values, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
