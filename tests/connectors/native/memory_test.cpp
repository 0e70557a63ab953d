#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::native {
namespace {

constexpr std::int64_t kRows = 2'000'000;

std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

// How much the resident size grows from the first rows on.
std::int64_t growth_while_reading(odbc::Database& database, const odbc::Mapping& mapping) {
    const auto source = database.connector().open(mapping.request());
    base::RawBlock block;
    std::int64_t begin = 0;
    std::int64_t peak = 0;
    std::int64_t rows = 0;
    while (source->read(block, {})) {
        rows += static_cast<std::int64_t>(block.rows);
        const std::int64_t now = resident_bytes();
        begin = begin == 0 && rows > 100'000 ? now : begin;
        peak = std::max(peak, now);
    }
    EXPECT_EQ(rows, kRows);
    return peak - begin;
}

TEST(NativeMemory, TwoMillionRowsStreamFromMariadb) {
    odbc::Database database("native_mariadb");
    database.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(60))",
                  "INSERT INTO t SELECT seq, 'a name of some length' FROM seq_1_to_2000000"});

    EXPECT_LT(growth_while_reading(database, {"SELECT * FROM t WHERE {page}", {"id"}}),
              std::int64_t{4} << 20);
    EXPECT_LT(growth_while_reading(database, {"SELECT * FROM t", {}}), std::int64_t{4} << 20);
}

// The server's packets and the library's buffer are as long as the row.
TEST(NativeMemory, ALongCellOfMariadbIsHeldOnce) {
    odbc::Database database("native_mariadb");
    database.run(
        {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, a longtext, b varchar(20), c "
         "longtext)",
         "INSERT INTO t SELECT seq, concat(seq, repeat('0123456789abcde', 100)), 'short', "
         "'c' FROM seq_1_to_9",
         "UPDATE t SET a = repeat('0123456789abcde', 400000), c = "
         "repeat('fedcba9876543210x', 350000) WHERE id = 5"});
    const odbc::Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    const auto source = database.connector().open(mapping.request());
    const std::int64_t before = resident_bytes();
    base::RawBlock block;
    std::int64_t bytes = 0;
    std::int64_t rows = 0;
    while (source->read(block, {})) {
        for (std::size_t row = 0; row < block.rows; ++row, ++rows) {
            const std::string_view a = block.columns[1].cell(row);
            const std::string_view c = block.columns[3].cell(row);
            EXPECT_EQ(block.columns[2].cell(row), "short");
            if (block.columns[0].cell(row) != "5") {
                EXPECT_EQ(a.size(), 1501U);
                EXPECT_EQ(c, "c");
                continue;
            }
            bytes = resident_bytes() - before;
            ASSERT_EQ(a.size(), 6'000'000U);
            ASSERT_EQ(c.size(), 5'950'000U);
            for (std::size_t at = 0; at < a.size(); at += 15) {
                ASSERT_EQ(a.substr(at, 15), "0123456789abcde") << at;
            }
            for (std::size_t at = 0; at < c.size(); at += 17) {
                ASSERT_EQ(c.substr(at, 17), "fedcba9876543210x") << at;
            }
        }
    }
    EXPECT_EQ(rows, 9);
    EXPECT_GT(bytes, 11'950'000);
    EXPECT_LT(bytes, 11'950'000 + (4 << 20));
}

TEST(NativeMemory, TwoMillionRowsStreamFromSqlite) {
    odbc::Database database("native_sqlite");
    database.run({"CREATE TABLE t (id integer PRIMARY KEY, name varchar(60))",
                  "INSERT INTO t WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
                  "WHERE i < 2000000) SELECT i, 'a name of some length' FROM s"});

    EXPECT_LT(growth_while_reading(database, {"SELECT * FROM t WHERE {page}", {"id"}}),
              std::int64_t{4} << 20);
}

}  // namespace
}  // namespace hrbridge::native
