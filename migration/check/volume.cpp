#include <string>

#include <fmt/format.h>

#include "migration/check/balance.h"
#include "migration/check/totals.h"
#include "migration/check/violation.h"

namespace hrbridge::check {

void judge_volume(const Scope& scope,
                  const Entity& entity,
                  const RuleSpec& rule,
                  Verdict& verdict) {
    const auto& form = std::get<VolumeForm>(rule.form);
    const auto last =
        scope.controls == nullptr ? std::nullopt : scope.controls->last_rows(entity.name());
    if (!last) {
        throw CannotCheck({"no_last_run", {{"entity", entity.name()}}});
    }
    const std::int64_t now = count_rows(scope, entity.rows({}));
    if (*last == 0 && now != 0) {
        throw CannotCheck({"last_run_empty", {{"entity", entity.name()}}});
    }
    verdict.why = {"of_entity", {}};
    verdict.examined = 1;
    verdict.figures = {{"last_rows", *last}, {"rows", now}};
    if (!is_within(now, *last, form)) {
        verdict.failed = 1;
        verdict.next = {"next_volume", {}};
        verdict.where.push_back(
            {entity.name(),
             "",
             "",
             std::nullopt,
             {"volume", {{"last", std::to_string(*last)}, {"rows", std::to_string(now)}}}});
    }
}

}  // namespace hrbridge::check
