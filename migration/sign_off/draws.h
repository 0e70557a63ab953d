#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "migration/ledger/note.h"
#include "migration/sign_off/told.h"

namespace hrbridge::sign_off {

// A draw of the spot check by the ledger, and what came of it.
struct ToldDraw {
    std::int64_t draw = 0;
    std::int64_t rehearsal = 0;
    bool same_content = false;               // as is to be signed
    std::optional<ledger::Outcome> outcome;  // nullopt: it has no conclusion
    std::int64_t checked = 0;
    std::int64_t wrong = 0;
};

// Those of this rehearsal or of equal content, oldest first.
std::vector<ToldDraw> told_draws(const LedgerTold& told,
                                 std::int64_t rehearsal,
                                 const ledger::Digest& content_root);

// What of them is in the way: the newest has no conclusion, or one of equal content has failed,
// whatever was drawn since.
std::vector<ledger::Note> open_draws(const std::vector<ToldDraw>& draws);

}  // namespace hrbridge::sign_off
