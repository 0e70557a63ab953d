#include <chrono>

#include <gtest/gtest.h>

#include "connectors/native/mariadb_connection.h"
#include "connectors/odbc/layout.h"
#include "tests/connectors/odbc/databases.h"

namespace hrbridge::native {
namespace {

using odbc::Database;
using odbc::error_of;
using odbc::Mapping;
using odbc::Reading;
using odbc::Rows;
using odbc::Statement;
using odbc::take_rows;

constexpr int kRows = 30'000;

class Stream : public testing::Test {
  protected:
    Stream() {
        database_.run(
            {"CREATE TABLE t (id int NOT NULL PRIMARY KEY, name varchar(200))",
             "INSERT INTO t SELECT seq, repeat('x', 200) FROM seq_1_to_" + std::to_string(kRows)});
    }

    MariaDbOptions options() {
        MariaDbOptions options;
        options.name = "erp";
        options.host = "127.0.0.1";
        options.port = test::MariadbServer::instance().port();
        options.database = database_.name();
        options.user = test::MariadbServer::kUser;
        options.password = base::Secret(test::MariadbServer::kPassword);
        return options;
    }
    std::string administer(const std::string& sql) {
        return test::MariadbServer::instance().execute(database_.name(), sql);
    }

    Database database_{"native_mariadb"};
    Mapping mapping_{"SELECT * FROM t WHERE {page}", {"id"}};
};

TEST_F(Stream, AnotherStatementInItsMiddleLosesNoRow) {
    const auto session_options = options();
    MariaDbConnection connection(session_options, 0);
    Statement rows(connection);
    rows.run("SELECT id FROM t ORDER BY id");
    const odbc::Layout layout;
    const auto fetcher = rows.fetcher(layout);
    base::RawBlock block;
    Rows all;
    ASSERT_TRUE(fetcher->fetch(block, {10, 1U << 20U}));
    take_rows(block, all);

    for (int time = 0; time < 2; ++time) {
        Statement other(connection);
        other.prepare({"SELECT count(*) FROM t WHERE id < ?", {{"100"}}});
        other.execute();
        EXPECT_EQ(other.all_rows().at(0).at(0), "99");
        ASSERT_TRUE(fetcher->fetch(block, {7, 1U << 20U}));
        take_rows(block, all);
    }
    while (fetcher->fetch(block, {1000, 1U << 20U})) {
        take_rows(block, all);
    }

    ASSERT_EQ(all.size(), static_cast<std::size_t>(kRows));
    for (int row = 0; row < kRows; ++row) {
        ASSERT_EQ(all[static_cast<std::size_t>(row)][0], std::to_string(row + 1));
    }
}

TEST_F(Stream, ThatIsGivenUpEndsAtOnceAndLeavesNoStatementBehind) {
    const Mapping endless("SELECT a.id FROM t a, t b, t c", {});
    // The server shows a thread whose lock it does not get at once as busy and without its
    // statement, so that one look proves nothing.
    const auto comes_to = [this](const std::string& wanted) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        std::string shown;
        do {
            shown = administer(
                "SELECT count(*) AS n FROM information_schema.processlist WHERE info "
                "LIKE 'SELECT a.id%'");
        } while (shown != wanted && std::chrono::steady_clock::now() < until);
        return shown;
    };
    {
        const auto source = database_.connector().open(endless.request("", 10));
        base::RawBlock block;
        ASSERT_TRUE(source->read(block, {}));
        ASSERT_EQ(comes_to("n\n1\n"), "n\n1\n");
    }

