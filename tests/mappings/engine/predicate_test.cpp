#include "mappings/engine/predicate.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "tests/support/postgres_server.h"

namespace hrbridge::engine {
namespace {

using base::FieldType;
using base::Kind;

const std::vector<PredicateColumn> kColumns{{"n", FieldType{Kind::Int}},
                                            {"m", FieldType{Kind::Int}},
                                            {"price", FieldType{Kind::Decimal, 0, 12, 2}},
                                            {"rate", FieldType{Kind::Decimal, 0, 9, 4}},
                                            {"name", FieldType{Kind::Text}},
                                            {"hired", FieldType{Kind::Date}},
                                            {"gone", FieldType{Kind::Date}},
                                            {"at", FieldType{Kind::Timestamp}},
                                            {"flag", FieldType{Kind::Bool}},
                                            {"secret", FieldType{Kind::Text}, true}};

// The one row that every case looks at, as each store keeps it: gone is NULL.
constexpr const char* kSqliteRow =
    "(SELECT 7 AS n, -3 AS m, 1250 AS price, 5000 AS rate, '张三 Li' AS name, 19848 AS hired, NULL "
    "AS gone, "
    "1714949329000000 AS at, 1 AS flag, NULL AS secret)";
constexpr const char* kPostgresRow =
    "(SELECT 7::bigint AS n, -3::bigint AS m, 12.50::numeric(12,2) AS price, 0.5000::numeric(9,4) "
    "AS rate, "
    "'张三 Li'::text AS name, date '2024-05-05' AS hired, NULL::date AS gone, "
    "timestamptz '2024-05-05 22:48:49Z' AS at, TRUE AS flag, NULL::bytea AS secret)";

enum class Verdict { True, False, Null };

std::string word(Verdict verdict) {
    return verdict == Verdict::True ? "true" : verdict == Verdict::False ? "false" : "null";
}

std::string in_sqlite(const std::string& sql) {
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    sqlite3_stmt* statement = nullptr;
    const std::string text = "SELECT " + sql + " FROM " + kSqliteRow + " r";
    std::string result = "error";
    if (sqlite3_prepare_v2(db, text.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
        result = sqlite3_errmsg(db);
    } else if (sqlite3_step(statement) == SQLITE_ROW) {
        result = sqlite3_column_type(statement, 0) == SQLITE_NULL ? "null"
                 : sqlite3_column_int(statement, 0) != 0          ? "true"
                                                                  : "false";
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return result;
}

std::string in_postgres(const std::string& sql) {
    static PGconn* const kConnection =
        PQconnectdb(test::PostgresServer::instance().connection("postgres").c_str());
    const std::string text = "SELECT " + sql + " FROM " + kPostgresRow + " r";
    PGresult* answer = PQexec(kConnection, text.c_str());
    std::string result;
    if (PQresultStatus(answer) != PGRES_TUPLES_OK) {
        result = PQerrorMessage(kConnection);
    } else {
        result = PQgetisnull(answer, 0, 0) != 0       ? "null"
                 : PQgetvalue(answer, 0, 0)[0] == 't' ? "true"
                                                      : "false";
    }
    PQclear(answer);
    return result;
}

struct Case {
    const char* text;
    Verdict verdict;
};

class PredicateContract : public testing::TestWithParam<Case> {};

TEST_P(PredicateContract, GivesTheSameVerdictOnBothStores) {
    const auto predicate = Predicate::parse(GetParam().text, kColumns, "test");
    ASSERT_TRUE(predicate) << predicate.fault().where << ": " << predicate.fault().what;

    EXPECT_EQ(in_sqlite(predicate->render(SqlDialect::Sqlite, "r")), word(GetParam().verdict))
        << GetParam().text;
    EXPECT_EQ(in_postgres(predicate->render(SqlDialect::Postgres, "r")), word(GetParam().verdict))
        << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    All,
    PredicateContract,
    testing::Values(
        Case{"n = 7", Verdict::True},
        Case{"n <> 7", Verdict::False},
        Case{"n + m = 4 AND n - m = 10", Verdict::True},
        Case{"n * m = -21", Verdict::True},
        Case{"-n < m", Verdict::True},
        Case{"price = 12.5", Verdict::True},
        Case{"price = 12.500", Verdict::True},
        Case{"price > 12.499999", Verdict::True},
        Case{"price * rate = 6.25", Verdict::True},
        Case{"price + rate = 13", Verdict::True},
        Case{"price > rate", Verdict::True},
        Case{"price IN (1, 12.50, 3)", Verdict::True},
        Case{"price NOT IN (1, 12.51)", Verdict::True},
        Case{"n BETWEEN 7 AND 8 AND n NOT BETWEEN 8 AND 9", Verdict::True},
        Case{"gone IS NULL", Verdict::True},
        Case{"secret IS NULL", Verdict::True},
        Case{"gone >= hired", Verdict::Null},
        Case{"NOT (gone >= hired)", Verdict::Null},
        Case{"gone IS NULL OR gone >= hired", Verdict::True},
        Case{"gone >= hired AND n = 8", Verdict::False},
        Case{"hired = DATE '2024-05-05'", Verdict::True},
        Case{"hired + 30 = DATE '2024-06-04'", Verdict::True},
        Case{"days_between(hired, DATE '2024-06-04') = 30", Verdict::True},
        Case{"year(hired) = 2024 AND month(hired) = 5 AND day(hired) = 5", Verdict::True},
        Case{"at = TIMESTAMP '2024-05-06 06:48:49+08:00'", Verdict::True},
        Case{"flag", Verdict::True},
        Case{"flag = FALSE", Verdict::False},
        Case{"name = '张三 Li'", Verdict::True},
        Case{"name LIKE '张%Li'", Verdict::True},
        Case{"name LIKE '%li'", Verdict::False},
        Case{"name LIKE '__ __'", Verdict::True},
        Case{"length(name) = 5", Verdict::True},
        Case{"upper(name) = '张三 LI' AND lower(name) = '张三 li'", Verdict::True},
        Case{"substr(name, 1, 2) = '张三'", Verdict::True},
        Case{"starts_with(name, '张') AND ends_with(name, 'Li') AND contains(name, '三 ')",
             Verdict::True},
        Case{"ends_with(name, '')", Verdict::True},
        Case{"concat(name, '!') = '张三 Li!'", Verdict::True},
        Case{"coalesce(gone, hired) = hired", Verdict::True},
        Case{"nullif(n, 7) IS NULL", Verdict::True},
        Case{"least(n, m, 12.5) = -3 AND greatest(n, price) = 12.5", Verdict::True},
        Case{"abs(m) = 3 AND mod(n, 4) = 3", Verdict::True},
        Case{"CASE WHEN n > 5 THEN price ELSE 0 END = 12.5", Verdict::True},
        Case{"trim('  a ') = 'a'", Verdict::True},
        Case{"name < '李'", Verdict::True}));

class BrokenPredicate : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BrokenPredicate, IsRefusedWithItsPlace) {
    const auto predicate = Predicate::parse(GetParam().first, kColumns, "m.yaml:7");

    ASSERT_FALSE(predicate) << predicate->render(SqlDialect::Sqlite, "");
    EXPECT_NE((predicate.fault().where + ": " + predicate.fault().what).find(GetParam().second),
              std::string::npos)
        << predicate.fault().where << ": " << predicate.fault().what;
}

INSTANTIATE_TEST_SUITE_P(All,
                         BrokenPredicate,
                         testing::Values(std::pair{"nme = 'x'", "nearest: name"},
                                         std::pair{"n = 'x'", "column 3"},
                                         std::pair{"n = 1; DROP TABLE person", "column 6"},
                                         std::pair{"n = (SELECT 1)", "no field 'select'"},
                                         std::pair{"random() = 1", "no function 'random'"},
                                         std::pair{"secret = 'x'", "sealed"},
                                         std::pair{"n = NULL", "IS NULL"},
                                         std::pair{"n", "condition"},
                                         std::pair{"name = \"x\"", "single quotes"},
                                         std::pair{"name = 'x", "closing quote"},
                                         std::pair{"n = 1 --", "column"},
                                         std::pair{"length(n) = 1", "must be a text"},
                                         std::pair{"hired + price = hired", "whole number of days"},
                                         std::pair{"hired = DATE '2024-02-30'", "DATE '"},
                                         std::pair{"n IN (m)", "written out"},
                                         std::pair{"CASE WHEN n = 1 THEN 2 END = 2", "else"}));

TEST(Predicate, ViolationIsFalseOnlyUnlessNullFails) {
    const auto predicate = Predicate::parse("gone >= hired", kColumns, "test");

    EXPECT_EQ(in_sqlite(predicate->render_violation(SqlDialect::Sqlite, "", false)), "null");
    EXPECT_EQ(in_sqlite(predicate->render_violation(SqlDialect::Sqlite, "", true)), "true");
    EXPECT_EQ(in_postgres(predicate->render_violation(SqlDialect::Postgres, "", true)), "true");
}

TEST(Predicate, DeepNestingIsRefusedInsteadOfOverflowingTheStack) {
    const std::string deep(2000, '(');

    EXPECT_FALSE(Predicate::parse(deep + "n = 1", kColumns, "test"));
}

}  // namespace
}  // namespace hrbridge::engine
