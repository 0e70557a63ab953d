#pragma once

#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "mappings/engine/predicate.h"

namespace hrbridge::engine {

struct ScaffoldInput {
    std::string source;  // its name in the configuration
    std::string table;
    std::string entity;  // empty: a person must name it
    std::vector<base::DescribedColumn> columns;
    std::vector<std::string> key;
    std::vector<PredicateColumn> targets;  // of the entity; empty when it is not known
};

// The text of a new mapping file: contract, query and key as the source describes them, a field for
// each target column that a source column resembles, and comments where a person must decide.
std::string scaffold_mapping(const ScaffoldInput& input);

}  // namespace hrbridge::engine
