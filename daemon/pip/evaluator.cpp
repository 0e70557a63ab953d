#include "daemon/pip/evaluator.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "daemon/pip/drill_down.h"
#include "daemon/pip/evidence.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/kpi_facts.h"
#include "daemon/pip/months.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

constexpr std::size_t kAllFindings = 1'000'000;

class Evaluator {
  public:
    explicit Evaluator(const EvaluationParts& parts)
        : parts_(parts), findings_(parts.connection), policy_json_(to_json(parts.policy)) {}

    EvaluationReport run() {
        const base::Date open =
            first_open_month(parts_.now, parts_.zone, parts_.policy.settle_delay_days);
        report_.period = add_months(open, -1);
        const base::Date from = add_months(open, -parts_.policy.history_months);
        store::sql::Transaction transaction(parts_.connection);
        write_kpi_definitions(parts_.connection);
        measure(from, open);
        const FactTable facts(findings_.facts(std::string(kDefectRate), from, open),
                              Direction::LowerIsBetter,
                              {parts_.policy.month_pieces_min, parts_.policy.peers_min});
        for (const Subject& subject : facts.subjects()) {
            subjects_[subject.spell_id] = &subject;
        }
        judge_levels(facts);
        judge_streaks(facts);
        retract();
        announce();
        transaction.commit();
        return std::move(report_);
    }

  private:
    void measure(base::Date from, base::Date to) {
        report_.facts_written +=
            findings_.replace_facts(std::string(kDefectRate),
                                    from,
                                    to,
                                    measure_defect_rate(parts_.connection, from, to),
                                    parts_.now);
        report_.facts_written +=
            findings_.replace_facts(std::string(kOutput),
                                    from,
                                    to,
                                    measure_output(parts_.connection, from, to),
                                    parts_.now);
    }

    void keep(model::Finding finding) {
        finding.kpi_code = std::string(kDefectRate);
        finding.period = report_.period;
        finding.raised_at = parts_.now;
        finding.updated_at = parts_.now;
        finding.state = finding.level == model::FindingLevel::Warning ? "raised" : "watching";
        const auto saved = findings_.save(finding);
        finding.id = saved.id;
        report_.changed += saved.changed ? 1 : 0;
        in_force_.insert({finding.rule, finding.spell_id});
        report_.findings.push_back(std::move(finding));
    }

    void judge_levels(const FactTable& facts) {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        if (policy.mode == Mode::Off) {
            return;
        }
        const DefectLevelResult result = evaluate_defect_level(facts, report_.period, policy);
        model::Evaluation evaluation =
            evaluation_of("R1", facts, result.looked_at, result.too_few_data);
        for (const DefectLevel& level : result.people) {
            const bool warns = level.verdict == DefectLevel::Verdict::Warning;
            if (!warns && level.verdict != DefectLevel::Verdict::Watch) {
                continue;
            }
            (warns ? evaluation.warnings : evaluation.watches) += 1;
            if (policy.mode == Mode::Shadow) {
                continue;
            }
            model::Finding finding;
            finding.rule = "R1";
            finding.rule_version = kDefectLevelVersion;
            finding.level = warns && policy.mode == Mode::Live ? model::FindingLevel::Warning
                                                               : model::FindingLevel::Watch;
            finding.spell_id = level.spell_id;
            finding.evidence = defect_level_evidence(
                level,
                result,
                policy,
                *subjects_.at(level.spell_id),
                drill_down(parts_.connection, level.spell_id, level.months, facts.comparable()));
            finding.inputs_hash = inputs_digest(finding, level.months, policy_json_);
            keep(std::move(finding));
        }
        evaluation.chance_warnings = fmt::format("{:.6f}", result.chance_warnings);
        evaluation.chance_watches = fmt::format("{:.6f}", result.chance_watches);
        finish(std::move(evaluation));
    }

    void judge_streaks(const FactTable& facts) {
        const StreakPolicy& policy = parts_.policy.streak;
        if (policy.mode == Mode::Off) {
            return;
        }
        const StreakResult result = evaluate_streak(facts, report_.period, policy);
        model::Evaluation evaluation =
            evaluation_of("R2", facts, result.looked_at, result.too_few_data);
        for (const Streak& streak : result.people) {
            if (!streak.found) {
                continue;
            }
            evaluation.watches += 1;
            if (policy.mode == Mode::Shadow) {
                continue;
            }
            model::Finding finding;
            finding.rule = "R2";
            finding.rule_version = kStreakVersion;
            finding.level = model::FindingLevel::Watch;
            finding.spell_id = streak.spell_id;
            finding.evidence =
                streak_evidence(streak, result, policy, *subjects_.at(streak.spell_id));
            finding.inputs_hash = inputs_digest(finding, streak.months, policy_json_);
            keep(std::move(finding));
        }
        evaluation.chance_warnings = "0";
        evaluation.chance_watches = fmt::format("{:.6f}", result.chance_watches);
        finish(std::move(evaluation));
    }

    model::Evaluation evaluation_of(const char* rule,
                                    const FactTable& facts,
                                    std::int64_t people,
                                    std::int64_t too_few) const {
        model::Evaluation evaluation;
        evaluation.rule = rule;
        evaluation.kpi_code = std::string(kDefectRate);
        evaluation.period = report_.period;
        evaluation.people = people;
        evaluation.too_few_data = too_few;
        for (const auto& [reason, number] : facts.not_compared(report_.period)) {
            evaluation.not_compared[to_string(reason)] = number;
        }
        evaluation.policy = policy_json_;
        evaluation.evaluated_at = parts_.now;
        return evaluation;
    }

    void finish(model::Evaluation evaluation) {
        findings_.save(evaluation);
        report_.rules.push_back(std::move(evaluation));
    }

    // Findings of this month that the facts, as they are now, no longer bear out.
    void retract() {
        for (model::Finding& finding : findings_.list(kAllFindings)) {
            if (finding.period != report_.period || finding.state == "retracted" ||
                in_force_.count({finding.rule, finding.spell_id}) > 0) {
                continue;
            }
            finding.state = "retracted";
            finding.updated_at = parts_.now;
            findings_.save(finding);
            ++report_.retracted;
        }
    }

    void announce() {
        if (parts_.announcer == nullptr) {
            return;
        }
        std::vector<model::Finding> watches;
        for (const model::Finding& finding : report_.findings) {
            if (finding.level == model::FindingLevel::Watch) {
                watches.push_back(finding);
                continue;
            }
            const auto employee = findings_.employee(finding.spell_id);
            if (employee) {
                add(parts_.announcer->warn(parts_.connection, finding, *employee, parts_.now));
            }
        }
        double by_chance = 0;
        for (const model::Evaluation& rule : report_.rules) {
            by_chance += std::stod(rule.chance_watches);
        }
        add(parts_.announcer->digest(
            parts_.connection, report_.period, watches, by_chance, parts_.now));
    }

    void add(Announced announced) {
        report_.announced += announced.rows;
        for (UnbuiltCard& card : announced.unbuilt) {
            report_.unbuilt.push_back(std::move(card));
        }
    }

    const EvaluationParts& parts_;
    store::FindingRepository findings_;
    std::string policy_json_;
    EvaluationReport report_;
    std::map<std::int64_t, const Subject*> subjects_;
    std::set<std::pair<std::string, std::int64_t>> in_force_;
};

}  // namespace

EvaluationReport evaluate(const EvaluationParts& parts) {
    return Evaluator(parts).run();
}

}  // namespace hrbridge::pip
