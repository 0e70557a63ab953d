#pragma once

#include "daemon/base/row_hash.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Adds a scanned cell to a canonical row, as a cell of the column's kind.
void add_cell(base::RowHasher& hasher, const base::FieldType& type, const sql::ScanCell& cell);

}  // namespace hrbridge::store
