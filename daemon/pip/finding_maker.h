#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "daemon/model/findings.h"
#include "daemon/pip/evaluator.h"
#include "daemon/pip/fact_table.h"
#include "daemon/pip/triggers/defect_level.h"
#include "daemon/pip/triggers/streak_below_mean.h"

namespace hrbridge::pip {

// Makes findings and evaluations of what the rules say of one table of facts. All arguments outlive
// it. Writes nothing.
class FindingMaker {
  public:
    FindingMaker(const EvaluationParts& parts,
                 const FactTable& facts,
                 const std::string& policy_json);

    // R1's; `in_force` is what the mode makes of the verdict.
    model::Finding of_level(base::Date period,
                            const DefectLevelResult& result,
                            const DefectLevel& level,
                            model::FindingLevel in_force);
    model::Finding of_streak(base::Date period, const StreakResult& result, const Streak& streak);
    // Without warnings, watches and their chances.
    model::Evaluation evaluation(const char* rule,
                                 base::Date period,
                                 std::int64_t people,
                                 std::int64_t too_few);

  private:
    model::Finding finding_of(const char* rule, std::int64_t spell_id, base::Date period) const;
    std::int64_t open_rows_of(const std::string& rule, base::Date period);

    const EvaluationParts& parts_;
    const FactTable& facts_;
    const std::string& policy_json_;
    std::map<std::int64_t, const Subject*> subjects_;
    std::map<base::Date, std::int64_t> open_rows_;  // by the first month looked at
};

// How many months before and with its own a rule looks at.
int months_of(const std::string& rule, const Policy& policy);

}  // namespace hrbridge::pip
