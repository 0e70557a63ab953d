#include <algorithm>

#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

// A reading goes on at a key by comparing with it, and what it reads is sorted: where a source
// sorts otherwise than it compares, rows would be skipped.
namespace hrbridge::odbc {
namespace {

constexpr int kRows = 1'500;  // more than the first page

// "INSERT INTO <into> VALUES (<value of 1>), …" for 1 … kRows; {} in `row` is the number.
std::string insert_numbered(const std::string& into, const std::string& row) {
    std::string text = "INSERT INTO " + into + " VALUES ";
    for (int number = 1; number <= kRows; ++number) {
        std::string one = row;
        for (std::size_t at = one.find("{}"); at != std::string::npos; at = one.find("{}")) {
            one.replace(at, 2, std::to_string(number));
        }
        text += (number == 1 ? "" : ",") + one;
    }
    return text;
}

Rows sorted(Rows rows) {
    std::sort(rows.begin(), rows.end());
    return rows;
}

void expect_each_row_once(const Rows& rows, std::size_t count) {
    const Rows all = sorted(rows);
    EXPECT_EQ(all.size(), count);
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

// What the blocks up to each position and a reading from there give together.
void expect_nothing_lost_behind_any_block(Database& database,
                                          const Mapping& mapping,
                                          std::size_t block_rows) {
    const Reading whole = read_all(database, mapping.request("", block_rows));
    const Rows expected = sorted(whole.rows);
    for (std::size_t block = 0; block < whole.positions.size(); ++block) {
        Rows both(whole.rows.begin(),
                  whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]));
        const Reading rest =
            read_all(database, mapping.request(whole.positions[block], block_rows));
        both.insert(both.end(), rest.rows.begin(), rest.rows.end());
        EXPECT_EQ(sorted(both), expected) << "behind block " << block;
    }
}

class OrderOfMariadb : public testing::TestWithParam<std::string> {
  protected:
    Database database_{GetParam()};
};

TEST_P(OrderOfMariadb, ReadsEveryRowOfAnEnumKey) {
    database_.run(
        {"CREATE TABLE t (kind enum('night','day') NOT NULL, id int NOT NULL, "
         "PRIMARY KEY (kind, id))",
         insert_numbered("t", "('night',{})"),
         insert_numbered("t", "('day',{})")});
    const Mapping mapping("SELECT kind, id FROM t WHERE {page}", {"kind", "id"});

    expect_each_row_once(read_all(database_, mapping.request()).rows, 2 * kRows);
    expect_nothing_lost_behind_any_block(database_, mapping, 400);
}

TEST_P(OrderOfMariadb, ReadsEveryRowOfAnEnumKeyBehindAnAlias) {
    database_.run({"CREATE TABLE t (kind enum('night','day','空班') NOT NULL, id int NOT NULL)",
                   insert_numbered("t", "('night',{})"),
                   insert_numbered("t", "('空班',{})"),
                   insert_numbered("t", "('day',{})")});
    const std::string name = database_.name();
    const std::string text =
        "conn: erp\nkey: [shift, id]\nexpressions: {shift: x.kind, id: x.id}\n"
        "query: SELECT x.kind AS shift, x.id FROM " +
        name + ".t x WHERE {page}";
    const auto node = base::parse_yaml(text, "shift.map.yaml");
    ASSERT_TRUE(node.ok());
    connectors::ReadRequest request;
    request.dataset = &node.value();
    request.key = {"shift", "id"};

    expect_each_row_once(read_all(database_, request).rows, 3 * kRows);
}

TEST_P(OrderOfMariadb, ReadsEveryRowOfASetKey) {
    database_.run({"CREATE TABLE t (kind set('z','a') NOT NULL, id int NOT NULL)",
                   insert_numbered("t", "('z',{})"),
                   insert_numbered("t", "('a,z',{})"),
                   insert_numbered("t", "('a',{})")});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"kind", "id"});

    expect_each_row_once(read_all(database_, mapping.request()).rows, 3 * kRows);
}

TEST_P(OrderOfMariadb, ReadsEveryRowOfAViewWithAnEnumKey) {
    database_.run({"CREATE TABLE t (kind enum('night','day') NOT NULL, id int NOT NULL)",
                   "CREATE VIEW v AS SELECT kind AS shift, id FROM t",
                   insert_numbered("t", "('night',{})"),
                   insert_numbered("t", "('day',{})")});
    const Mapping mapping("SELECT * FROM v WHERE {page}", {"shift", "id"});

    expect_each_row_once(read_all(database_, mapping.request()).rows, 2 * kRows);
}

TEST_P(OrderOfMariadb, ReadsEveryRowOfASubselectWithAnEnumKey) {
    database_.run({"CREATE TABLE t (kind enum('night','day') NOT NULL, id int NOT NULL)",
                   insert_numbered("t", "('night',{})"),
                   insert_numbered("t", "('day',{})")});
    for (const std::string inner : {"SELECT kind, id FROM t", "SELECT DISTINCT kind, id FROM t"}) {
        const Mapping mapping("SELECT * FROM (" + inner + ") x WHERE {page}", {"kind", "id"});

        expect_each_row_once(read_all(database_, mapping.request()).rows, 2 * kRows);
    }
}

