#include <algorithm>

#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

class Resume : public testing::TestWithParam<std::string> {
  protected:
    Resume() : database_(GetParam()) {}

    // Reads in small blocks, then again from behind every block.
    void expect_exact_resumption(const Mapping& mapping, std::size_t rows) {
        const Reading whole = read_all(database_, mapping.request("", 3));
        ASSERT_EQ(whole.rows.size(), rows);
        for (std::size_t block = 0; block < whole.positions.size(); ++block) {
            const Reading rest = read_all(database_, mapping.request(whole.positions[block], 4));

            const auto from =
                whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]);
            EXPECT_EQ(rest.rows, Rows(from, whole.rows.end())) << "behind block " << block;
        }
    }

    Database database_;
};

TEST_P(Resume, GoesOnExactlyBehindAnyBlock) {
    database_.run(
        {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(10))",
         "INSERT INTO t VALUES (5,'e'),(1,'a'),(-3,NULL),(9,'i'),(7,''),(2,'b'),(8,'h')"});

    expect_exact_resumption({"SELECT * FROM t WHERE {page}", {"id"}}, 7);
}

TEST_P(Resume, OnlyAReadingFromTheBeginningIsSureToHaveGivenAll) {
    const std::string moment = database_.kind() == "postgres" ? "timestamp" : "datetime";
    database_.run({"CREATE TABLE t (id int, changed " + moment + " NOT NULL)",
                   "CREATE TABLE vacant (id int)",
                   "INSERT INTO t VALUES (1,'2024-05-06 07:08:09'),(NULL,'2024-05-06 07:08:09')"});
    const Mapping mapping("SELECT * FROM t WHERE {window} AND {page}", {"id"});
    SqlConnector& connector = database_.connector();
    const auto parts_of = [&](const connectors::ReadRequest& request) {
        const auto source = connector.open(request);
        read_all(*source);
        return source->parts_read();
    };

    EXPECT_EQ(parts_of(mapping.request("", 1)), std::vector<std::string>{""});
    const Reading whole = read_all(database_, mapping.request("", 1));
    EXPECT_TRUE(parts_of(mapping.request(whole.positions.front(), 1)).empty());
    connectors::ReadRequest request = mapping.request();
    request.window = {"changed",
                      *base::parse_timestamp("2020-01-01 00:00:00Z"),
                      *base::parse_timestamp("2030-01-01 00:00:00Z")};
    EXPECT_TRUE(parts_of(request).empty());
    request.window->from.reset();
    EXPECT_EQ(parts_of(request), std::vector<std::string>{""});
    EXPECT_TRUE(parts_of(Mapping("SELECT * FROM vacant WHERE {page}", {"id"}).request()).empty());
}

TEST_P(Resume, TellsKeysApartThatCollideWhenJoined) {
    database_.run(
        {"CREATE TABLE t (a varchar(10) NOT NULL, b varchar(10) NOT NULL, PRIMARY KEY (a, b))",
         "INSERT INTO t VALUES ('ab','c'),('a','bc'),('abc',''),('','abc'),('a:b','c'),"
         "('a','b:c'),('it''s','{window}'),('张','三')"});

    expect_exact_resumption({"SELECT * FROM t WHERE {page}", {"a", "b"}}, 8);
}

TEST_P(Resume, HoldsForKeysOfDatesAndNumbers) {
    const std::string moment = database_.kind() == "postgres" ? "timestamp(6)" : "datetime(6)";
    database_.run({"CREATE TABLE t (day date NOT NULL, moment " + moment +
                       " NOT NULL, n decimal(20,2) NOT NULL, PRIMARY KEY (day, moment, n))",
                   "INSERT INTO t VALUES ('2024-05-06','2024-05-06 07:08:09.123456',1.50),"
                   "('2024-05-06','2024-05-06 07:08:09.123456',-1.50),"
                   "('2024-05-06','2024-05-06 07:08:09.123457',1.50),"
                   "('1900-01-01','2024-05-06 07:08:09',9007199254.12),"
                   "('1900-01-01','2024-05-06 07:08:09',9007199254.13)"});

    expect_exact_resumption({"SELECT * FROM t WHERE {page}", {"day", "moment", "n"}}, 5);
}

TEST_P(Resume, HoldsForWholeNumbersBeyondADouble) {
    database_.run({"CREATE TABLE t (id bigint NOT NULL PRIMARY KEY)",
                   "INSERT INTO t VALUES (9007199254740991),(9007199254740992),(9007199254740993),"
                   "(9007199254740994),(9007199254740995),(9223372036854775807)"});

    expect_exact_resumption({"SELECT * FROM t WHERE {page}", {"id"}}, 6);
}

