#pragma once

#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

enum class DriftKind { Added, Widened, Renamed, Narrowed, Retyped, Removed };

struct DriftChange {
    DriftKind kind;
    std::string column;
    std::string detail;      // "varchar(20) → varchar(40)"
    std::vector<int> lines;  // of the mapping file: the contract and the fields concerned
    DriftAction action;
};

// The `columns:` contract against what the source describes now, before the first row moves.
// Types are compared by family (varchar/char/text, int/bigint/…), since drivers name them
// differently; an unknown size is not a change.
std::vector<DriftChange> compare_columns(const Mapping& mapping,
                                         const std::vector<base::DescribedColumn>& described);

std::string to_string(DriftKind kind);

}  // namespace hrbridge::engine
