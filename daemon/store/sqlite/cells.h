#pragma once

#include <cstddef>
#include <optional>

#include "daemon/base/batch.h"
#include "daemon/base/value.h"
#include "daemon/store/column_type.h"
#include "daemon/store/sql.h"

struct sqlite3_stmt;

namespace hrbridge::store::sqlite {

// Decimals are integers at the column's scale; one that 64 bits cannot hold is a blob of 16 bytes,
// big endian with the sign bit turned, so that equal numbers have equal cells and larger ones
// compare as larger among themselves. A parameter must have the column's scale.
//
// `parameter` is 1-based as in sqlite3_bind_*. Text and bytes are not copied: they must live until
// the statement was stepped.
int bind_value(sqlite3_stmt* statement, int parameter, const base::Value& value);
int bind_cell(sqlite3_stmt* statement, int parameter, const base::Column& column, std::size_t row);

// `type` is the declared one; nullopt for an expression.
base::Value read_cell(sqlite3_stmt* statement, int column, const std::optional<ColumnType>& type);

// The same into a cell that points at SQLite's own bytes, until the next step.
void scan_cell(sqlite3_stmt* statement,
               int column,
               const base::FieldType& type,
               sql::ScanCell& cell);

}  // namespace hrbridge::store::sqlite