TEST_P(Resume, LosesNoRowOfAKeyThatIsRepeatedOrNull) {
    database_.run({"CREATE TABLE t (k int, v int NOT NULL)",
                   "INSERT INTO t VALUES (1,1),(1,2),(1,3),(1,4),(1,5),(2,1),(2,2),(NULL,1),"
                   "(NULL,2),(NULL,3),(NULL,4),(3,1),(3,1),(3,1),(3,1)"});
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"k"});
    const Reading whole = read_all(database_, mapping.request("", 3));
    ASSERT_EQ(whole.rows.size(), 15U);
    Rows expected = whole.rows;
    std::sort(expected.begin(), expected.end());

    for (std::size_t block = 0; block < whole.positions.size(); ++block) {
        Rows all(whole.rows.begin(),
                 whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]));
        const Reading rest = read_all(database_, mapping.request(whole.positions[block], 2));
        all.insert(all.end(), rest.rows.begin(), rest.rows.end());
        std::sort(all.begin(), all.end());

        EXPECT_EQ(all, expected) << "behind block " << block;
    }
}

TEST_P(Resume, PositionsGiveNoRowAwayToWhoTriesAllPays) {
    database_.run({"CREATE TABLE t (k int NOT NULL, pay int NOT NULL)",
                   "INSERT INTO t VALUES (1,8000),(1,9000),(1,10000),(2,7000)"});
    const base::SealKeys keys =
        base::SealKeys::make({{"k1", base::Secret(std::string(32, 'a'))}}, "k1").value();
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"k"});
    const auto position_of = [&](const base::SealKeys* under) {
        connectors::ReadRequest request = mapping.request("", 2);
        request.keys = under;
        return read_all(database_, request).positions.front();
    };
    const auto rows_behind = [&](const std::string& position) {
        connectors::ReadRequest request = mapping.request(position);
        request.keys = &keys;
        return read_all(database_, request).rows.size();
    };

    EXPECT_EQ(position_of(&keys), position_of(&keys));
    EXPECT_NE(position_of(&keys), position_of(nullptr));
    EXPECT_EQ(rows_behind(position_of(&keys)), 2U);
    EXPECT_EQ(rows_behind(position_of(nullptr)), 4U) << "read again, not lost";
}

TEST_P(Resume, WithoutAKeySkipsWhatWasRead) {
    database_.run({"CREATE TABLE t (v int)", "INSERT INTO t VALUES (1),(2),(3),(4),(5),(6),(7)"});

    expect_exact_resumption({"SELECT v FROM t", {}}, 7);
}

TEST_P(Resume, HoldsForLongRowsToo) {
    database_.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY, note text)",
                   "INSERT INTO t VALUES (1,'a'),(2,NULL),(3,''),(4,'d'),(5,'e')"});

    expect_exact_resumption({"SELECT note, id FROM t WHERE {page}", {"id"}}, 5);
}