    EXPECT_EQ(comes_to("n\n0\n"), "n\n0\n");
}

TEST_F(Stream, WhoseConnectionIsKilledAsksForARetryAndGoesOnAtItsPosition) {
    const auto source = database_.connector().open(mapping_.request("", 100));
    base::RawBlock block;
    Rows all;
    std::string position;
    ASSERT_TRUE(source->read(block, {}));
    const std::string number = administer(
        "SELECT id FROM information_schema.processlist WHERE user = 'hrbridge' ORDER BY id DESC "
        "LIMIT 1");

    bool killed = false;
    const auto error = error_of([&] {
        do {
            take_rows(block, all);
            position = block.position;
            if (!killed && all.size() >= 600) {
                administer("KILL " + number.substr(number.find('\n') + 1));
                killed = true;
            }
        } while (source->read(block, {}));
    });
    const Reading rest = read_all(database_, mapping_.request(position, 100));

    EXPECT_EQ(error.remedy(), base::Remedy::Retry) << error.what();
    EXPECT_LT(all.size(), static_cast<std::size_t>(kRows));
    all.insert(all.end(), rest.rows.begin(), rest.rows.end());
    ASSERT_EQ(all.size(), static_cast<std::size_t>(kRows));
    for (int row = 0; row < kRows; ++row) {
        ASSERT_EQ(all[static_cast<std::size_t>(row)][0], std::to_string(row + 1));
    }
}

TEST_F(Stream, KeepsItsConnectionWhileWhoTakesItsRowsPauses) {
    MariaDbConnection connection(options(), 0);
    Statement statement(connection);
    statement.run("SELECT @@net_write_timeout");

    EXPECT_GE(std::stoi(statement.all_rows().at(0).at(0).value_or("0")), 3600);
}

// A server's init_connect comes behind the greeting, in which the charset was asked for.
TEST_F(Stream, KeepsFourByteCharactersWhateverTheServerSetsAtALogin) {
    administer(
        "CREATE TABLE names (id int NOT NULL PRIMARY KEY, name varchar(20) CHARACTER SET utf8mb4)");
    administer("INSERT INTO names VALUES (1, _utf8mb4 0xF0A0AEB7)");
    administer("SET GLOBAL init_connect = 'SET NAMES utf8mb3'");
    const Mapping names("SELECT id, name FROM names WHERE {page}", {"id"});
    const auto read = [&] {
        const auto source = database_.connector().open(names.request());
        base::RawBlock block;
        EXPECT_TRUE(source->read(block, {}));
        return std::string(block.columns[1].cell(0));
    };
    EXPECT_NO_THROW(EXPECT_EQ(read(), "\xF0\xA0\xAE\xB7"));
    administer("SET GLOBAL init_connect = ''");
}

TEST_F(Stream, ADraftsKeyHasAllColumnsOfAnIndexOverTheBeginningOfOne) {
    administer(
        "CREATE TABLE prefix (id int, dept varchar(20) NOT NULL, name varchar(90) NOT NULL, UNIQUE "
        "KEY u (dept, name(10)))");
    const auto session_options = options();
    MariaDbConnection connection(session_options, 0);
    const auto columns = connection.unique_indexes({database_.name(), "", "prefix"});
    ASSERT_EQ(columns.size(), 2U);
    EXPECT_EQ(columns[0].column + "," + columns[1].column, "dept,name");
}

TEST_F(Stream, ARefusedStatementLeavesTheConnectionUsable) {
    MariaDbConnection connection(options(), 0);
    Statement wrong(connection);
    wrong.prepare({"SELECT nonesuch FROM t WHERE id = ?", {{"1"}}});
    const auto error = error_of([&] { wrong.execute(); });
    Statement right(connection);
    right.prepare({"SELECT id FROM t WHERE id = ?", {{"7"}}});
    right.execute();

    EXPECT_NE(std::string(error.what()).find("nonesuch"), std::string::npos);
    EXPECT_EQ(error.code(), "42S22/1054");
    EXPECT_EQ(right.all_rows().at(0).at(0), "7");
}

TEST_F(Stream, ErrorsQuoteNoValuesOfRows) {
    const Mapping mapping(
        "SELECT id, CAST(CONCAT('pay ', id) AS DOUBLE) * 1e308 * 1e308 AS v, "
        "exp(id * 1000) AS e FROM t WHERE {page}",
        {"id"});

    const auto error = error_of([&] { read_all(database_, mapping.request()); });

    EXPECT_EQ(std::string(error.what()).find("pay"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("a value was refused"), std::string::npos)
        << error.what();
}

}  // namespace
}  // namespace hrbridge::native
