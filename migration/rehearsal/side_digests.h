#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "migration/ledger/digest.h"
#include "migration/rehearsal/stored_digest.h"

namespace hrbridge::rehearsal {

struct SideDigests {
    ledger::Digest content_root;
    ledger::Digest stored;
};

// module_root() and stored_digest() of a rehearsal's store that nobody writes meanwhile: the
// caller's connection and another one share the readings. `entities` are all of the store; `rows`
// of an entity, about, by which the longest readings begin first.
SideDigests side_digests(store::Store& side,
                         store::sql::Connection& connection,
                         const std::vector<store::EntityTable>& entities,
                         const StoredPart& part,
                         const std::map<std::string, std::int64_t>& rows);

}  // namespace hrbridge::rehearsal
