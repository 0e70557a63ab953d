#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

// One place of a mapping file that says or reads a source column.
struct ColumnUse {
    std::string place;  // "source.columns.pay", "source.key", "fields.pay"
    int line = 0;

    friend bool operator==(const ColumnUse&, const ColumnUse&) = default;
};

// Every place that a change of the column concerns, in the order of the file but the contract's
// first. A query and the SQL of expressions count where a word of theirs is the column's name; of a
// column that the mapping does not know it is the contract as a whole.
std::vector<ColumnUse> column_uses(const Mapping& mapping, std::string_view column);

// The first column of the contract that is a word of what a database says of a column that it does
// not have; nullptr when it names none.
const ContractColumn* column_named_in(const Mapping& mapping, std::string_view message);

}  // namespace hrbridge::engine
