#include "daemon/store/errors.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/postgres/error.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

template <typename Work>
std::optional<base::StoreError> error_of(Work&& work) {
    try {
        work();
    } catch (const base::StoreError& error) {
        return error;
    }
    return std::nullopt;
}

class Errors : public BothStores {};

TEST_P(Errors, ARepeatedKeyIsTheRowsFaultAndNamesNoValue) {
    const auto add = [&] {
        AccountRepository(*connection_)
            .add({0, "zhang.wei", model::Role::Hr, "hash", {}, false}, clock_.now());
    };
    add();

    const auto error = error_of(add);

    ASSERT_TRUE(error);
    EXPECT_TRUE(is_unique_violation(*error)) << error->code();
    EXPECT_EQ(error->remedy(), base::Remedy::Row);
    EXPECT_EQ(std::string(error->what()).find("zhang"), std::string::npos) << error->what();
}

TEST_P(Errors, AMissingValueAndAMissingParentAreTheRowsFault) {
    const auto missing = error_of(
        [&] { connection_->execute("INSERT INTO job (name) VALUES ($1)", {std::string("a")}); });
    const auto orphan = error_of([&] {
        connection_->execute(
            "INSERT INTO session (token_hash, account_id, form_token, created_at, "
            "expires_at, last_seen) VALUES ($1, $2, '', $3, $3, $3)",
            {base::Bytes{"t"}, std::int64_t{77}, clock_.now()});
    });

    ASSERT_TRUE(missing);
    ASSERT_TRUE(orphan);
    EXPECT_EQ(missing->remedy(), base::Remedy::Row);
    EXPECT_EQ(orphan->remedy(), base::Remedy::Row);
}

