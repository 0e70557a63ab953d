#pragma once

#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/value.h"

namespace hrbridge::engine {

// A column of the target entity, as the store declares it.
struct ScaffoldTarget {
    std::string name;
    base::FieldType type;   // of a reference: that of the parent's key
    bool required = false;  // the store demands a value
    bool sealed = false;    // its text may be of any type
    std::string pii;        // empty, name or high
    std::string reference;  // "org_unit.code"; empty: none
};

struct ScaffoldInput {
    std::string source;  // its name in the configuration
    std::string table;   // or the pattern of file names
    bool files = false;
    std::string charset = "utf-8";
    std::string entity;  // empty: a person must name it
    std::vector<base::DescribedColumn> columns;
    std::vector<std::string> select;      // of each column, as a query must write it
    std::vector<std::string> key;         // source columns; empty: the source proves none
    std::vector<ScaffoldTarget> targets;  // of the entity; empty when it is not named
    std::vector<std::string> target_key;
};

struct Scaffold {
    std::string text;
    std::vector<std::string> to_do;  // what a person must decide, a line each; also in the text
};

// A new mapping file: contract, query and key as the source describes them, and a field for each
// column of the entity: filled where a source column has its name, as a guess where the name is
// part of one, and as a comment to fill in where there is none. It loads as soon as what `to_do`
// says is needed is there.
Scaffold scaffold_mapping(const ScaffoldInput& input);

}  // namespace hrbridge::engine
