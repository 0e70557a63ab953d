#pragma once

#include <memory>
#include <string>

#include "daemon/store/store.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// A new store of either kind with all migrations applied.
class TestStore {
  public:
    explicit TestStore(const std::string& kind) {
        store::StoreOptions options;
        options.kind = kind;
        if (kind == "sqlite") {
            options.path = folder_.file("hr.db");
        } else {
            PostgresServer& server = PostgresServer::instance();
            database_ = server.create_database();
            options.connection = server.connection(database_);
        }
        store_ = store::open_store(options);
        store::migrate(*store_->connect());
    }
    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;
    ~TestStore() {
        store_.reset();
        if (!database_.empty()) {
            PostgresServer::instance().drop_database(database_);
        }
    }

    store::Store& store() { return *store_; }
    std::unique_ptr<store::sql::Connection> connect() { return store_->connect(); }

    std::int64_t count(const std::string& sql) {
        const auto connection = connect();
        const auto rows = connection->query(sql, {});
        return rows->next() ? rows->integer(0) : -1;
    }
    // The first column of all rows, joined by blanks.
    std::string list(const std::string& sql) {
        const auto connection = connect();
        const auto rows = connection->query(sql, {});
        std::string text;
        while (rows->next()) {
            text += (text.empty() ? "" : " ") + base::to_string(rows->value(0));
        }
        return text;
    }

  private:
    TempDir folder_;
    std::string database_;
    std::unique_ptr<store::Store> store_;
};

}  // namespace hrbridge::test
