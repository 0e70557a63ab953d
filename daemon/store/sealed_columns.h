#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// A column of sealed values that can be sealed anew, and how a value's place is told.
struct SealedColumn {
    std::string table;
    std::string column;
    std::string beside;  // the columns behind `place`
    // Of a row of (id, value, beside…); nullopt: the row does not say it.
    std::function<std::optional<std::string>(const sql::Rows&)> place;
    std::optional<EntityTable> entity = std::nullopt;  // whose live rows or versions these are
    bool versions = false;
};

// Of the tables that are there: a store may be of an older version.
std::vector<SealedColumn> sealed_columns(sql::Connection& connection);

// Those that stay as they are for as long as they are there: {table, column}.
std::vector<std::pair<std::string, std::string>> evidence_columns();

}  // namespace hrbridge::store
