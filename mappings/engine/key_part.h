#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/raw_block.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

// The source's columns that the field takes, by itself or by its steps; empty for a constant.
std::vector<std::string> columns_of(const FieldRule& field);

// Whether the field takes the source's column, by itself or by one of its steps; in any case.
bool reads_column(const FieldRule& field, std::string_view source_column);

// The mapping as far as it makes the target's key: only the fields of the key, no logic rules.
Mapping key_part(const Mapping& mapping);

// The mapping as far as it makes this one field of its rows, without anything of their identity.
Mapping field_part(const Mapping& mapping, const FieldRule& field);

// The columns of the source that key_part() and the source's own key need, and the watermark.
std::vector<std::string> key_part_columns(const Mapping& mapping);

// The columns by which a kept row (base::pack_row) is mapped again without its source: those of the
// contract and all that the mapping reads.
std::vector<base::DescribedColumn> kept_columns(const Mapping& mapping);

}  // namespace hrbridge::engine
