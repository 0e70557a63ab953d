#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "tests/connectors/odbc/databases.h"

namespace hrbridge::odbc {
namespace {

void fill(Database& database, int rows) {
    database.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(40))"});
    for (int begin = 0; begin < rows; begin += 1000) {
        std::string insert = "INSERT INTO t VALUES ";
        for (int row = begin; row < begin + 1000; ++row) {
            insert += (row == begin ? "(" : ",(") + std::to_string(row) + ",'name')";
        }
        database.run({insert});
    }
}

class Failure : public testing::TestWithParam<std::string> {
  protected:
    Failure() : database_(GetParam()) {}
    Database database_;
};

TEST_P(Failure, OfTheQueryStopsWithTheDatabasesWords) {
    database_.run({"CREATE TABLE t (id int)"});
    const Mapping mapping("SELECT id, nonesuch FROM t WHERE {page}", {"id"});

    const auto error = error_of([&] { read_all(database_, mapping.request()); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_EQ(error.system(), "erp");
    EXPECT_NE(std::string(error.what()).find("nonesuch"), std::string::npos) << error.what();
}

TEST_P(Failure, OfTheQuerysSyntaxStops) {
    database_.run({"CREATE TABLE t (id int)"});
    const Mapping mapping("SELCT id FROM t WHERE {page}", {"id"});

    const auto error = error_of([&] { read_all(database_, mapping.request()); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("SELCT"), std::string::npos) << error.what();
}

TEST_P(Failure, OfAKeyThatIsNotSelectedNamesIt) {
    database_.run({"CREATE TABLE t (id int, name varchar(10))"});
    const Mapping mapping("SELECT name FROM t WHERE {page}", {"id"});

    const auto error = error_of([&] { read_all(database_, mapping.request()); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("key column id"), std::string::npos) << error.what();
}

TEST_P(Failure, OfAWindowWithoutPlaceholderStops) {
    database_.run({"CREATE TABLE t (id int)"});
    const Mapping mapping("SELECT id FROM t WHERE {page}", {"id"});
    connectors::ReadRequest request = mapping.request();
    request.window = {"id", std::nullopt, database_.clock().now()};

    const auto error = error_of([&] { read_all(database_, request); });

    EXPECT_NE(std::string(error.what()).find("{window}"), std::string::npos) << error.what();
}

INSTANTIATE_TEST_SUITE_P(Databases,
                         Failure,
                         testing::ValuesIn(all_kinds()),
                         [](const auto& instance) { return instance.param; });

TEST(RefusedLogin, ToMariadbStops) {
    for (const std::string way : {"mariadb", "native_mariadb"}) {
        Database database(way);
        database.options().password = base::Secret("wrong-password");

        const auto error = error_of([&] { database.connector().check(); });

        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_EQ(std::string(error.what()).find("wrong-password"), std::string::npos);
    }
}

TEST(RefusedLogin, ToPostgresStops) {
    Database database("postgres");
    database.options().user = "nobody_known";

    EXPECT_EQ(error_of([&] { database.connector().check(); }).remedy(), base::Remedy::Stop);
}

TEST(RefusedLogin, ASqliteFileThatIsNotThereIsNotMade) {
    for (const std::string way : {"sqlite", "native_sqlite"}) {
        test::TempDir folder;
        Database database(way);
        database.options().attributes = {{"Database", folder.file("mistyped.db")}};

        EXPECT_EQ(error_of([&] { database.connector().check(); }).remedy(), base::Remedy::Stop);
        EXPECT_FALSE(std::filesystem::exists(folder.file("mistyped.db")));
    }
}

TEST(RefusedLogin, ADriverThatIsNotInstalledStops) {
    Database database("sqlite");
    database.options().driver = "No Such Driver";

    EXPECT_EQ(error_of([&] { database.connector().check(); }).remedy(), base::Remedy::Stop);
}

TEST(UnreachableServer, AsksForARetry) {
    for (const std::string way : {"mariadb", "postgres", "native_mariadb"}) {
        Database database(way);
        const std::string& kind = database.kind();
        database.options().attributes[1].second = "1";

        EXPECT_EQ(error_of([&] { database.connector().check(); }).remedy(), base::Remedy::Retry)
            << kind;
    }
}

TEST(KilledServer, OfMariadbInMidReadingAsksForARetry) {
    for (const std::string way : {"mariadb", "native_mariadb"}) {
        Database database(way);
        fill(database, 3000);
        const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
        SqlConnector& connector = database.connector();
        const auto source = connector.open(mapping.request("", 100));
        base::RawBlock block;
        ASSERT_TRUE(source->read(block, {}));

        test::MariadbServer::instance().kill();
        const auto error = error_of([&] {
            while (source->read(block, {})) {
            }
        });
        test::MariadbServer::instance().start();

        EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
    }
}

TEST(KilledServer, OfPostgresInMidReadingAsksForARetry) {
    Database database("postgres");
    fill(database, 12'000);
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    SqlConnector& connector = database.connector();
    const auto source = connector.open(mapping.request("", 100));
    base::RawBlock block;
    ASSERT_TRUE(source->read(block, {}));

    test::PostgresServer::instance().kill();
    const auto error = error_of([&] {
        while (source->read(block, {})) {
        }
    });
    test::PostgresServer::instance().start();

    EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
}

std::string takes_long(const std::string& kind) {
    if (kind == "sqlite") {
        return "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT "
               "100000000000) "
               "SELECT max(x) FROM c)";
    }
    return kind == "mariadb" ? "sleep(60)" : "pg_sleep(60)";
}

TEST(SourceGuard, EndsAQueryThatTakesTooLong) {
    for (const std::string& way : all_kinds()) {
        if (way == "sqlite") {
            continue;  // its driver cannot; connectors/odbc/README.md
        }
        Database database(way);
        database.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY)", "INSERT INTO t VALUES (1)"});
        database.guard().query_seconds = 1;
        const std::string wait = takes_long(database.kind());
        const Mapping mapping("SELECT id, " + wait + " AS s FROM t WHERE {page}", {"id"});

        const auto error = error_of([&] { read_all(database, mapping.request()); });

        EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
    }
}

TEST(Stop, CancelsAQueryUnderWay) {
    for (const std::string way : {"mariadb", "postgres", "native_mariadb"}) {
        Database database(way);
        const std::string& kind = database.kind();
        database.run({"CREATE TABLE t (id int NOT NULL PRIMARY KEY)", "INSERT INTO t VALUES (1)"});
        const std::string wait = kind == "mariadb" ? "sleep(100)" : "pg_sleep(100)";
        const Mapping mapping("SELECT id, " + wait + " AS s FROM t WHERE {page}", {"id"});
        SqlConnector& connector = database.connector();
        const auto source = connector.open(mapping.request());
        const std::string running =
            kind == "mariadb"
                ? "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT id%'"
                : "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)%' AND "
                  "state = 'active' AND pid <> pg_backend_pid()";
        const Session watcher = open_session(database.api(), database.options(), {});
        std::stop_source stop;
        const std::jthread stopper([&] {
            std::string count = "0";
            while (count == "0") {
                Statement statement(*watcher.connection);
                statement.run(running);
                count = statement.all_rows().at(0).at(0).value_or("0");
            }
            stop.request_stop();
        });
        base::RawBlock block;
        const auto begin = std::chrono::steady_clock::now();

        EXPECT_THROW(source->read(block, stop.get_token()), base::Stopped) << kind;

        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(90)) << kind;
    }
}

// Some drivers close a statement that they are asked to cancel, also under a call that is fetching
// from it.
TEST(Stop, AtAnyInstantOfAReadingIsNoFault) {
    constexpr int kRows = 4000;
    constexpr int kWholes = 5;
    constexpr int kStops = 60;
    constexpr int kMostStops = 600;
    for (const std::string& way : all_kinds()) {
        SCOPED_TRACE(way);
        Database database(way);
        fill(database, kRows);
        const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
        SqlConnector& connector = database.connector();
        // A reading that waited for the machine would put every stop behind the end of the others.
        auto whole = std::chrono::nanoseconds::max();
        for (int i = 0; i < kWholes; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            EXPECT_EQ(read_all(*connector.open(mapping.request("", 100))).rows.size(), kRows);
            whole =
                std::min<std::chrono::nanoseconds>(whole, std::chrono::steady_clock::now() - begin);
        }
        int stopped = 0;
        // The stopping thread, too, may wait for the machine: more than the 60 then.
        for (int i = 0; i < kStops || (stopped == 0 && i < kMostStops); ++i) {
            const auto source = connector.open(mapping.request("", 100));
            std::stop_source stop;
            const std::jthread stopper([&, i] {
                std::this_thread::sleep_for(whole * (i % kStops) / kStops);
                stop.request_stop();
            });
            base::RawBlock block;
            try {
                while (source->read(block, stop.get_token())) {
                }
            } catch (const base::Stopped&) {
                ++stopped;
            }
        }
        EXPECT_GT(stopped, 0);
    }
}

TEST(Snapshot, HidesWhatIsWrittenWhileReading) {
    for (const std::string way : {"mariadb", "postgres", "native_mariadb"}) {
        Database database(way);
        const std::string& kind = database.kind();
        fill(database, 6000);
        const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
        SqlConnector& connector = database.connector();
        const auto source = connector.open(mapping.request("", 100));
        base::RawBlock block;
        ASSERT_TRUE(source->read(block, {}));

        database.run({"INSERT INTO t VALUES (9999, 'late')", "DELETE FROM t WHERE id = 5999"});
        const Reading rest = read_all(*source);

        EXPECT_EQ(rest.rows.size(), 5900U) << kind;
        EXPECT_EQ(rest.rows.back().at(0), Cell("5999")) << kind;
    }
}

}  // namespace
}  // namespace hrbridge::odbc