TEST_P(Resume, RefusesAPositionOfAnotherKey) {
    database_.run(
        {"CREATE TABLE t (a int NOT NULL, b int NOT NULL)", "INSERT INTO t VALUES (1,1)"});
    const Mapping one("SELECT * FROM t WHERE {page}", {"a"});
    const Mapping two("SELECT * FROM t WHERE {page}", {"a", "b"});
    const std::string position = read_all(database_, one.request()).positions.at(0);

    const auto error = error_of([&] { read_all(database_, two.request(position)); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("person.map.yaml:2"), std::string::npos)
        << error.what();
}

TEST_P(Resume, PagesCrossTheirBordersWithoutLossOrRepetition) {
    // More rows than the first pages hold, two thirds of them with a key that others share.
    std::vector<std::string> statements{"CREATE TABLE t (k int NOT NULL, v int NOT NULL)"};
    constexpr int kRows = 6'000;
    for (int begin = 0; begin < kRows; begin += 500) {
        std::string insert = "INSERT INTO t VALUES ";
        for (int row = begin; row < begin + 500; ++row) {
            insert += (row == begin ? "(" : ",(") + std::to_string(row % 3 == 0 ? row : row / 900) +
                      "," + std::to_string(row) + ")";
        }
        statements.push_back(insert);
    }
    database_.run(statements);
    const Mapping mapping("SELECT v, k FROM t WHERE {page}", {"k"});

    Reading reading = read_all(database_, mapping.request("", 100));

    ASSERT_EQ(reading.rows.size(), static_cast<std::size_t>(kRows));
    std::sort(reading.rows.begin(), reading.rows.end());
    EXPECT_EQ(std::adjacent_find(reading.rows.begin(), reading.rows.end()), reading.rows.end());
}

TEST_P(Resume, GoesOnBehindMoreRowsOfOneKeyThanAFirstPageHolds) {
    constexpr int kRows = 800;
    std::string insert = "INSERT INTO t VALUES (2,-1)";
    for (int row = 0; row < kRows; ++row) {
        insert += ",(1," + std::to_string(row) + ")";
    }
    database_.run({"CREATE TABLE t (k int NOT NULL, v int NOT NULL)", insert});
    const Mapping mapping("SELECT v, k FROM t WHERE {page}", {"k"});
    const Reading whole = read_all(database_, mapping.request("", 100));
    ASSERT_EQ(whole.rows.size(), static_cast<std::size_t>(kRows) + 1);
    Rows expected = whole.rows;
    std::sort(expected.begin(), expected.end());

    for (std::size_t block = 0; block < whole.positions.size(); ++block) {
        Rows all(whole.rows.begin(),
                 whole.rows.begin() + static_cast<std::ptrdiff_t>(whole.rows_until[block]));
        const Reading rest = read_all(database_, mapping.request(whole.positions[block], 100));
        all.insert(all.end(), rest.rows.begin(), rest.rows.end());
        std::sort(all.begin(), all.end());

        EXPECT_EQ(all, expected) << "behind block " << block;
    }
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         Resume,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

class WindowOf : public testing::TestWithParam<std::string> {};

TEST_P(WindowOf, TakesItsLowerBoundLeavesItsUpperBoundAndReadsNullOnceOnly) {
    Database database(GetParam());
    const std::string moment = database.kind() == "postgres" ? "timestamp(6)" : "datetime(6)";
    database.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY, changed " + moment + ")",
                  "INSERT INTO t VALUES (1,'2024-05-06 07:59:59.999999'),"
                  "(2,'2024-05-06 08:00:00'),(3,'2024-05-06 08:59:59.999999'),"
                  "(4,'2024-05-06 09:00:00'),(5,NULL)"});
    const Mapping mapping("SELECT id FROM t WHERE {window} AND {page}", {"id"});
    const base::Timestamp midnight = std::chrono::sys_days(std::chrono::year(2024) / 5 / 6);
    connectors::ReadRequest first = mapping.request();
    // 09:00 in Shanghai is 01:00 UTC.
    first.window = {"changed", std::nullopt, midnight + std::chrono::hours(1)};
    connectors::ReadRequest later = first;
    later.window->from = midnight;

    const Reading from_the_beginning = read_all(database, first);
    const Reading an_hour = read_all(database, later);

    EXPECT_EQ(from_the_beginning.rows, (Rows{{"1"}, {"2"}, {"3"}, {"5"}}));
    EXPECT_EQ(an_hour.rows, (Rows{{"2"}, {"3"}}));
}

TEST_P(WindowOf, IsRefusedByAColumnThatHoldsNoTime) {
    Database database(GetParam());
    database.run(
        {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, epoch bigint, ratio double "
         "precision, stamp varchar(30))",
         "INSERT INTO t VALUES (1, 1714953600, 1.5, '2024-05-06 00:00:00')"});
    const Mapping mapping("SELECT * FROM t WHERE {window} AND {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    const base::Timestamp to = std::chrono::sys_days(std::chrono::year(2024) / 5 / 7);
    for (const std::string column : {"epoch", "ratio"}) {
        request.window = {column, std::nullopt, to};
        const auto error = error_of([&] { read_all(database, request); });
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        // PostgreSQL says so itself, and compares no text with a time either.
        if (database.kind() != "postgres") {
            EXPECT_NE(std::string(error.what()).find("date with time"), std::string::npos)
                << error.what();
        }
    }
    if (database.kind() != "postgres") {
        request.window = {"stamp", std::nullopt, to};
        EXPECT_EQ(read_all(database, request).rows.size(), 1U);
    }
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         WindowOf,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

TEST(WindowOfMariadb, FindsTheInstantOfATimestampColumn) {
    Database database("mariadb");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, changed timestamp(6) NULL)"});
    test::MariadbServer::instance().execute(
        database.name(),
        "SET time_zone = '+00:00'; INSERT INTO t VALUES (1, '2024-05-06 00:59:59.9'), "
        "(2, '2024-05-06 01:00:00')");
    const Mapping mapping("SELECT id FROM t WHERE {window} AND {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.window = {
        "changed",
        std::nullopt,
        std::chrono::sys_days(std::chrono::year(2024) / 5 / 6) + std::chrono::hours(1)};

    EXPECT_EQ(read_all(database, request).rows, (Rows{{"1"}}));
}

TEST(WindowOfPostgres, FindsTheInstantOfATimestampWithZone) {
    Database database("postgres");
    database.run({"CREATE TABLE t (id int PRIMARY KEY, changed timestamptz)",
                  "INSERT INTO t VALUES (1, '2024-05-06 00:59:59.9+00'), "
                  "(2, '2024-05-06 01:00:00+00')"});
    const Mapping mapping("SELECT id FROM t WHERE {window} AND {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.window = {
        "changed",
        std::nullopt,
        std::chrono::sys_days(std::chrono::year(2024) / 5 / 6) + std::chrono::hours(1)};

    EXPECT_EQ(read_all(database, request).rows, (Rows{{"1"}}));
}

}  // namespace
}  // namespace hrbridge::odbc
