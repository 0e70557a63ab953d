#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

// Whether the field takes the source's column, by itself or by one of its steps; in any case.
bool reads_column(const FieldRule& field, std::string_view source_column);

// The mapping as far as it makes the target's key: only the fields of the key, no logic rules.
Mapping key_part(const Mapping& mapping);

// The columns of the source that key_part() and the source's own key need, and the watermark.
std::vector<std::string> key_part_columns(const Mapping& mapping);

}  // namespace hrbridge::engine
