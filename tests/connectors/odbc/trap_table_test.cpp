#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

std::string repeated(const std::string& part, int times) {
    std::string text;
    for (int time = 0; time < times; ++time) {
        text += part;
    }
    return text;
}

// The value of `column` in the row whose id is `id`.
Cell cell_of(const Reading& reading, const std::string& column, const std::string& id) {
    std::size_t at = 0;
    while (reading.columns.at(at).name != column) {
        ++at;
    }
    for (const auto& row : reading.rows) {
        if (row.at(0) == id) {
            return row.at(at);
        }
    }
    throw std::runtime_error("no row " + id);
}

// Texts that tools fold into each other or cut.
class TrapTable : public testing::TestWithParam<std::string> {
  protected:
    static std::string long_text() { return repeated("汉😀", 10'000); }

    TrapTable() : database_(GetParam()) {
        const std::string charset = database_.kind() == "mariadb" ? " CHARACTER SET utf8mb4" : "";
        database_.run({"CREATE TABLE trap (id bigint NOT NULL, name varchar(40), note " +
                           std::string(database_.kind() == "mariadb" ? "longtext" : "text") +
                           ", day date, PRIMARY KEY (id))" + charset,
                       "INSERT INTO trap VALUES (1, NULL, NULL, NULL)",
                       "INSERT INTO trap VALUES (2, '', '', '1900-01-01')",
                       "INSERT INTO trap VALUES (3, 'NULL', 'NULL', NULL)",
                       "INSERT INTO trap VALUES (4, 'trail  ', 'trail  ', NULL)",
                       "INSERT INTO trap VALUES (5, '张三😀', '" + long_text() + "', NULL)",
                       "INSERT INTO trap VALUES (9007199254740993, 'big', NULL, NULL)",
                       "INSERT INTO trap VALUES (-6, 'negative', NULL, NULL)"});
    }

    Reading read() {
        const Mapping mapping("SELECT * FROM trap WHERE {window} AND {page}", {"id"});
        return read_all(database_, mapping.request());
    }

    Database database_;
};

TEST_P(TrapTable, KeepsNullEmptyAndTheWordNullApart) {
    const Reading reading = read();

    EXPECT_EQ(cell_of(reading, "name", "1"), Cell());
    EXPECT_EQ(cell_of(reading, "name", "2"), Cell(""));
    EXPECT_EQ(cell_of(reading, "name", "3"), Cell("NULL"));
    EXPECT_EQ(cell_of(reading, "note", "1"), Cell());
    EXPECT_EQ(cell_of(reading, "note", "2"), Cell(""));
    EXPECT_EQ(cell_of(reading, "note", "3"), Cell("NULL"));
}

TEST_P(TrapTable, KeepsTrailingBlanks) {
    const Reading reading = read();

    EXPECT_EQ(cell_of(reading, "name", "4"), Cell("trail  "));
    EXPECT_EQ(cell_of(reading, "note", "4"), Cell("trail  "));
}

TEST_P(TrapTable, KeepsEveryByteOfChineseAndEmoji) {
    const Reading reading = read();

    EXPECT_EQ(cell_of(reading, "name", "5"), Cell("张三😀"));
    EXPECT_EQ(cell_of(reading, "note", "5"), Cell(long_text()));
}

TEST_P(TrapTable, ReadsWholeNumbersBeyondADouble) {
    EXPECT_EQ(cell_of(read(), "name", "9007199254740993"), Cell("big"));
}

TEST_P(TrapTable, ReadsTheDayThatStandsForNone) {
    EXPECT_EQ(cell_of(read(), "day", "2"), Cell("1900-01-01"));
}

TEST_P(TrapTable, ReadsInKeyOrder) {
    const Reading reading = read();

    ASSERT_EQ(reading.rows.size(), 7U);
    EXPECT_EQ(reading.rows.front().at(0), Cell("-6"));
    EXPECT_EQ(reading.rows.back().at(0), Cell("9007199254740993"));
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         TrapTable,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

class MariadbValues : public testing::TestWithParam<std::string> {};

TEST_P(MariadbValues, AreExactWhereOthersRoundOrFold) {
    Database database(GetParam());
    database.run(
        {"SET sql_mode = ''",
         "CREATE TABLE t (id int PRIMARY KEY, wide decimal(65,0), fine decimal(38,10), "
         "huge bigint unsigned, day date, moment datetime(6), raw varbinary(20), bits bit(1))"});
    test::MariadbServer::instance().execute(
        database.name(),
        "SET sql_mode=''; INSERT INTO t VALUES (1, "
        "99999999999999999999999999999999999999999999999999999999999999999, "
        "1234567890123456789012345678.0123456789, 18446744073709551615, '0000-00-00', "
        "'2024-05-06 07:08:09.123456', x'C0EECBC400', 1)");
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    ASSERT_EQ(reading.rows.size(), 1U);
    const std::vector<Cell> expected{
        "1",
        "99999999999999999999999999999999999999999999999999999999999999999",
        "1234567890123456789012345678.0123456789",
        "18446744073709551615",
        "0000-00-00",
        "2024-05-06 07:08:09.123456",
        std::string("\xC0\xEE\xCB\xC4\0", 5),
        "\x01"};
    EXPECT_EQ(reading.rows.front(), expected);
}

TEST_P(MariadbValues, GbkBytesInALatin1ColumnComeUntouchedWhenReadAsBinary) {
    Database database(GetParam());
    database.run({"CREATE TABLE t (id int PRIMARY KEY, name varchar(20) CHARACTER SET latin1)",
                  "INSERT INTO t VALUES (1, x'C0EECBC4')"});
    const Mapping mapping("SELECT id, CAST(name AS BINARY) AS name FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows.at(0).at(1), Cell("\xC0\xEE\xCB\xC4"));
}

TEST_P(MariadbValues, AllTextsComeUntouchedWhenTheSessionAsksForNoCharset) {
    Database database(GetParam());
    database.run({"CREATE TABLE t (id int PRIMARY KEY, name varchar(20) CHARACTER SET latin1)",
                  "INSERT INTO t VALUES (1, x'C0EECBC4')"});
    database.options().session_statements = {"SET character_set_results = NULL"};
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows.at(0).at(1), Cell("\xC0\xEE\xCB\xC4"));
}

// x'AAA1' is a character of users' own in GBK, which UTF-8 has no place for: the server sends "?".
class LegacyText : public testing::TestWithParam<std::string> {
  protected:
    LegacyText() : database_(GetParam()) {
        database_.run(
            {"CREATE TABLE t (id int PRIMARY KEY, name varchar(20) CHARACTER SET gbk, "
             "note varchar(20) CHARACTER SET utf8mb4)",
             "INSERT INTO t VALUES (1, x'C0EE', '?'), (2, x'C0EE3F', 'who?')"});
    }
    connectors::ReadRequest request() const { return mapping_.request(); }

    Database database_;
    Mapping mapping_{"SELECT * FROM t WHERE {page}", {"id"}};
};

TEST_P(LegacyText, AQuestionMarkThatTheSourceHasIsRead) {
    const Reading reading = read_all(database_, request());

    ASSERT_EQ(reading.rows.size(), 2U);
    EXPECT_EQ(reading.rows[0][1], Cell("李"));
    EXPECT_EQ(reading.rows[1][1], Cell("李?"));
    EXPECT_EQ(reading.rows[1][2], Cell("who?"));
}

TEST_P(LegacyText, AQuestionMarkThatTheSourceDoesNotHaveStopsTheReadingBeforeItsRow) {
    database_.run({"INSERT INTO t VALUES (3, x'C0EEAAA1', 'x')"});

    const auto error = error_of([&] { read_all(database_, request()); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("column name comes with a '?'"), std::string::npos)
        << error.what();
}

TEST_P(LegacyText, ComesAsBytesWhenTheMappingSaysWhatTheyAre) {
    database_.run({"INSERT INTO t VALUES (3, x'C0EEAAA1', 'x')"});
    connectors::ReadRequest as_bytes = request();
    as_bytes.text_as_bytes = true;

    const Reading reading = read_all(database_, as_bytes);

    EXPECT_EQ(reading.rows.at(0).at(1), Cell("\xC0\xEE"));
    EXPECT_EQ(reading.rows.at(1).at(1), Cell("\xC0\xEE?"));
    EXPECT_EQ(reading.rows.at(2).at(1), Cell("\xC0\xEE\xAA\xA1"));
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         LegacyText,
                         testing::Values("mariadb", "native_mariadb"),
                         [](const auto& instance) { return instance.param; });

TEST_P(MariadbValues, TimestampsComeInTheZoneOfTheMapping) {
    Database database(GetParam());
    database.run({"CREATE TABLE t (id int PRIMARY KEY, moment timestamp(6) NULL)",
                  "SET time_zone = '+00:00'"});
    test::MariadbServer::instance().execute(
        database.name(),
        "SET time_zone = '+00:00'; INSERT INTO t VALUES (1, '2024-05-06 20:08:09.5')");
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows.at(0).at(1), Cell("2024-05-07 04:08:09.500000"));
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         MariadbValues,
                         testing::Values("mariadb", "native_mariadb"),
                         [](const auto& instance) { return instance.param; });

TEST(PostgresValues, AreExactWhereOthersRoundOrFold) {
    Database database("postgres");
    database.run(
        {"CREATE TABLE t (id int PRIMARY KEY, fine numeric(38,10), open numeric, "
         "moment timestamp, instant timestamptz, raw bytea, fixed char(8), u uuid, lines text)",
         "INSERT INTO t VALUES (1, 1234567890123456789012345678.0123456789, "
         "99999999999999999999999999999999999999, '2024-05-06 07:08:09.123456', "
         "'2024-05-06 20:08:09.5+00', '\\xC0EECBC400', 'ab', "
         "'00000000-0000-0000-0000-00000000000a', E'a\\nb\\r\\n')"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    const std::vector<Cell> expected{"1",
                                     "1234567890123456789012345678.0123456789",
                                     "99999999999999999999999999999999999999",
                                     "2024-05-06 07:08:09.123456",
                                     "2024-05-07 04:08:09.5",
                                     std::string("\xC0\xEE\xCB\xC4\0", 5),
                                     "ab      ",
                                     "00000000-0000-0000-0000-00000000000A",
                                     "a\nb\r\n"};
    ASSERT_EQ(reading.rows.size(), 1U);
    EXPECT_EQ(reading.rows.front(), expected);
}

TEST(PostgresValues, DaysAndTimesBeyondTheDriversCalendarComeAsTheServerWritesThem) {
    Database database("postgres");
    database.run(
        {"CREATE TABLE t (id int PRIMARY KEY, \"Day\" date, moment timestamp, instant "
         "timestamptz)",
         "INSERT INTO t VALUES (1, 'infinity', '-infinity', 'infinity'), (2, "
         "'0044-03-15 BC', '12024-05-06 07:08:09', '0044-03-15 12:00:00 BC'), (3, "
         "'1900-01-01', '1900-01-01 00:00:00.000001', NULL)"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows,
              (Rows{{"1", "infinity", "-infinity", "infinity"},
                    {"2", "0044-03-15 BC", "12024-05-06 07:08:09", "0044-03-15 20:05:43 BC"},
                    {"3", "1900-01-01", "1900-01-01 00:00:00.000001", Cell()}}));
    EXPECT_EQ(reading.columns.at(1).type, "date");
    EXPECT_EQ(reading.columns.at(2).type, "timestamp without time zone");
    EXPECT_EQ(reading.columns.at(3).type, "timestamptz");
}

TEST(PostgresValues, AKeyOfTimesGoesOnBehindAnyOfThem) {
    Database database("postgres");
    database.run({"CREATE TABLE t (moment timestamp, day date, PRIMARY KEY (moment, day))",
                  "INSERT INTO t VALUES ('-infinity', '2024-01-01'), ('2024-01-01 00:00:00.5', "
                  "'-infinity'), ('2024-01-01 00:00:00.5', '2024-01-01'), ('infinity', "
                  "'2024-01-01')"});
    const Mapping mapping("SELECT moment, day FROM t WHERE {page} -- the end", {"moment", "day"});
    const Reading all = read_all(database, mapping.request("", 1));
    ASSERT_EQ(all.rows.size(), 4U);

    for (std::size_t at = 0; at < all.positions.size(); ++at) {
        const Reading rest = read_all(database, mapping.request(all.positions[at], 1));
        EXPECT_EQ(rest.rows,
                  Rows(all.rows.begin() + static_cast<std::ptrdiff_t>(all.rows_until[at]),
                       all.rows.end()))
            << at;
    }
}

TEST(PostgresValues, ColumnsOfOneNameAreReadEachByItself) {
    Database database("postgres");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, a date, b date)",
                  "INSERT INTO t VALUES (1, '2024-01-01', '2024-01-02')"});
    const Mapping mapping("SELECT id, a, b AS a FROM t WHERE {page}", {"id"});

    EXPECT_EQ(read_all(database, mapping.request()).rows,
              (Rows{{"1", "2024-01-01", "2024-01-02"}}));
}

TEST(PostgresValues, AVarcharWithoutLengthIsReadWhole) {
    Database database("postgres");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, a varchar, b varchar(2000))",
                  "INSERT INTO t VALUES (1, repeat('汉', 9000), repeat('汉', 2000))"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows.at(0).at(1), Cell(repeated("汉", 9000)));
    EXPECT_EQ(reading.rows.at(0).at(2), Cell(repeated("汉", 2000)));
}

TEST(PostgresValues, CellsOfManyMebibytesAreReadWholeAmongShortOnes) {
    Database database("postgres");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
                  "INSERT INTO t VALUES (1, 'short', NULL), (2, repeat('x', 3000000), 'beside'), "
                  "(3, 'short', repeat('y', 2097152)), (4, NULL, repeat('z', 2097151))"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    const Rows wanted{{"1", "short", std::nullopt},
                      {"2", repeated("x", 3'000'000), "beside"},
                      {"3", "short", repeated("y", 2'097'152)},
                      {"4", std::nullopt, repeated("z", 2'097'151)}};
    EXPECT_TRUE(reading.rows == wanted);
}

TEST(PostgresValues, ANumberWiderThanTheDriverDeclaresIsAnErrorAndNotCut) {
    Database database("postgres");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, open numeric)",
                  "INSERT INTO t VALUES (1, repeat('9', 200)::numeric)"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const auto error = error_of([&] { read_all(database, mapping.request()); });

    EXPECT_EQ(error.code(), "01004");
    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
}

class SqliteValues : public testing::TestWithParam<std::string> {};

TEST_P(SqliteValues, AreReadWholeWhateverTheirColumnDeclares) {
    Database database(GetParam());
    database.run(
        {"CREATE TABLE t (id integer PRIMARY KEY, short varchar(4), number integer, "
         "raw blob, amount text)",
         "INSERT INTO t VALUES (1, '张三😀 longer than declared', 'a text', "
         "x'C0EECBC400', '1234567890123456789012345678.0123456789')"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    const std::vector<Cell> expected{"1",
                                     "张三😀 longer than declared",
                                     "a text",
                                     std::string("\xC0\xEE\xCB\xC4\0", 5),
                                     "1234567890123456789012345678.0123456789"};
    ASSERT_EQ(reading.rows.size(), 1U);
    EXPECT_EQ(reading.rows.front(), expected);
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         SqliteValues,
                         testing::Values("sqlite", "native_sqlite"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge::odbc
