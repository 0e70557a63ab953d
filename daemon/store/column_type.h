#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/value.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// A column's type as the schema files declare it (ARCHITECTURE.md, "Schema").
struct ColumnType {
    base::FieldType type;
    bool sealed = false;
};

// Reads a type that SQLite's catalogue gives back: "DECIMAL_INT(12,2)", "TEXT(20)". nullopt for
// a declaration that no schema file makes, also for an empty one (an expression).
std::optional<ColumnType> parse_sqlite_type(std::string_view declared);

// The token of the schema files for this type: "{decimal(12,2)}".
std::string schema_token(const base::FieldType& type, bool sealed);

// Renders the types in braces of a schema file or of a temporary table for one store, and
// "{month(day)}", the text "2024-03" of a date column's month. Throws
// std::logic_error on an unknown token.
std::string render_types(std::string_view sql, sql::Dialect dialect);

}  // namespace hrbridge::store
