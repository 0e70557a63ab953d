#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

std::string numbers(const std::string& kind, int rows) {
    const std::string last = std::to_string(rows);
    if (kind == "mariadb") {
        return "SELECT seq AS i FROM seq_1_to_" + last;
    }
    if (kind == "postgres") {
        return "SELECT i FROM generate_series(1, " + last + ") i";
    }
    return "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < " + last +
           ") SELECT i FROM s";
}

class Memory : public testing::TestWithParam<std::string> {
  protected:
    Memory() : database_(GetParam()) {
        database_.run(
            {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(60), "
             "remark varchar(60))",
             "INSERT INTO t SELECT i, 'a name of some length', 'a remark of some length' "
             "FROM (" +
                 numbers(database_.kind(), 300'000) + ") n"});
    }

    // The greatest resident size while rows with id up to `last` are read.
    std::int64_t peak_while_reading(int last) {
        const Mapping mapping("SELECT * FROM t WHERE id <= " + std::to_string(last) + " AND {page}",
                              {"id"});
        SqlConnector& connector = database_.connector();
        const auto source = connector.open(mapping.request());
        base::RawBlock block;
        std::int64_t peak = 0;
        std::size_t rows = 0;
        while (source->read(block, {})) {
            rows += block.rows;
            peak = std::max(peak, resident_bytes());
        }
        EXPECT_EQ(rows, static_cast<std::size_t>(last));
        return peak;
    }

    Database database_;
};

TEST_P(Memory, DoesNotGrowWithTheTable) {
    const std::int64_t small = peak_while_reading(30'000);

    const std::int64_t large = peak_while_reading(300'000);

    // 270,000 more rows are 20 MB and more, held whole.
    EXPECT_LT(large - small, std::int64_t{4} << 20);
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         Memory,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge::odbc
