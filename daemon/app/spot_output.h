#pragma once

#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "migration/spot_check/result.h"

// What `migrate draw|sheet|judge|result` say.
namespace hrbridge::app {

std::string spot_text(const CommandContext& context, const ledger::Note& note);

// With the tables that a quality office may ask for beside it.
void print_plan(const CommandContext& context,
                const spot_check::Plan& plan,
                std::int64_t must_check);
nlohmann::json plan_json(const spot_check::Plan& plan, std::int64_t must_check);

void print_progress(const CommandContext& context,
                    const spot_check::DrawRecord& draw,
                    spot_check::Sheet& sheet);
void print_not_taken(const CommandContext& context, const base::Faults& faults);
void print_result(const CommandContext& context,
                  const spot_check::DrawRecord& draw,
                  const spot_check::ResultOutcome& result);
nlohmann::json result_json(const spot_check::DrawRecord& draw,
                           const spot_check::ResultOutcome& result);

}  // namespace hrbridge::app
