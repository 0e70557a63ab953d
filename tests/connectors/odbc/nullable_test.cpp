#include "connectors/odbc/nullable.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

class Nullable : public testing::TestWithParam<std::string> {
  protected:
    Nullable() : database_(GetParam()) {
        database_.run(
            {"CREATE TABLE t (k varchar(20) NOT NULL PRIMARY KEY, a int NOT NULL, b int, "
             "c date)",
             "CREATE TABLE u (id int NOT NULL PRIMARY KEY, k varchar(20))"});
    }

    // The names of the columns that may be NULL.
    std::string told(const std::string& query, std::vector<std::string> key = {}) {
        const Mapping mapping(query, std::move(key));
        const auto source = database_.connector().open(mapping.request());
        std::string names;
        for (const base::DescribedColumn& column : source->columns()) {
            names += column.may_be_null ? column.name + " " : "";
        }
        return names;
    }

    Database database_;
};

TEST_P(Nullable, IsEveryColumnThatItsTableAllowsToBe) {
    EXPECT_EQ(told("SELECT * FROM t WHERE {page}", {"k"}), "b c ");
    EXPECT_EQ(told("SELECT b AS other, k FROM (SELECT * FROM t) q WHERE {page}", {"k"}), "other ");
}

TEST_P(Nullable, IsNoExpressionOfWhichNobodyKnows) {
    EXPECT_EQ(told("SELECT k, coalesce(b, 0) AS b, a FROM t WHERE {page}", {"k"}), "");
}

TEST_P(Nullable, IsToldOfEachTableOfAJoin) {
    EXPECT_EQ(told("SELECT t.k, t.a, t.b, u.id, u.k AS other FROM t JOIN u ON u.id = t.a"),
              "b other ");
}

TEST_P(Nullable, LeavesTheRowsAsTheyAre) {
    database_.run({"INSERT INTO t VALUES ('1', 1, NULL, '2024-02-29')",
                   "INSERT INTO t VALUES ('2', 2, 5, NULL)"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"k"});
    const Reading reading = read_all(database_, mapping.request("", 1));
    EXPECT_EQ(reading.rows,
              (Rows{{"1", "1", std::nullopt, "2024-02-29"}, {"2", "2", "5", std::nullopt}}));
}

// The driver of SQLite tells a wrong column where the query gives it another name.
INSTANTIATE_TEST_SUITE_P(WhoTells,
                         Nullable,
                         testing::Values("mariadb", "native_mariadb", "postgres", "native_sqlite"),
                         [](const auto& each) { return each.param; });

class NullableOfPostgres : public Nullable {};

TEST_P(NullableOfPostgres, IsTheColumnOfItsOwnSchema) {
    database_.run({"CREATE SCHEMA hr", "CREATE TABLE hr.t (k varchar(20), a int, b int NOT NULL)"});
    EXPECT_EQ(told("SELECT k, a, b FROM hr.t"), "k a ");
    EXPECT_EQ(told("SELECT x.a, y.a AS other FROM t x JOIN hr.t y ON x.k = y.k"), "other ");
}

TEST_P(NullableOfPostgres, IsNeitherAColumnOfAViewNorOneWhoseDomainForbidsIt) {
    database_.run({"CREATE VIEW v AS SELECT * FROM t",
                   "CREATE DOMAIN whole AS int NOT NULL",
                   "CREATE TABLE d (n whole, m int)",
                   "CREATE TABLE parts (n int NOT NULL, m int) PARTITION BY LIST (n)"});
    EXPECT_EQ(told("SELECT * FROM v"), "");
    EXPECT_EQ(told("SELECT * FROM d"), "m ");
    EXPECT_EQ(told("SELECT * FROM parts"), "m ");
}

INSTANTIATE_TEST_SUITE_P(Postgres, NullableOfPostgres, testing::Values("postgres"));

class NullableOfSqlite : public Nullable {};

TEST_P(NullableOfSqlite, IsNoPrimaryKeyThoughSqliteLetsItBe) {
    database_.run({"CREATE TABLE p (k varchar(20) PRIMARY KEY, a int)",
                   "CREATE TABLE i (id INTEGER PRIMARY KEY, a int)"});
    EXPECT_EQ(told("SELECT * FROM p WHERE {page}", {"k"}), "a ");
    EXPECT_EQ(told("SELECT * FROM i WHERE {page}", {"id"}), "a ");
}

TEST_P(NullableOfSqlite, IsToldThroughViews) {
    database_.run({"CREATE VIEW v AS SELECT a, b AS other FROM t"});
    EXPECT_EQ(told("SELECT * FROM v"), "other ");
}

INSTANTIATE_TEST_SUITE_P(Sqlite, NullableOfSqlite, testing::Values("native_sqlite"));

}  // namespace
}  // namespace hrbridge::odbc
