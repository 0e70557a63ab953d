#pragma once

#include <string>
#include <vector>

#include "mappings/engine/scaffold.h"

namespace hrbridge::engine {

// A field to be written, and the source column that is proposed for it: nullptr when none is.
struct ScaffoldField {
    ScaffoldTarget target;
    const base::DescribedColumn* from = nullptr;  // of the input
    bool guessed = false;                         // found by a part of its name
};

// A field for each column of the entity, or, without one, for each source column.
std::vector<ScaffoldField> match_fields(const ScaffoldInput& input);

// The field type that holds what a source column of this type gives.
base::FieldType field_type(const base::DescribedColumn& column);
bool is_column_name(const std::string& name);

}  // namespace hrbridge::engine
