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
