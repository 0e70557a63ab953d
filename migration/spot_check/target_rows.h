#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/store.h"
#include "migration/check/scope.h"
#include "migration/spot_check/row_content.h"

namespace hrbridge::spot_check {

struct TargetRow {
    std::string match;   // match_key() of its natural key
    RowContent content;  // entity, key, and the fields that mappings fill; no source
};

// Rows of the rehearsal's store by id. What is sealed is opened; a reference is shown as its
// parent's key; instants as wall-clock time of `zone`, which is people's and no mapping's, so that
// a mapping's wrong zone shows. Throws check::CannotCheck where a value cannot be opened.
std::map<std::int64_t, TargetRow> read_target(const check::Scope& scope,
                                              const std::vector<store::EntityTable>& tables,
                                              const std::string& entity,
                                              const std::vector<std::int64_t>& ids,
                                              const base::Zone& zone);

}  // namespace hrbridge::spot_check
