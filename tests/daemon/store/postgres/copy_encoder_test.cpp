#include "daemon/store/postgres/copy_encoder.h"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/postgres/binary.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store::postgres {
namespace {

using base::Column;
using base::Decimal;
using base::FieldType;
using base::Int128;
using base::Kind;

std::string encoded(Int128 unscaled, int scale) {
    std::array<char, kMostNumericBytes> bytes{};
    const char* const end = put_numeric(bytes.data(), unscaled, scale);
    return {bytes.data(), static_cast<std::size_t>(end - bytes.data())};
}

// Digits from 1 to 38 and every scale, from a fixed seed.
Decimal drawn(std::mt19937_64& random) {
    const int digits = 1 + static_cast<int>(random() % Decimal::kMaxDigits);
    Int128 number = 0;
    for (int i = 0; i < digits; ++i) {
        number = number * 10 + static_cast<Int128>(random() % 10);
    }
    const int scale = static_cast<int>(random() % (Decimal::kMaxDigits + 1));
    return {random() % 2 == 0 ? number : -number, scale};
}

TEST(PostgresNumeric, ReadsBackWhatItWroteForEveryScale) {
    std::mt19937_64 random(20'240'506);
    for (int i = 0; i < 20'000; ++i) {
        const Decimal number = drawn(random);

        const Decimal back = get_numeric(encoded(number.unscaled(), number.scale()));

        ASSERT_EQ(back.unscaled(), number.unscaled()) << number.to_string();
        ASSERT_EQ(back.scale(), number.scale());
    }
}

TEST(PostgresNumeric, RefusesWhatIsNoDecimalOf38Digits) {
    const std::string not_a_number{"\0\0\0\0\xC0\0\0\0", 8};
    const std::string too_large{"\0\1\0\x63\0\0\0\0\0\1", 10};

    EXPECT_THROW(get_numeric(not_a_number), base::StoreError);
    EXPECT_THROW(get_numeric(too_large), base::StoreError);
    EXPECT_THROW(get_numeric("abc"), base::StoreError);
}

// The server's own text form is the oracle.
TEST(PostgresCopy, WritesNumbersThatTheServerPrintsAlike) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    connection->run_script("CREATE TABLE numbers (row_no bigint, n numeric)");
    std::mt19937_64 random(7);
    std::vector<std::string> expected;
    for (std::int64_t row = 0; row < 2'000; ++row) {
        const Decimal number = drawn(random);
        Column row_no("row_no", FieldType{Kind::Int});
        row_no.append_word(row);
        Column column("n", FieldType{Kind::Decimal, 0, 38, number.scale()});
        column.append_decimal(number.unscaled());
        const std::array<const Column*, 2> columns{&row_no, &column};
        if (!connection->in_transaction()) {
            connection->begin();
        }
        connection->bulk_insert("numbers", columns);
        expected.push_back(number.to_string());
    }
    connection->commit();

    const auto rows = connection->query("SELECT n::text FROM numbers ORDER BY row_no", {});
    for (const std::string& text : expected) {
        ASSERT_TRUE(rows->next());
        ASSERT_EQ(rows->text(0), text);
    }
}

TEST(PostgresCopy, WritesDatesAndTimesThatTheServerPrintsAlike) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    connection->run_script("CREATE TABLE times (row_no bigint, d date, s timestamptz)");
    const std::array<const char*, 5> days{
        "0001-01-01", "1899-12-31", "1969-12-31", "2000-02-29", "9999-12-31"};
    Column row_no("row_no", FieldType{Kind::Int});
    Column date("d", FieldType{Kind::Date});
    Column time("s", FieldType{Kind::Timestamp});
    for (std::size_t i = 0; i < days.size(); ++i) {
        row_no.append_word(static_cast<std::int64_t>(i));
        date.append_value(*base::parse_date(days.at(i)));
        time.append_value(*base::parse_timestamp(std::string(days.at(i)) + " 23:59:58.000001Z"));
    }
    const std::array<const Column*, 3> columns{&row_no, &date, &time};
    connection->bulk_insert("times", columns);

    const auto rows = connection->query(
        "SELECT to_char(d, 'YYYY-MM-DD'), to_char(s AT TIME ZONE 'UTC', 'YYYY-MM-DD "
        "HH24:MI:SS.US') "
        "FROM times ORDER BY row_no",
        {});
    for (const std::string day : days) {
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(rows->text(0), day);
        EXPECT_EQ(rows->text(1), day + " 23:59:58.000001");
    }
}

TEST(PostgresCopy, SendsMoreThanOneFlushWithoutLosingARow) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    connection->run_script("CREATE TABLE wide (row_no bigint, t text)");
    constexpr std::int64_t kRows = 3'000;
    const std::string long_text(1'000, 'x');
    Column row_no("row_no", FieldType{Kind::Int});
    Column text("t", FieldType{Kind::Text});
    for (std::int64_t row = 0; row < kRows; ++row) {
        row_no.append_word(row);
        text.append_bytes(long_text);
    }
    const std::array<const Column*, 2> columns{&row_no, &text};
    connection->bulk_insert("wide", columns);

    const auto rows = connection->query(
        "SELECT count(*), count(DISTINCT row_no), sum(length(t))::bigint FROM wide", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->integer(0), kRows);
    EXPECT_EQ(rows->integer(1), kRows);
    EXPECT_EQ(rows->integer(2), kRows * 1'000);
}

}  // namespace
}  // namespace hrbridge::store::postgres
