#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "daemon/store/repositories.h"
#include "daemon/store/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::store {

// A store of its own: a file or a database on the test's server, empty until migrate().
class FreshStore {
  public:
    explicit FreshStore(const std::string& kind) {
        StoreOptions options;
        options.kind = kind;
        if (kind == "postgres") {
            database_ = test::PostgresServer::instance().create_database();
            options.connection = test::PostgresServer::instance().connection(database_);
        } else {
            options.path = path();
        }
        store_ = open_store(options);
    }
    FreshStore(const FreshStore&) = delete;
    FreshStore& operator=(const FreshStore&) = delete;
    ~FreshStore() {
        store_.reset();
        if (!database_.empty()) {
            test::PostgresServer::instance().drop_database(database_);
        }
    }

    Store& operator*() { return *store_; }
    Store* operator->() { return store_.get(); }
    std::string path() const { return folder_.file("hr.db"); }
    const std::string& database() const { return database_; }

  private:
    test::TempDir folder_;
    std::string database_;
    std::unique_ptr<Store> store_;
};

// The same cases on SQLite and PostgreSQL, on a migrated store.
class BothStores : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        store_ = std::make_unique<FreshStore>(GetParam());
        connection_ = (*store_)->connect();
        migrate(*connection_);
    }
    void TearDown() override {
        connection_.reset();
        store_.reset();
    }

    bool is_postgres() const { return GetParam() == std::string("postgres"); }
    base::Value one(const std::string& sql) {
        const auto rows = connection_->query(sql, {});
        if (!rows->next()) {
            throw std::logic_error("no row");
        }
        return rows->value(0);
    }
    std::int64_t count(const std::string& table) {
        return std::get<std::int64_t>(one("SELECT count(*) FROM " + table));
    }

    test::ManualClock clock_;
    std::unique_ptr<FreshStore> store_;
    std::unique_ptr<sql::Connection> connection_;
};

inline std::string store_name(const testing::TestParamInfo<const char*>& info) {
    return info.param;
}

}  // namespace hrbridge::store
