#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/predicate.h"

namespace hrbridge::engine {

// A logic rule as SQL: a SELECT of `row_no` from {staging} that gives the rows which break it. The
// staged table has the batch's columns by name, row_no, and ids in the place of references.
struct RenderedRule {
    std::string id;
    std::string violation;
    bool of_rows = false;    // judges each row by itself, whatever others the batch has
    bool of_fields = false;  // looks at nothing but the row's own fields
    Severity severity = Severity::Reject;
    std::string field;  // the first column that the rule looks at
    std::string say;
};

// Renders the mapping's logic rules for a store. `columns` are the batch's columns as the store
// stages them (references as Int, sealed ones marked). Faults carry the mapping's file and line.
struct RenderedLogic {
    std::vector<RenderedRule> rules;
    base::Faults faults;
};
RenderedLogic render_logic(const Mapping& mapping,
                           const std::vector<PredicateColumn>& columns,
                           SqlDialect dialect);

}  // namespace hrbridge::engine
