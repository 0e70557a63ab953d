#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

class Catalog : public testing::TestWithParam<std::string> {
  protected:
    Catalog() : database_(GetParam()) {
        database_.run(
            {"CREATE TABLE person (b varchar(10) NOT NULL, a int NOT NULL, "
             "name varchar(40), PRIMARY KEY (a, b))",
             "CREATE TABLE loose (u int NOT NULL, v int NOT NULL, w int NOT NULL, "
             "UNIQUE (u, v), UNIQUE (w))",
             "CREATE TABLE bare (x int)",
             "INSERT INTO person VALUES ('b', 1, '张三'), ('c', 1, NULL), ('d', 2, '')"});
    }

    std::string named(const std::string& table) const {
        return database_.kind() == "postgres" ? "public." + table : table;
    }

    Database database_;
};

TEST_P(Catalog, ListsTheTablesOfTheDatabaseOnly) {
    EXPECT_EQ(database_.connector().list_tables(),
              (std::vector<std::string>{named("bare"), named("loose"), named("person")}));
}

TEST_P(Catalog, DescribesColumns) {
    const auto columns = database_.connector().describe_table(named("person"));

    ASSERT_EQ(columns.size(), 3U);
    EXPECT_EQ(columns[2].name, "name");
    EXPECT_EQ(columns[2].type, "varchar");
    EXPECT_EQ(columns[2].size, 40);
    EXPECT_TRUE(columns[2].nullable);
}

TEST_P(Catalog, FindsThePrimaryKeyInItsOrder) {
    EXPECT_EQ(database_.connector().key_columns(named("person")),
              (std::vector<std::string>{"a", "b"}));
}

TEST_P(Catalog, FindsAUniqueIndexWhereThereIsNoPrimaryKey) {
    const auto key = database_.connector().key_columns(named("loose"));

    // MariaDB's driver and sqliteodbc promote the first unique index to a primary key.
    const bool promotes = database_.kind() != "postgres" && !database_.native();
    EXPECT_EQ(key,
              promotes ? (std::vector<std::string>{"u", "v"}) : (std::vector<std::string>{"w"}));
}

TEST_P(Catalog, FindsNoKeyWhereThereIsNone) {
    EXPECT_TRUE(database_.connector().key_columns(named("bare")).empty());
}

TEST_P(Catalog, SamplesTheFirstRows) {
    const Sample sample = database_.connector().sample(named("person"), 2);

    EXPECT_EQ(sample.rows.rows, 2U);
    EXPECT_EQ(sample.columns.size(), sample.rows.columns.size());
    Rows rows;
    take_rows(sample.rows, rows);
    EXPECT_EQ(rows.at(0).at(2), Cell("张三"));
}

TEST_P(Catalog, TellsTheSourcesTimeAsAnInstant) {
    const auto difference = database_.connector().now({}) - database_.clock().now();

    EXPECT_LT(std::chrono::abs(difference), std::chrono::minutes(1));
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         Catalog,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace hrbridge::odbc
