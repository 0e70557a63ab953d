#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "migration/check/verdict.h"

namespace hrbridge::app {

// The note with those of its values that are kept in English in a language of the pages.
ledger::Note in_language(const std::string& language, ledger::Note note);

nlohmann::json verdict_json(const CommandContext& context, const check::Verdict& verdict);

// A check's counts on one line, then each verdict that is no pass with its first rows.
void print_verdicts(const CommandContext& context,
                    const std::string& check,
                    const std::vector<check::Verdict>& verdicts);

}  // namespace hrbridge::app
