#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "migration/ledger/note.h"
#include "migration/rehearsal/compare.h"
#include "migration/rehearsal/rehearser.h"

// What `migrate` says of rehearsals.
namespace hrbridge::app {

// A text of the catalogue in the language of the command line.
std::string migrate_text(const CommandContext& context, const ledger::Note& note);
std::string step_text(const CommandContext& context,
                      rehearsal::StepKind kind,
                      const std::string& mapping);
std::string state_text(const CommandContext& context, rehearsal::State state);
// "12.3"
std::string seconds_text(std::int64_t microseconds);

nlohmann::json rehearsal_json(const rehearsal::Rehearsal& rehearsal);
nlohmann::json comparison_json(const std::string& module, const rehearsal::Comparison& comparison);
void print_comparison(const CommandContext& context,
                      const std::string& module,
                      const rehearsal::Comparison& comparison);

}  // namespace hrbridge::app
