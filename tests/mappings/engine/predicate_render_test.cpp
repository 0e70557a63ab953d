#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "mappings/engine/predicate.h"

namespace hrbridge::engine {
namespace {

const std::vector<PredicateColumn> kColumns{{"n", {base::Kind::Int}},
                                            {"m", {base::Kind::Int}},
                                            {"user", {base::Kind::Text}},
                                            {"order", {base::Kind::Int}}};

std::string sqlite_verdict(const std::string& predicate) {
    const auto parsed = Predicate::parse(predicate, kColumns, "test");
    EXPECT_TRUE(parsed) << predicate;
    sqlite3* db = nullptr;
    sqlite3_open(":memory:", &db);
    sqlite3_stmt* statement = nullptr;
    const std::string sql = "SELECT " + parsed->render(SqlDialect::Sqlite, "") +
                            " FROM (SELECT 7 AS n, 0 AS m, NULL AS \"user\", 1 AS \"order\")";
    EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_step(statement);
    const std::string verdict = sqlite3_column_type(statement, 0) == SQLITE_NULL ? "null"
                                : sqlite3_column_int(statement, 0) != 0          ? "true"
                                                                                 : "false";
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return verdict;
}

TEST(PredicateRender, ColumnsCalledLikeWordsOfSqlAreColumns) {
    EXPECT_EQ(sqlite_verdict("order = 1"), "true");
    EXPECT_EQ(sqlite_verdict("user = 'x'"), "null");
    EXPECT_EQ(Predicate::parse("user = 'x'", kColumns, "")->render(SqlDialect::Postgres, ""),
              "(\"user\" = 'x')");
}

TEST(PredicateRender, AModuloByZeroIsNullAndFailsNoBatch) {
    EXPECT_EQ(sqlite_verdict("mod(n, m) = 0"), "null");
    EXPECT_NE(Predicate::parse("mod(n, m) = 0", kColumns, "")
                  ->render(SqlDialect::Postgres, "")
                  .find("NULLIF(\"m\", 0)"),
              std::string::npos);
}

TEST(PredicateRender, EndsWithOfNullIsNull) {
    EXPECT_EQ(sqlite_verdict("ends_with(user, '')"), "null");
    EXPECT_EQ(sqlite_verdict("ends_with(coalesce(user, 'abc'), '')"), "true");
    EXPECT_EQ(sqlite_verdict("ends_with(coalesce(user, 'abc'), 'bc')"), "true");
    EXPECT_EQ(sqlite_verdict("ends_with(coalesce(user, 'c'), 'bc')"), "false");
}

}  // namespace
}  // namespace hrbridge::engine