TEST_P(OrderOfMariadb, NeverSaysDoneWhenRowsWouldBeSkipped) {
    database_.run({"CREATE TABLE t (kind enum('night','day') NOT NULL, id int NOT NULL)",
                   insert_numbered("t", "('night',{})"),
                   insert_numbered("t", "('day',{})")});
    const auto node = base::parse_yaml(
        "conn: erp\nkey: [shift, id]\nexpressions: {shift: kind}\n"
        "query: SELECT CAST(kind AS CHAR) AS shift, id FROM t WHERE "
        "{page}",
        "shift.map.yaml");
    ASSERT_TRUE(node.ok());
    connectors::ReadRequest request;
    request.dataset = &node.value();
    request.key = {"shift", "id"};
    request.block_rows = 100;
    SqlConnector& connector = database_.connector();
    std::vector<std::string> positions;
    const auto read_on = [&](const std::string& position) {
        request.after = position;
        const auto source = connector.open(request);
        base::RawBlock block;
        while (source->read(block, {})) {
            positions.push_back(block.position);
        }
    };

    const auto error = error_of([&] { read_on(""); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("shift.map.yaml:4"), std::string::npos)
        << error.what();
    // Nor when a run is taken up again where the source stopped, with few rows before the gap.
    for (int again = 0; again < 5; ++again) {
        ASSERT_FALSE(positions.empty());
        EXPECT_THROW(read_on(positions.back()), base::ConnectorError);
    }
}

TEST_P(OrderOfMariadb, HoldsForKeysOfManyTypes) {
    database_.run(
        {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, b bit(12) NOT NULL, y year NOT NULL, "
         "c char(8) NOT NULL, v varchar(12) CHARACTER SET gbk NOT NULL, x varbinary(8) NOT NULL, "
         "tm time(3) NOT NULL, u uuid NOT NULL, ip inet6 NOT NULL, g tinyint(1) NOT NULL, "
         "ts timestamp(3) NOT NULL)",
         insert_numbered(
             "t",
             "({}, {}, 1950 + {} % 100, concat('k', {} % 700, if({} % 2, ' ', '')), "
             "concat('张', {} % 40, if({} % 2, 'a', 'A')), unhex(lpad(hex({} * 7 % 1501), 8, '0')),"
             "sec_to_time({} * 977 % 100000 - 40000), "
             "concat(lpad(hex({} * 7 % 1501), 8, '0'), '-0000-1000-8000-000000000000'), "
             "concat('::', hex({} * 31 % 1501)), {} % 2, '2024-05-06 00:00:00' + interval {} "
             "second)")});
    for (const std::string column : {"b", "y", "c", "v", "x", "tm", "u", "ip", "g", "ts"}) {
        SCOPED_TRACE(column);
        const Mapping mapping("SELECT id, " + column + " FROM t WHERE {page}", {column, "id"});

        expect_each_row_once(read_all(database_, mapping.request("", 300)).rows, kRows);
        expect_nothing_lost_behind_any_block(database_, mapping, 400);
    }
}

TEST_P(OrderOfMariadb, StopsWhenAFullPageEndsWhereItBegan) {
    database_.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY)",
                   "INSERT INTO t SELECT seq FROM seq_1_to_150000"});
    // The alias sorts, the column is compared.
    const Mapping mapping("SELECT -id AS id FROM t WHERE {page}", {"id"});

    const auto error = error_of([&] { read_all(database_, mapping.request()); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
}

TEST(OrderOfPostgres, HoldsForKeysOfManyTypes) {
    Database database("postgres");
    database.run(
        {"CREATE EXTENSION IF NOT EXISTS citext",
         "CREATE TYPE shift AS ENUM ('night', 'day', 'Late one')",
         "CREATE DOMAIN code AS varchar(10)",
         "CREATE TABLE t (id int PRIMARY KEY, e shift NOT NULL, ci citext NOT NULL, c char(8) NOT "
         "NULL, n name NOT NULL, i inet NOT NULL, d code NOT NULL, iv interval NOT NULL, u uuid "
         "NOT NULL, b bytea NOT NULL, bo boolean NOT NULL, tz timestamptz NOT NULL, t time NOT "
         "NULL, nu numeric NOT NULL, o oid NOT NULL, one \"char\" NOT NULL, "
         "mac macaddr NOT NULL, co varchar(10) COLLATE \"C\" NOT NULL)",
         "INSERT INTO t SELECT i, (enum_range(NULL::shift))[1 + i % 3], chr(65 + i % 2 * 32 + i % "
         "7), 'k' || i % 9 || repeat(' ', i % 3), 'n' || i % 13, ('10.0.' || i % 11 || "
         "'.1')::inet, 'd' || i % 8, make_interval(hours => i % 50 - 20), md5(i::text)::uuid, "
         "decode(md5(i::text), 'hex'), i % 2 = 0, timestamptz '2024-05-06 00:00:00+00' + i * "
         "interval '1.5 s', time '10:00' + i * interval '1 s', i % 17 / 4.0, "
         "i * 100, chr(97 + i % 20)::\"char\", ('08:00:2b:01:02:' || lpad(to_hex(i % 99), 2, "
         "'0'))::macaddr, chr(65 + i % 2 * 32) || i % 5 FROM generate_series(1, 300) i"});
    for (const std::string column : {"e",
                                     "ci",
                                     "c",
                                     "n",
                                     "i",
                                     "d",
                                     "iv",
                                     "u",
                                     "b",
                                     "bo",
                                     "tz",
                                     "t",
                                     "nu",

                                     "o",
                                     "one",
                                     "mac",
                                     "co"}) {
        SCOPED_TRACE(column);
        const Mapping mapping("SELECT id, " + column + " FROM t WHERE {page}", {column, "id"});

        expect_nothing_lost_behind_any_block(database, mapping, 60);
    }
}

// Where text hides behind what looks like a number, rows may come again.
Rows distinct(Rows rows) {
    rows = sorted(std::move(rows));
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

class OrderOfSqlite : public testing::TestWithParam<std::string> {
  protected:
    // Keys of a column declared as `declared` with these values, each in a row of its own.
    void expect_nothing_lost(const std::string& declared, const std::string& values) {
        SCOPED_TRACE("declared " + declared + " holding " + values);
        database_.run({"DROP TABLE IF EXISTS t",
                       "CREATE TABLE t (id " + declared + ", v int)",
                       "INSERT INTO t (id) VALUES " + values,
                       "UPDATE t SET v = rowid"});
        const Mapping mapping("SELECT id, v FROM t WHERE {page}", {"id"});
        const Reading whole = read_all(database_, mapping.request("", 2));
        for (std::size_t block = 0; block < whole.positions.size(); ++block) {
            Rows both(whole.rows.begin(),
                      whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]));
            const Reading rest = read_all(database_, mapping.request(whole.positions[block], 2));
            both.insert(both.end(), rest.rows.begin(), rest.rows.end());
            EXPECT_EQ(distinct(both), distinct(whole.rows)) << "behind block " << block;
        }
    }

    Database database_{GetParam()};
};

