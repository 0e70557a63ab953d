#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "connectors/native/sqlite_connector.h"
#include "tests/connectors/odbc/databases.h"

namespace hrbridge::native {
namespace {

using odbc::Cell;
using odbc::error_of;
using odbc::Mapping;
using odbc::Reading;
using odbc::Rows;

// A file, and another program's connection to it.
class NativeSqlite : public testing::Test {
  protected:
    NativeSqlite() {
        EXPECT_EQ(sqlite3_open(path_.c_str(), &writer_), SQLITE_OK);
        options_.name = "erp";
        options_.path = path_;
        options_.busy_timeout_s = 1;
    }
    ~NativeSqlite() override { sqlite3_close(writer_); }

    void run(const std::string& sql) {
        ASSERT_EQ(sqlite3_exec(writer_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(writer_);
    }
    SqliteConnector connector() { return {options_, guard_, {clock_, log_}}; }
    Reading read(const Mapping& mapping) {
        SqliteConnector made = connector();
        return odbc::read_all(*made.open(mapping.request("", 100)));
    }

    test::TempDir folder_;
    std::string path_ = folder_.file("source.db");
    sqlite3* writer_ = nullptr;
    base::SystemClock clock_;
    test::MemoryLog log_;
    SqliteOptions options_;
    connectors::SourceGuard guard_;
};

const char* const kEndless =
    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) "
    "SELECT max(i) AS id FROM s WHERE i < 0";

TEST_F(NativeSqlite, GivesBytesWhateverTheirColumnDeclares) {
    run("CREATE TABLE t (id integer PRIMARY KEY, v varchar(2), b blob);"
        "INSERT INTO t VALUES (1, x'610062ff', 'text in a blob'),"
        "(2, CAST(x'C0EECBC4' AS text), zeroblob(3)), (3, 'a' || char(0) || 'b', x'')");

    const Reading reading = read({"SELECT * FROM t WHERE {page}", {"id"}});

    EXPECT_EQ(reading.rows,
              (Rows{{"1", std::string("a\0b\xff", 4), "text in a blob"},
                    {"2", "\xC0\xEE\xCB\xC4", std::string(3, '\0')},
                    {"3", std::string("a\0b", 3), ""}}));
}

TEST_F(NativeSqlite, ReadsTextsOfUtf16Files) {
    test::TempDir other;
    options_.path = other.file("utf16.db");
    sqlite3_close(writer_);
    ASSERT_EQ(sqlite3_open(options_.path.c_str(), &writer_), SQLITE_OK);
    run("PRAGMA encoding = 'UTF-16le';"
        "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t VALUES (1, '张三😀')");

    EXPECT_EQ(read({"SELECT * FROM t WHERE {page}", {"id"}}).rows, (Rows{{"1", "张三😀"}}));
}

TEST_F(NativeSqlite, SeesOneMomentWhileOthersWrite) {
    run("PRAGMA journal_mode = WAL; CREATE TABLE t (id integer PRIMARY KEY);"
        "INSERT INTO t WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < "
        "1000) SELECT i FROM s");
    const Mapping mapping("SELECT * FROM t WHERE {page}", {"id"});
    SqliteConnector made = connector();
    const auto source = made.open(mapping.request("", 100));
    base::RawBlock block;
    ASSERT_TRUE(source->read(block, {}));

    run("DELETE FROM t WHERE id > 500; INSERT INTO t VALUES (2000)");

    EXPECT_EQ(odbc::read_all(*source).rows.size(), 900U);
}

TEST_F(NativeSqlite, WritesNothing) {
    run("CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)");
    SqliteConnector made = connector();
    const Mapping mapping("SELECT id FROM t WHERE {page}", {"id"});
    const std::string before = test::read_file(path_);

    odbc::read_all(*made.open(mapping.request()));
    const auto error = error_of([&] {
        made.open(Mapping("DELETE FROM t WHERE {page} RETURNING id", {"id"}).request())->columns();
    });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_EQ(test::read_file(path_), before);
}

TEST_F(NativeSqlite, AWriterThatDoesNotEndAsksForARetry) {
    run("CREATE TABLE t (id integer PRIMARY KEY); BEGIN EXCLUSIVE");

    const auto error = error_of([&] { read({"SELECT * FROM t WHERE {page}", {"id"}}); });

    EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
    EXPECT_EQ(error.code(), "HYT00/5");
}

TEST_F(NativeSqlite, AFileThatIsNoDatabaseStops) {
    folder_.write("other.db", std::string(4096, 'x'));
    options_.path = folder_.file("other.db");

    const auto error = error_of([&] { connector().check(); });

    EXPECT_EQ(error.remedy(), base::Remedy::Stop);
    EXPECT_NE(std::string(error.what()).find("not a database"), std::string::npos) << error.what();
}

TEST_F(NativeSqlite, AQueryThatTakesTooLongIsEnded) {
    guard_.query_seconds = 1;

    const auto error = error_of([&] { read({kEndless, {}}); });

    EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
}

TEST_F(NativeSqlite, AStopEndsAQueryUnderWay) {
    const Mapping mapping(kEndless, {});
    SqliteConnector made = connector();
    const auto source = made.open(mapping.request());
    std::stop_source stop;
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        stop.request_stop();
    });
    base::RawBlock block;

    EXPECT_THROW(source->read(block, stop.get_token()), base::Stopped);
}

TEST_F(NativeSqlite, KnowsNoKeyOfAnIndexOverAnExpressionOrSomeRows) {
    run("CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL);"
        "CREATE UNIQUE INDEX e ON t (abs(a)); CREATE UNIQUE INDEX p ON t (b) WHERE b > 0;"
        "CREATE UNIQUE INDEX u ON t (c, a)");

    EXPECT_EQ(connector().key_columns("t"), (std::vector<std::string>{"c", "a"}));
}

}  // namespace
}  // namespace hrbridge::native
