#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/store/sql.h"
#include "migration/ledger/bodies.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::promotion {

// What the ledger says about the module, or about a key of who decided, behind the end by which the
// gate was computed; nullopt: nothing. In the caller's transaction, which has locked the ledger for
// an answer that lasts.
std::optional<ledger::Note> outdated(store::sql::Connection& live,
                                     const std::string& module,
                                     const Gate& gate);

// The ledger's newest freeze of this rehearsal: the list of rehearsals is rows that somebody may
// have changed. Throws base::StoreError (Stop) where there is none.
ledger::Frozen frozen(store::sql::Connection& live,
                      const std::string& module,
                      std::int64_t rehearsal);

}  // namespace hrbridge::promotion
