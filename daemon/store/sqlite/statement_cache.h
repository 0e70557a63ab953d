#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/base/value.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hrbridge::store::sqlite {

// A prepared statement and which of the caller's values ($n) each of its parameters takes.
struct Statement {
    struct Finalizer {
        void operator()(sqlite3_stmt* handle) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalizer> handle;
    std::vector<std::size_t> value_of;  // parameter i+1 takes values[value_of[i]]

    void bind(sqlite3* database, std::span<const base::Value> values) const;
};

// Statements by their text; the caller resets the ones it used. Bounded: when full, all go.
class StatementCache {
  public:
    explicit StatementCache(sqlite3* database) : database_(database) {}
    // Valid until the next call. Throws StoreError.
    Statement& get(std::string_view sql);
    void clear() { statements_.clear(); }

  private:
    Statement prepare(std::string_view sql) const;

    sqlite3* database_;
    std::unordered_map<std::string, Statement> statements_;
};

}  // namespace hrbridge::store::sqlite
