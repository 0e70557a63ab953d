#pragma once

#include <string>

#include "migration/ledger/note.h"

namespace hrbridge::spot_check {

// A note in "zh" or "en" (texts.<language>.yaml); Chinese for another language, the code itself for
// a missing text. Codes of migration/check too.
std::string text(const std::string& language, const ledger::Note& note);

}  // namespace hrbridge::spot_check
