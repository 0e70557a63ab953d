#pragma once

#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "mappings/engine/column_uses.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

enum class DriftKind { Added, Widened, Renamed, Narrowed, Retyped, Removed };

struct DriftChange {
    DriftKind kind;
    std::string column;           // empty: one that only the query names
    std::string detail;           // "varchar(20) → varchar(40)"
    std::vector<ColumnUse> uses;  // never empty: whose lines a person has to look at
    DriftAction action;
    std::string old_type;  // the contract's, with its !; empty: added
    std::string new_type;  // the source's; empty: removed
};

// The `columns:` contract against what the source describes now, before the first row moves:
// names, types (compare_types), and whether a column that is never NULL (!) may be NULL now. A
// column that has gone while another one of its type came is renamed, which always stops.
std::vector<DriftChange> compare_columns(const Mapping& mapping,
                                         const std::vector<base::DescribedColumn>& described);

// What a query that the database refuses for a column that it does not have says: the column that
// the message names is removed. Empty when it names none of the contract.
std::vector<DriftChange> removed_by_message(const Mapping& mapping, std::string_view message);

std::string to_string(DriftKind kind);
// "7, 12"
std::string mapping_lines(const DriftChange& change);
// "column pay retyped: decimal(12,2) → double (mapping lines 7, 12)"
std::string to_text(const DriftChange& change);
// The change as faults, each with file and line: the contract's, then those of who reads the
// column.
base::Faults drift_faults(const Mapping& mapping, const DriftChange& change);

}  // namespace hrbridge::engine