TEST_P(Errors, AWrongStatementIsForAPerson) {
    const auto error = error_of([&] { connection_->execute("SELEKT 1", {}); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->remedy(), base::Remedy::Stop);
}

TEST_P(Errors, AConnectionGoesOnAfterAFailedStatement) {
    EXPECT_TRUE(error_of([&] { connection_->execute("SELEKT 1", {}); }));
    EXPECT_TRUE(error_of([&] { connection_->query("SELECT no_such FROM job", {})->next(); }));

    EXPECT_EQ(count("job"), 0);
    EXPECT_FALSE(connection_->in_transaction());
}

TEST_P(Errors, ATransactionThatIsNotCommittedLeavesNothing) {
    {
        const sql::Transaction transaction(*connection_);
        JobRepository(*connection_).pause("sync/x", "me", "why", clock_.now());
        EXPECT_EQ(count("job"), 1);
    }

    EXPECT_EQ(count("job"), 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, Errors, testing::Values("sqlite", "postgres"), store_name);

TEST(SqliteStore, RefusesAFileOfAnotherUser) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can give a file away";
    }
    FreshStore store("sqlite");
    store->connect();
    ASSERT_EQ(chown(store.path().c_str(), 1, 1), 0);

    const auto error = error_of([&] { store->connect(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->remedy(), base::Remedy::Stop);
}

TEST(SqliteStore, MakesItsFileForItsOwnerOnly) {
    FreshStore store("sqlite");
    store->connect();

    struct stat info {};
    ASSERT_EQ(stat(store.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0077U, 0U);
}

TEST(SqliteStore, RefusesAFileThatIsNoDatabase) {
    const test::TempDir folder;
    StoreOptions options;
    options.path = folder.write("hr.db", std::string(4096, 'x'));

    const auto error = error_of([&] { open_store(options)->connect(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), "SQLITE_NOTADB");
    EXPECT_EQ(error->remedy(), base::Remedy::Stop);
}

// A source whose path was given to the store as well, for one.
TEST(SqliteStore, RefusesTheDatabaseOfAnotherProgramAndLeavesItAsItIs) {
    const test::TempDir folder;
    StoreOptions options;
    options.path = folder.file("erp.db");
    sqlite3* foreign = nullptr;
    ASSERT_EQ(sqlite3_open(options.path.c_str(), &foreign), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(foreign, "CREATE TABLE emp (no TEXT)", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(foreign);
    const auto content = [&] {
        std::ifstream file(options.path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const std::string before = content();

    const auto error = error_of([&] { open_store(options)->connect(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), "no_store");
    EXPECT_EQ(error->remedy(), base::Remedy::Stop);
    const std::string text = error->what();
    EXPECT_NE(text.find(options.path), std::string::npos) << text;
    EXPECT_NE(text.find("emp"), std::string::npos) << text;
    EXPECT_EQ(content(), before);
}

TEST(SqliteStore, SaysThatTheDiskIsFullAndMayBeTriedAgain) {
    FreshStore store("sqlite");
    const auto connection = store->connect();
    migrate(*connection);
    connection->run_script("PRAGMA max_page_count = 1");

    const auto error = error_of([&] {
        for (int i = 0; i < 10'000; ++i) {
            JobRepository(*connection)
                .pause("job " + std::to_string(i), "me", std::string(500, 'x'), {});
        }
    });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), "SQLITE_FULL");
    EXPECT_EQ(error->remedy(), base::Remedy::Retry);
    EXPECT_NE(std::string(error->what()).find("disk full"), std::string::npos) << error->what();
}

TEST(PostgresStore, CannotBeReachedForNowWhenNobodyListens) {
    StoreOptions options;
    options.kind = "postgres";
    options.connection = "host=127.0.0.1 port=" + std::to_string(test::free_port()) + " dbname=hr";
    options.password = base::Secret("s3cret-pass");

    const auto error = error_of([&] { open_store(options)->connect(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->remedy(), base::Remedy::Retry);
    EXPECT_EQ(std::string(error->what()).find("s3cret"), std::string::npos);
    EXPECT_EQ(open_store(options)->describe().find("s3cret"), std::string::npos);
}

TEST(PostgresStore, AMissingDatabaseIsForAPerson) {
    StoreOptions options;
    options.kind = "postgres";
    options.connection = test::PostgresServer::instance().connection("no_such_database");

    const auto error = error_of([&] { open_store(options)->connect(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), "3D000") << error->what();
    EXPECT_EQ(error->remedy(), base::Remedy::Stop);
}

TEST(PostgresStore, ShowsNoPasswordThatStandsInItsConnectionText) {
    StoreOptions options;
    options.kind = "postgres";
    options.connection = "host=db password=hunter2 dbname=hr";

    EXPECT_EQ(open_store(options)->describe(), "postgres host=db password=*** dbname=hr");
}

TEST(PostgresStore, ALostConnectionMayBeTriedAgainOnANewOne) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    const auto other = store->connect();
    const auto pid = connection->query("SELECT pg_backend_pid()", {});
    ASSERT_TRUE(pid->next());
    const std::int64_t backend = pid->integer(0);
    connection->begin();
    other->query("SELECT pg_terminate_backend($1::int)", {backend})->next();

    const auto first = error_of([&] { connection->execute("SELECT 1", {}); });
    connection->rollback();
    const auto second = error_of([&] { connection->execute("SELECT 1", {}); });

    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->remedy(), base::Remedy::Retry) << first->code();
    EXPECT_EQ(second->remedy(), base::Remedy::Retry) << second->code();
    EXPECT_NO_THROW(store->connect()->execute("SELECT 1", {}));
}

TEST(PostgresStore, WaitsForTheDiskUnlessToldOtherwiseAndInsideTransactionsOnly) {
    FreshStore store("postgres");
    StoreOptions options;
    options.kind = "postgres";
    options.connection = test::PostgresServer::instance().connection(store.database());
    const auto setting = [&](bool waits, const char* column) {
        options.waits_for_disk = waits;
        const auto connection = open_store(options)->connect();
        connection->begin();
        const auto rows = connection->query(
            fmt::format("SELECT {} FROM pg_settings WHERE name = 'synchronous_commit'", column),
            {});
        return rows->next() ? rows->text(0) : std::string();
    };

    EXPECT_EQ(setting(true, "setting"), setting(true, "reset_val"));
    EXPECT_EQ(setting(false, "setting"), "off");
    EXPECT_EQ(setting(false, "reset_val"), setting(true, "reset_val"));
}

TEST(PostgresStore, EndsAStatementThatTakesTooLong) {
    FreshStore store("postgres");
    StoreOptions options;
    options.kind = "postgres";
    options.connection = test::PostgresServer::instance().connection(store.database());
    options.statement_timeout_s = 1;
    const auto connection = open_store(options)->connect();

    const auto error = error_of([&] { connection->query("SELECT pg_sleep(600)", {})->next(); });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), "57014");
    EXPECT_EQ(error->remedy(), base::Remedy::Retry);
}

// Of this process's sockets those that lead to the server.
std::vector<int> sockets_to(int port) {
    std::vector<int> found;
    for (int socket = 3; socket < 1024; ++socket) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
            found.push_back(socket);
        }
    }
    return found;
}

int tcp_option(int socket, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, IPPROTO_TCP, name, &value, &size) == 0 ? value : -1;
}

TEST(PostgresStore, GivesUpAServerThatIsGoneWithoutAWord) {
    FreshStore store("postgres");
    const auto connection = store->connect();

    const auto sockets = sockets_to(test::PostgresServer::instance().port());

    ASSERT_FALSE(sockets.empty());
    for (const int socket : sockets) {
        EXPECT_EQ(tcp_option(socket, TCP_USER_TIMEOUT), 60'000);
        EXPECT_EQ(tcp_option(socket, TCP_KEEPIDLE), 30);
        EXPECT_EQ(tcp_option(socket, TCP_KEEPINTVL), 10);
        EXPECT_EQ(tcp_option(socket, TCP_KEEPCNT), 3);
    }
}

TEST(PostgresStore, EndsATransactionWhoseClientIsNoMoreHeardOf) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    const auto limit = [&] {
        const auto rows =
            connection->query("SELECT current_setting('idle_in_transaction_session_timeout')", {});
        return rows->next() ? rows->text(0) : std::string();
    };

    sql::Transaction transaction(*connection);

    EXPECT_EQ(limit(), "1min");
}

TEST(PostgresStore, LeavesNothingInTheSessionBehindATransaction) {
    FreshStore store("postgres");
    const auto connection = store->connect();
    const auto setting = [&] {
        const auto rows = connection->query(
            "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'", {});
        rows->next();
        return rows->text(0);
    };
    migrate(*connection);
    connection->execute("UPDATE job SET reason = $1", {std::string("x")});

    EXPECT_EQ(setting(), "0");
    const auto prepared =
        connection->query("SELECT count(*) FROM pg_catalog.pg_prepared_statements", {});
    ASSERT_TRUE(prepared->next());
    EXPECT_EQ(prepared->integer(0), 0);
}

TEST(PostgresErrors, AreClassedByTheirSqlstate) {
    using base::Remedy;
    using postgres::remedy_of;
    for (const char* state :
         {"08006", "40001", "40P01", "53300", "55P03", "57P01", "57P03", "25P03"}) {
        EXPECT_EQ(remedy_of(state), Remedy::Retry) << state;
    }
    for (const char* state : {"28P01", "3D000", "42501", "42P01", "0A000"}) {
        EXPECT_EQ(remedy_of(state), Remedy::Stop) << state;
    }
    for (const char* state : {"22001", "22P02", "23502", "23503", "23505"}) {
        EXPECT_EQ(remedy_of(state), Remedy::Row) << state;
    }
}

}  // namespace
}  // namespace hrbridge::store
