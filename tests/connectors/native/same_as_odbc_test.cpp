#include <algorithm>

#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

// A mapping and a position hold for both ways to a database: by ODBC and by its own library.
namespace hrbridge::native {
namespace {

using odbc::Cell;
using odbc::Database;
using odbc::Mapping;
using odbc::Reading;
using odbc::Rows;

// What one way reads of what another one's statements made.
class TwoWays {
  public:
    explicit TwoWays(const std::string& kind)
        : native_("native_" + kind), odbc_(kind), kind_(kind) {
        // Both ask one database.
        odbc_.options() = native_.options();
    }

    void run(const std::vector<std::string>& statements) { native_.run(statements); }
    Database& native() { return native_; }
    Database& odbc() { return odbc_; }

  private:
    Database native_;
    Database odbc_;
    std::string kind_;
};

constexpr const char* kMariadbTypes =
    "CREATE TABLE t (id int NOT NULL PRIMARY KEY, ti tinyint, tu tinyint unsigned, tb tinyint(1), "
    "si smallint, su smallint unsigned zerofill, mi mediumint, mu mediumint unsigned, "
    "ii int(5) zerofill, iu int unsigned, bi bigint, bu bigint unsigned, f float, f2 float(7,3), "
    "db double, d2 double(12,4), de decimal(20,4), d0 decimal(10), du decimal(5,2) unsigned "
    "zerofill, d65 decimal(65,30), d date, t time, t3 time(3), dt datetime, dt6 datetime(6), "
    "ts timestamp NULL, ts6 timestamp(6) NULL, y year, bit1 bit(1), bit12 bit(12), c char(8), "
    "v varchar(40), v5 varchar(5000), vl varchar(20) CHARACTER SET latin1, b binary(8), "
    "vb varbinary(20), tt tinytext, tx text, lt longtext, tbl tinyblob, bl blob, lb longblob, "
    "e enum('a','bcd','张'), s set('x','yy'), j json, g geometry, u uuid, ip6 inet6, "
    "nn varchar(3) NOT NULL DEFAULT '') CHARACTER SET utf8mb4";

constexpr const char* kMariadbRows =
    "SET sql_mode = ''; SET time_zone = '+00:00';\n"
    "INSERT INTO t VALUES (1, -128, 255, 1, -32768, 42, -8388608, 16777215, 7, 4294967295, "
    "-9223372036854775808, 18446744073709551615, 1.5, 1234.5, 0.1, 12345678.1234, "
    "1234567890123456.7891, -9999999999, 1.5, 0.000000000000000000000000000001, '0000-00-00', "
    "'-838:59:59', '123:45:06.789', '0000-00-00 00:00:00', '2024-05-06 07:08:09.123456', "
    "'2024-05-06 07:08:09', '2024-05-06 07:08:09.5', 1999, 1, 5, 'ab', '张三😀', 'long', 'é', "
    "x'6100', x'C0EECBC400', 'tiny', 'text', 'longtext', x'00FF', x'', x'0001', 'bcd', 'x,yy', "
    "'{\"a\": 1}', ST_GeomFromText('POINT(1 2)'), '00112233-4455-6677-8899-aabbccddeeff', "
    "'::1', 'abc');\n"
    "INSERT INTO t (id) VALUES (2);\n"
    "INSERT INTO t (id, f, f2, db, d2, t, t3, d, dt, dt6, y, e) VALUES "
    "(3, 16777216, -0.0005, 1e300, -0.00004, '-00:00:01', '-100:00:00.001', '2024-00-00', "
    "'2024-05-00 00:00:00', '1000-01-01 00:00:00.000001', 0, ''),"
    "(4, 3.4028235e38, 9999.999, 123456789012345678, 0, '00:00:00', '00:00:00.5', '9999-12-31', "
    "'9999-12-31 23:59:59', '2024-02-29 23:59:59.999999', 2155, '张'),"
    "(5, 1e-10, 0, 5e-324, 1, '838:59:59', '838:59:59.999', '1900-01-01', '1900-01-01 00:00:00', "
    "'0000-00-00 00:00:00', 1901, 'a'),"
    "(6, 0.1, 0, 2.2250738585072014e-308, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";

TEST(SameAsOdbc, MariadbColumnsOfEveryType) {
    TwoWays ways("mariadb");
    ways.run({kMariadbTypes});

    const auto native = ways.native().connector().describe_table("t");

    EXPECT_EQ(native, ways.odbc().connector().describe_table("t"));
    EXPECT_EQ(native.size(), 49U);
}

TEST(SameAsOdbc, MariadbExpressions) {
    TwoWays ways("mariadb");
    ways.run({kMariadbTypes});
    const Mapping mapping(
        "SELECT id, NULL n, 1.5 dc, 'a' lit, now(6) nw, sum(id) s, avg(id) av, x'00' bin, "
        "CAST(id AS CHAR) ch, CAST(v AS BINARY) vb, group_concat(v) gc, curtime() ct, 1e3 fl, "
        "v = 1 cmp, st_astext(g) gt, ifnull(d, ts) mix, max(bit12) mb FROM t WHERE {page} "
        "GROUP BY id",
        {"id"});

    EXPECT_EQ(ways.native().connector().open(mapping.request())->columns(),
              ways.odbc().connector().open(mapping.request())->columns());
}

TEST(SameAsOdbc, MariadbColumnsWhenTextsComeAsBytes) {
    TwoWays ways("mariadb");
    ways.run({kMariadbTypes});
    ways.native().options().session_statements = {"SET character_set_results = NULL"};
    ways.odbc().options().session_statements = ways.native().options().session_statements;

    EXPECT_EQ(ways.native().connector().describe_table("t"),
              ways.odbc().connector().describe_table("t"));
}

// By another client, as text; NULL is the word.
Rows as_the_server_writes(const std::string& database, const std::string& sql) {
    const std::string output = test::MariadbServer::instance().execute(database, sql);
    Rows rows(1);
    std::string cell;
    for (const char letter : output) {
        if (letter != '\t' && letter != '\n') {
            cell += letter;
            continue;
        }
        rows.back().push_back(cell == "NULL" ? Cell() : Cell(cell));
        cell.clear();
        if (letter == '\n') {
            rows.emplace_back();
        }
    }
    rows.pop_back();
    rows.erase(rows.begin());  // the header
    return rows;
}

TEST(NativeMariadb, GivesEveryCellAsTheServerWritesIt) {
    Database database("native_mariadb");
    database.run({kMariadbTypes});
    test::MariadbServer::instance().execute(database.name(), kMariadbRows);
    const std::string columns =
        "id, ti, tu, tb, si, su, mi, mu, ii, iu, bi, bu, f, f2, db, d2, de, d0, du, d65, d, t, t3, "
        "dt, dt6, ts, ts6, y, c, v, v5, vl, tt, tx, lt, e, s, j, u, ip6, nn";
    const Mapping mapping("SELECT " + columns + " FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    EXPECT_EQ(reading.rows,
              as_the_server_writes(
                  database.name(),
                  "SET time_zone = '+08:00'; SELECT " + columns + " FROM t ORDER BY id"));
    EXPECT_EQ(reading.rows.size(), 6U);
}

TEST(NativeMariadb, GivesEveryCellTheSameWhenParametersGoToTheServer) {
    Database database("native_mariadb");
    database.run({kMariadbTypes});
    test::MariadbServer::instance().execute(database.name(), kMariadbRows);
    const Mapping mapping("SELECT v, t.* FROM t WHERE {page}", {"vl", "id"});
    const Reading whole = read_all(database, mapping.request("", 1));

    ASSERT_GT(whole.rows.size(), 3U);
    for (std::size_t row = 0; row < whole.rows.size(); ++row) {
        const Reading rest = read_all(database, mapping.request(whole.positions[row]));

        EXPECT_EQ(rest.columns, whole.columns);
        EXPECT_EQ(
            rest.rows,
            Rows(whole.rows.begin() + static_cast<std::ptrdiff_t>(row) + 1, whole.rows.end()));
    }
}

TEST(NativeMariadb, GivesBytesAsTheyAre) {
    Database database("native_mariadb");
    database.run({kMariadbTypes});
    test::MariadbServer::instance().execute(database.name(), kMariadbRows);
    const Mapping mapping("SELECT id, bit1, bit12, b, vb, tbl, bl, lb FROM t WHERE {page}", {"id"});

    const Reading reading = read_all(database, mapping.request());

    const std::vector<Cell> expected{"1",
                                     "\x01",
                                     std::string("\0\x05", 2),
                                     std::string("a\0\0\0\0\0\0\0", 8),
                                     std::string("\xC0\xEE\xCB\xC4\0", 5),
                                     std::string("\0\xFF", 2),
                                     "",
                                     std::string("\0\x01", 2)};
    EXPECT_EQ(reading.rows.at(0), expected);
}

// Floating-point numbers apart: the driver makes their text itself.
TEST(SameAsOdbc, MariadbCells) {
    TwoWays ways("mariadb");
    ways.run({kMariadbTypes});
    test::MariadbServer::instance().execute(ways.native().name(), kMariadbRows);
    const Mapping mapping(
        "SELECT id, ti, tu, tb, si, su, mi, mu, ii, iu, bi, bu, de, d0, du, d65, d, dt, dt6, ts, "
        "ts6, y, bit1, bit12, c, v, v5, vl, b, vb, tt, tx, lt, tbl, bl, lb, e, s, j, g, u, ip6, nn "
        "FROM t WHERE {page}",
        {"id"});

    const Reading native = read_all(ways.native(), mapping.request("", 2));
    const Reading odbc = read_all(ways.odbc(), mapping.request("", 2));

    EXPECT_EQ(native.columns, odbc.columns);
    EXPECT_EQ(native.rows, odbc.rows);
    EXPECT_EQ(native.positions, odbc.positions);
}

constexpr const char* kSqliteTypes =
    "CREATE TABLE t (id integer PRIMARY KEY, i int, bi bigint, ti tinyint, si smallint, "
    "ui unsigned int, mi mediumint, i8 int8, v varchar(40), v2 VARCHAR(20,3), c char(8), "
    "nv nvarchar(7), tx text, tx9 text(9), cl clob, lv longvarchar(30), b blob, bin binary(4), "
    "vb varbinary(6), r real, d double, dp double precision, f float, n numeric, "
    "n10 numeric(10,2), de decimal(20,4), dt date, tm time, ts timestamp, dtm datetime, "
    "bo boolean, y year, notype, any anything, nn varchar(3) NOT NULL DEFAULT '', "
    "upper VARCHAR (12), vchar character varying(9), long longtext, iv interval)";

// Which columns may be NULL only the native way tells (nullable_test).
std::vector<base::DescribedColumn> without_null(std::vector<base::DescribedColumn> columns) {
    for (base::DescribedColumn& column : columns) {
        column.may_be_null = false;
    }
    return columns;
}

TEST(SameAsOdbc, SqliteColumnsOfEveryTypeButForWhatIsNull) {
    TwoWays ways("sqlite");
    ways.run({kSqliteTypes});
    const Mapping mapping(
        "SELECT t.*, id + 1 AS ex, 'a' || v AS et, CAST(v AS text) AS ct, "
        "NULL AS nul FROM t WHERE {page}",
        {"id"});

    EXPECT_EQ(without_null(ways.native().connector().describe_table("t")),
              ways.odbc().connector().describe_table("t"));
    EXPECT_EQ(without_null(ways.native().connector().open(mapping.request())->columns()),
              ways.odbc().connector().open(mapping.request())->columns());
}

TEST(SameAsOdbc, SqliteCells) {
    TwoWays ways("sqlite");
    ways.run(
        {"CREATE TABLE t (id integer PRIMARY KEY, n numeric, r real, v varchar(9), b blob, "
         "day date)",
         "INSERT INTO t VALUES (1, 1.5, 1, '张三😀', x'00ff', '2024-05-06')",
         "INSERT INTO t VALUES (2, 9223372036854775807, 0.1, 'longer than declared', x'', "
         "'0000-00-00')",
         "INSERT INTO t VALUES (3, NULL, NULL, NULL, NULL, NULL)",
         "INSERT INTO t VALUES (4, 'text', 1e300, '', NULL, '')",
         "INSERT INTO t VALUES (-5, -1e-7, 123456789012345678.0, 'NULL', NULL, ' ')"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});

    const Reading native = read_all(ways.native(), mapping.request("", 2));
    const Reading odbc = read_all(ways.odbc(), mapping.request("", 2));

    EXPECT_EQ(native.rows, odbc.rows);
    EXPECT_EQ(native.positions, odbc.positions);
}

}  // namespace
}  // namespace hrbridge::native
