#pragma once

#include <string>

#include "migration/ledger/note.h"

namespace hrbridge::sign_off {

// A note in "zh" or "en" (texts.<language>.yaml); Chinese for another language, the code itself for
// a missing text. Checks and outcomes among the values are said in words.
std::string text(const std::string& language, const ledger::Note& note);

}  // namespace hrbridge::sign_off