TEST_P(OrderOfSqlite, HoldsWhateverAColumnHolds) {
    for (const std::string declared : {"",
                                       "int",
                                       "integer",
                                       "bigint",
                                       "numeric",
                                       "decimal(10,2)",
                                       "text",
                                       "varchar(9)",
                                       "real",
                                       "double",
                                       "blob",
                                       "anything",
                                       "datetime"}) {
        expect_nothing_lost(declared, "(1),(2),(3),(10),(20),(100),(-5)");
        expect_nothing_lost(declared, "('1'),('2'),('3'),('10'),('20'),('100'),('-5')");
        expect_nothing_lost(declared, "('007'),('08'),('1.50'),('1.5'),('+3'),('1e2'),('-0')");
        expect_nothing_lost(declared, "(0.5),(1.25),(-2.75),(100.5),(3),(1e3),(0.1)");
        expect_nothing_lost(declared, "('a'),('B'),('张三'),(''),(' '),(NULL),('2024-05-06')");
        expect_nothing_lost(declared, "(5),('5'),('a'),(NULL),(4.5),('4.5'),(6)");
        expect_nothing_lost(declared,
                            "(9223372036854775807),(9223372036854775806),(-9223372036854775808),"
                            "('9223372036854775808'),(9007199254740993),(9007199254740992)");
    }
}

TEST_P(OrderOfSqlite, HoldsForAnExpression) {
    database_.run({"CREATE TABLE t (n int)",
                   "INSERT INTO t VALUES (1),(2),(3),(10),(20),(100),(-5)",
                   "CREATE VIEW v AS SELECT n + 0 AS id, 'k' || n AS code FROM t"});

    expect_nothing_lost_behind_any_block(database_, {"SELECT * FROM v WHERE {page}", {"id"}}, 2);
    expect_nothing_lost_behind_any_block(database_, {"SELECT * FROM v WHERE {page}", {"code"}}, 2);
    expect_nothing_lost_behind_any_block(
        database_, {"SELECT * FROM v WHERE {page}", {"id", "code"}}, 2);
}

INSTANTIATE_TEST_SUITE_P(Ways,
                         OrderOfMariadb,
                         testing::Values("mariadb", "native_mariadb"),
                         [](const auto& instance) { return instance.param; });
INSTANTIATE_TEST_SUITE_P(Ways,
                         OrderOfSqlite,
                         testing::Values("sqlite", "native_sqlite"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge::odbc
