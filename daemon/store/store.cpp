#include "daemon/store/store.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/postgres/connection.h"
#include "daemon/store/sqlite/connection.h"

namespace hrbridge::store {
namespace {

class SqliteStore final : public Store {
  public:
    explicit SqliteStore(std::string path) : path_(std::move(path)) {}
    sql::Dialect dialect() const override { return sql::Dialect::Sqlite; }
    std::unique_ptr<sql::Connection> connect() override { return sqlite::connect(path_); }
    std::string describe() const override { return fmt::format("sqlite {}", path_); }

  private:
    std::string path_;
};

class PostgresStore final : public Store {
  public:
    explicit PostgresStore(StoreOptions options) : options_(std::move(options)) {}
    sql::Dialect dialect() const override { return sql::Dialect::Postgres; }
    std::unique_ptr<sql::Connection> connect() override {
        return postgres::connect(
            options_.connection,
            options_.password,
            {options_.statement_timeout_s, options_.schema, options_.waits_for_disk});
    }
    std::string describe() const override {
        return fmt::format("postgres {}{}{}",
                           without_password(),
                           options_.schema.empty() ? "" : " schema ",
                           options_.schema);
    }

  private:
    // A password may have been written into the connection text against all advice.
    std::string without_password() const {
        std::string shown;
        for (const std::string_view part : base::split(options_.connection, ' ')) {
            if (!part.empty()) {
                shown += shown.empty() ? "" : " ";
                shown += part.substr(0, 8) == "password" ? "password=***" : part;
            }
        }
        return shown;
    }

    StoreOptions options_;
};

}  // namespace

std::unique_ptr<Store> open_store(const StoreOptions& options) {
    if (options.kind == "postgres") {
        return std::make_unique<PostgresStore>(options);
    }
    if (options.kind == "sqlite") {
        return std::make_unique<SqliteStore>(options.path);
    }
    throw base::StoreError(
        "kind",
        base::Remedy::Stop,
        fmt::format("store.kind \"{}\" is neither sqlite nor postgres", options.kind));
}

}  // namespace hrbridge::store
