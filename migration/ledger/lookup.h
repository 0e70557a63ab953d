#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/store/sql.h"
#include "migration/ledger/entry.h"

namespace hrbridge::ledger {

// The newest entry of this kind about this subject that `accepts` takes (empty: any); nullopt when
// there is none. Throws StoreError(Stop) on one that no longer fits its hash: what rests on an
// entry must not rest on one that somebody changed. Seals and the chain are `store verify`'s.
std::optional<Entry> find_newest(store::sql::Connection& connection,
                                 Kind kind,
                                 const std::string& subject,
                                 const std::function<bool(const Entry&)>& accepts = {});

// The same of a body that tells of this rehearsal of the module.
template <typename Of>
std::optional<Entry> find_newest(store::sql::Connection& connection,
                                 const std::string& module,
                                 std::int64_t rehearsal,
                                 const std::function<bool(const Of&)>& accepts = {}) {
    return find_newest(connection, Of::kKind, module, [&](const Entry& each) {
        const Of& body = std::get<Of>(each.body);
        return body.rehearsal == rehearsal && (!accepts || accepts(body));
    });
}

}  // namespace hrbridge::ledger
