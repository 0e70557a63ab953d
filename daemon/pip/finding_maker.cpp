#include "daemon/pip/finding_maker.h"

#include "daemon/pip/drill_down.h"
#include "daemon/pip/evidence.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/months.h"
#include "daemon/pip/reading.h"

namespace hrbridge::pip {

int months_of(const std::string& rule, const Policy& policy) {
    return rule == "R1" ? policy.defect_level.months
                        : policy.streak.months + policy.streak.max_missing;
}

FindingMaker::FindingMaker(const EvaluationParts& parts,
                           const FactTable& facts,
                           const std::string& policy_json)
    : parts_(parts), facts_(facts), policy_json_(policy_json) {
    for (const Subject& subject : facts.subjects()) {
        subjects_[subject.spell_id] = &subject;
    }
}

model::Finding FindingMaker::finding_of(const char* rule,
                                        std::int64_t spell_id,
                                        base::Date period) const {
    model::Finding finding;
    finding.rule = rule;
    finding.spell_id = spell_id;
    finding.kpi_code = std::string(kDefectRate);
    finding.period = period;
    finding.raised_at = parts_.now;
    finding.updated_at = parts_.now;
    return finding;
}

std::int64_t FindingMaker::open_rows_of(const std::string& rule, base::Date period) {
    const base::Date first = add_months(period, 1 - months_of(rule, parts_.policy));
    const auto known = open_rows_.find(first);
    if (known != open_rows_.end()) {
        return known->second;
    }
    return open_rows_[first] = open_rows(parts_.connection, parts_.fed_by, first);
}

model::Finding FindingMaker::of_level(base::Date period,
                                      const DefectLevelResult& result,
                                      const DefectLevel& level,
                                      model::FindingLevel in_force) {
    model::Finding finding = finding_of("R1", level.spell_id, period);
    finding.rule_version = kDefectLevelVersion;
    finding.level = in_force;
    finding.state = in_force == model::FindingLevel::Warning ? "raised" : "watching";
    finding.evidence = defect_level_evidence(
        finding.level,
        level,
        result,
        parts_.policy.defect_level,
        *subjects_.at(level.spell_id),
        open_rows_of("R1", period),
        drill_down(
            parts_.connection, parts_.zone, level.spell_id, level.months, facts_.comparable()));
    finding.inputs_hash = inputs_digest(finding, level.months, policy_json_);
    return finding;
}

model::Finding FindingMaker::of_streak(base::Date period,
                                       const StreakResult& result,
                                       const Streak& streak) {
    model::Finding finding = finding_of("R2", streak.spell_id, period);
    finding.rule_version = kStreakVersion;
    finding.level = model::FindingLevel::Watch;
    finding.state = "watching";
    finding.evidence = streak_evidence(streak,
                                       result,
                                       parts_.policy.streak,
                                       *subjects_.at(streak.spell_id),
                                       open_rows_of("R2", period));
    finding.inputs_hash = inputs_digest(finding, streak.months, policy_json_);
    return finding;
}

model::Evaluation FindingMaker::evaluation(const char* rule,
                                           base::Date period,
                                           std::int64_t people,
                                           std::int64_t too_few) {
    model::Evaluation evaluation;
    evaluation.rule = rule;
    evaluation.kpi_code = std::string(kDefectRate);
    evaluation.period = period;
    evaluation.people = people;
    evaluation.too_few_data = too_few;
    for (const auto& [reason, number] : facts_.not_compared(period)) {
        evaluation.not_compared[to_string(reason)] = number;
    }
    evaluation.open_rows = open_rows_of(rule, period);
    evaluation.policy = policy_json_;
    evaluation.evaluated_at = parts_.now;
    return evaluation;
}

}  // namespace hrbridge::pip
