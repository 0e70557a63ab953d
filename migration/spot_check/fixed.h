#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/seal.h"
#include "migration/ledger/bodies.h"
#include "migration/ledger/key_ring.h"
#include "migration/ledger/note.h"
#include "migration/spot_check/draws.h"
#include "migration/spot_check/sheet.h"

// Once every row of a draw's first sheet has a verdict they stay, before anybody is told how many
// decoys were found: who knew that could judge on until the number pleased him.
namespace hrbridge::spot_check {

// The ledger's word for it; nullopt: the sheet is not complete yet.
std::optional<ledger::SheetFixed> find_fixed(store::sql::Connection& live, const DrawRecord& draw);

// Writes that word where every row has a verdict. In the caller's transaction, in which the draw is
// locked.
void fix_if_complete(store::sql::Connection& live,
                     const base::SealKeys& keys,
                     const ledger::KeyRing* ledger_keys,
                     const DrawRecord& draw,
                     const std::string& actor,
                     base::Timestamp at);

// Whether the sheet still says what the ledger says of it.
bool is_as_fixed(const ledger::SheetFixed& fixed, const std::vector<SheetRow>& rows);

}  // namespace hrbridge::spot_check
