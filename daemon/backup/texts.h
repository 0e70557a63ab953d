#pragma once

#include <string>

#include "migration/ledger/note.h"

namespace hrbridge::backup {

// A note in "zh" or "en" (texts.<language>.yaml); Chinese for another language, the code itself for
// a missing text.
std::string text(const std::string& language, const ledger::Note& note);

}  // namespace hrbridge::backup
