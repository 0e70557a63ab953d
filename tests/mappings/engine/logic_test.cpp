#include "mappings/engine/logic.h"

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "tests/mappings/engine/map_rows.h"
#include "tests/support/postgres_server.h"

namespace hrbridge::engine {
namespace {

using testing_support::mapping_with;

using Rows = std::set<std::int64_t>;

struct CloseSqlite {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct ClosePostgres {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};

// The same rows and rules on both stores.
class Logic : public testing::Test {
  protected:
    Logic() {
        sqlite3* db = nullptr;
        sqlite3_open(":memory:", &db);
        sqlite_.reset(db);
        postgres_.reset(
            PQconnectdb(test::PostgresServer::instance().connection("postgres").c_str()));
        run("CREATE TEMP TABLE thing (key TEXT, f TEXT, g BIGINT, gone_at BIGINT);"
            "CREATE TEMP TABLE staged (row_no BIGINT, key TEXT, f TEXT, g BIGINT);"
            "CREATE TEMP TABLE parent (code TEXT, gone_at BIGINT);");
    }

    void run(const std::string& sql) {
        EXPECT_EQ(sqlite3_exec(sqlite_.get(), sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(sqlite_.get());
        const std::unique_ptr<PGresult, ClearResult> result(PQexec(postgres_.get(), sql.c_str()));
        EXPECT_EQ(PQresultStatus(result.get()), PGRES_COMMAND_OK)
            << PQerrorMessage(postgres_.get());
    }

    static std::string violation_of(const std::string& rule, SqlDialect dialect) {
        const Mapping mapping = mapping_with(
            "  f: {from: a, id: F02, type: text(20), opt: true}\n"
            "  g: {from: b, id: F03, type: int, opt: true}\nlogic:\n  - " +
            rule + "\n");
        const RenderedLogic logic = render_logic(
            mapping,
            {{"key", {base::Kind::Text}}, {"f", {base::Kind::Text}}, {"g", {base::Kind::Int}}},
            dialect);
        std::string sql = logic.rules.at(0).violation;
        constexpr std::string_view kStaging = "{staging}";
        for (std::size_t at = sql.find(kStaging); at != std::string::npos;
             at = sql.find(kStaging)) {
            sql.replace(at, kStaging.size(), "staged");
        }
        return sql;
    }

    Rows in_sqlite(const std::string& rule) {
        const std::string sql = violation_of(rule, SqlDialect::Sqlite);
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(sqlite_.get(), sql.c_str(), -1, &statement, nullptr),
                  SQLITE_OK)
            << sqlite3_errmsg(sqlite_.get()) << "\n"
            << sql;
        Rows rows;
        while (sqlite3_step(statement) == SQLITE_ROW) {
            rows.insert(sqlite3_column_int64(statement, 0));
        }
        sqlite3_finalize(statement);
        return rows;
    }

    Rows in_postgres(const std::string& rule) {
        const std::string sql = violation_of(rule, SqlDialect::Postgres);
        const std::unique_ptr<PGresult, ClearResult> result(PQexec(postgres_.get(), sql.c_str()));
        EXPECT_EQ(PQresultStatus(result.get()), PGRES_TUPLES_OK)
            << PQerrorMessage(postgres_.get()) << "\n"
            << sql;
        Rows rows;
        for (int i = 0; i < PQntuples(result.get()); ++i) {
            rows.insert(std::stoll(PQgetvalue(result.get(), i, 0)));
        }
        return rows;
    }

    // The staged rows that break the one rule of the mapping.
    Rows violations(const std::string& rule) {
        Rows rows = in_sqlite(rule);
        EXPECT_EQ(rows, in_postgres(rule)) << rule;
        return rows;
    }

    std::unique_ptr<sqlite3, CloseSqlite> sqlite_;
    std::unique_ptr<PGconn, ClosePostgres> postgres_;
};

TEST_F(Logic, ARowRuleGivesTheRowsThatAreFalseAndNullOnlyOnDemand) {
    run("INSERT INTO staged VALUES (0,'a','x',1),(1,'b','x',-1),(2,'c','x',NULL)");
    EXPECT_EQ(violations("{id: L01, row: 'g >= 0'}"), (Rows{1}));
    EXPECT_EQ(violations("{id: L01, row: 'g >= 0', null: fail}"), (Rows{1, 2}));
}

TEST_F(Logic, UniqueLooksAtTheBatchAndAtOtherKeysOfTheStore) {
    run("INSERT INTO staged VALUES "
        "(0,'a','x',1),(1,'b','x',1),(2,'c','y',1),(3,'d',NULL,1),(4,'e',NULL,1),(5,'f','z',1);"
        "INSERT INTO thing VALUES ('q','y',1,NULL),('f','z',1,NULL)");
    EXPECT_EQ(violations("{id: L01, unique: [f]}"), (Rows{1, 2}));
}

TEST_F(Logic, UniqueCountsOnlyRowsOfItsWhere) {
    run("INSERT INTO staged VALUES (0,'a','x',1),(1,'b','x',0),(2,'c','y',1);"
        "INSERT INTO thing VALUES ('q','y',0,NULL)");
    EXPECT_EQ(violations("{id: L01, unique: [f], where: 'g = 1'}"), (Rows{}));
}

TEST_F(Logic, UniqueLetsTwoRowsOfOneBatchSwapTheirValues) {
    run("INSERT INTO thing VALUES ('a','x',1,NULL),('b','y',1,NULL);"
        "INSERT INTO staged VALUES (0,'a','y',1),(1,'b','x',1)");
    EXPECT_EQ(violations("{id: L01, unique: [f]}"), (Rows{}));
}

TEST_F(Logic, ExistsGivesRowsWithoutAParentAndPassesNull) {
    run("INSERT INTO parent VALUES ('p',NULL);"
        "INSERT INTO staged VALUES (0,'a','p',1),(1,'b','q',1),(2,'c',NULL,1)");
    EXPECT_EQ(violations("{id: L01, exists: f -> parent.code}"), (Rows{1}));
}

TEST_F(Logic, ExistsInTheOwnEntitySeesParentsOfTheSameBatch) {
    run("INSERT INTO staged VALUES (0,'boss',NULL,1),(1,'b','boss',1),(2,'c','nobody',1)");
    EXPECT_EQ(violations("{id: L01, exists: f -> thing.key}"), (Rows{2}));
}

TEST_F(Logic, RowsThatAreGoneFromTheirSourceAreNeitherParentsNorOthersWithTheSameValue) {
    run("INSERT INTO parent VALUES ('p',1);"
        "INSERT INTO thing VALUES ('q','p',1,1);"
        "INSERT INTO staged VALUES (0,'a','p',1)");
    EXPECT_EQ(violations("{id: L01, exists: f -> parent.code}"), (Rows{0}));
    EXPECT_EQ(violations("{id: L01, unique: [f]}"), (Rows{}));
}

TEST_F(Logic, NothingThatARowHoldsFailsTheWholeBatch) {
    run("INSERT INTO staged VALUES (0,'a','x',0),(1,'b','x',9223372036854775807),(2,'c','x',-1)");
    EXPECT_EQ(violations("{id: L01, row: 'mod(7, g) = 0'}"), (Rows{1}));
    EXPECT_EQ(violations("{id: L01, row: 'g * g <= 1'}"), (Rows{1}));
    EXPECT_EQ(violations("{id: L01, row: 'g + g <= 1'}"), (Rows{1}));
    EXPECT_EQ(violations("{id: L01, row: '100000 * 100000 > g'}"), (Rows{1}));
}

// A whole batch of 50,000 rows must not be compared row by row.
TEST_F(Logic, UniqueOverAWholeBatchIsNotQuadratic) {
    const auto seconds = [&](int rows) {
        run("DELETE FROM staged; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n "
            "WHERE i < " +
            std::to_string(rows - 1) + ") INSERT INTO staged SELECT i, 'k'||i, 'f'||i, 1 FROM n");
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(violations("{id: L01, unique: [f]}").empty());
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const double small = seconds(2'000);
    const double large = seconds(16'000);
    EXPECT_LT(large, small * 30) << small << " s for 2,000 rows, " << large << " s for 16,000";
}

}  // namespace
}  // namespace hrbridge::engine
