#include "daemon/pip/evaluator.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "daemon/pip/drill_down.h"
#include "daemon/pip/evidence.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/kpi_facts.h"
#include "daemon/pip/months.h"
#include "daemon/pip/telling.h"
#include "daemon/store/errors.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

constexpr int kAttempts = 5;  // against what others write at the same time

class Evaluator {
  public:
    explicit Evaluator(const EvaluationParts& parts)
        : parts_(parts),
          findings_(parts.connection),
          telling_(parts.connection, parts.announcer, parts.now),
          policy_json_(to_json(parts.policy)) {}

    EvaluationReport run() {
        const base::Date open =
            first_open_month(parts_.now, parts_.zone, parts_.policy.settle_delay_days);
        report_.period = add_months(open, -1);
        const base::Date from = add_months(open, -parts_.policy.history_months);
        store::sql::Transaction transaction(parts_.connection, store::sql::Reads::Snapshot);
        write_kpi_definitions(parts_.connection);
        measure(from, open);
        const FactTable facts(findings_.facts(std::string(kDefectRate), from, open),
                              Direction::LowerIsBetter,
                              {parts_.policy.month_pieces_min, parts_.policy.peers_min});
        for (const Subject& subject : facts.subjects()) {
            subjects_[subject.spell_id] = &subject;
        }
        judge_earlier_warnings(facts, from);
        const auto before = findings_.of_period(std::string(kDefectRate), report_.period);
        judge_levels(facts);
        judge_streaks(facts);
        for (const model::Finding& finding : before) {
            settle(finding);
        }
        tell();
        transaction.commit();
        return std::move(report_);
    }

  private:
    using Key = std::pair<std::string, std::int64_t>;  // rule and spell

    void measure(base::Date from, base::Date to) {
        changed_months_ = findings_.replace_facts(std::string(kDefectRate),
                                                  from,
                                                  to,
                                                  measure_defect_rate(parts_.connection, from, to),
                                                  parts_.now);
        const auto output = findings_.replace_facts(std::string(kOutput),
                                                    from,
                                                    to,
                                                    measure_output(parts_.connection, from, to),
                                                    parts_.now);
        for (const auto& [month, rows] : changed_months_) {
            report_.facts_written += rows;
        }
        for (const auto& [month, rows] : output) {
            report_.facts_written += rows;
        }
    }

    // Whether facts of the months on which a finding of the rule rests are others than before.
    bool facts_changed(const model::Finding& finding) const {
        const int months = finding.rule == "R1"
                               ? parts_.policy.defect_level.months
                               : parts_.policy.streak.months + parts_.policy.streak.max_missing;
        const auto changed = changed_months_.lower_bound(add_months(finding.period, 1 - months));
        return changed != changed_months_.end() && changed->first <= finding.period;
    }

    model::Finding finding_of(const char* rule, std::int64_t spell_id, base::Date period) const {
        model::Finding finding;
        finding.rule = rule;
        finding.spell_id = spell_id;
        finding.kpi_code = std::string(kDefectRate);
        finding.period = period;
        finding.raised_at = parts_.now;
        finding.updated_at = parts_.now;
        return finding;
    }

    model::Finding level_finding(const FactTable& facts,
                                 base::Date period,
                                 const DefectLevelResult& result,
                                 const DefectLevel& level,
                                 model::FindingLevel in_force) const {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        model::Finding finding = finding_of("R1", level.spell_id, period);
        finding.rule_version = kDefectLevelVersion;
        finding.level = in_force;
        finding.state = in_force == model::FindingLevel::Warning ? "raised" : "watching";
        finding.evidence = defect_level_evidence(
            finding.level,
            level,
            result,
            policy,
            *subjects_.at(level.spell_id),
            drill_down(parts_.connection, level.spell_id, level.months, facts.comparable()));
        finding.inputs_hash = inputs_digest(finding, level.months, policy_json_);
        return finding;
    }

    void keep(model::Finding finding) {
        const auto saved = findings_.save(finding);
        finding.id = saved.id;
        report_.changed += saved.changed ? 1 : 0;
        in_force_[{finding.rule, finding.spell_id}] = finding.level;
        report_.findings.push_back(std::move(finding));
    }

    void judge_levels(const FactTable& facts) {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        const DefectLevelResult result = evaluate_defect_level(facts, report_.period, policy);
        for (const DefectLevel& level : result.people) {
            if (level.verdict != DefectLevel::Verdict::TooFewData) {
                verdicts_[{"R1", level.spell_id}] = level.verdict;
            }
        }
        if (policy.mode == Mode::Off) {
            return;
        }
        model::Evaluation evaluation =
            evaluation_of("R1", facts, result.looked_at, result.too_few_data);
        for (const DefectLevel& level : result.people) {
            const bool evident = level.verdict == DefectLevel::Verdict::Warning;
            if (!evident && level.verdict != DefectLevel::Verdict::Watch) {
                continue;
            }
            (evident && policy.mode != Mode::Watch ? evaluation.warnings : evaluation.watches) += 1;
            if (policy.mode != Mode::Shadow) {
                keep(level_finding(facts,
                                   report_.period,
                                   result,
                                   level,
                                   evident && policy.mode == Mode::Live
                                       ? model::FindingLevel::Warning
                                       : model::FindingLevel::Watch));
            }
        }
        evaluation.chance_warnings = fmt::format("{:.6f}", result.chance_warnings);
        evaluation.chance_watches = fmt::format("{:.6f}", result.chance_watches);
        finish(std::move(evaluation), policy.mode);
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
            model::Finding finding = finding_of("R2", streak.spell_id, report_.period);
            finding.rule_version = kStreakVersion;
            finding.level = model::FindingLevel::Watch;
            finding.state = "watching";
            finding.evidence =
                streak_evidence(streak, result, policy, *subjects_.at(streak.spell_id));
            finding.inputs_hash = inputs_digest(finding, streak.months, policy_json_);
            keep(std::move(finding));
        }
        evaluation.chance_warnings = "0";
        evaluation.chance_watches = fmt::format("{:.6f}", result.chance_watches);
        finish(std::move(evaluation), policy.mode);
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

    void finish(model::Evaluation evaluation, Mode mode) {
        findings_.save(evaluation);
        if (mode != Mode::Shadow) {
            watches_by_chance_ += std::stod(evaluation.chance_watches);
        }
        report_.rules.push_back(std::move(evaluation));
    }

    // A warning of a month before the newest is judged again, whatever the mode is by now, when
    // facts of its months were corrected or the rule is another version. One that is no longer
    // borne out is retracted, one that still holds gets its new numbers. Not where the months it
    // rests on are no longer all measured.
    void judge_earlier_warnings(const FactTable& facts, base::Date from) {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        base::Date period;
        DefectLevelResult result;
        for (model::Finding& finding : findings_.warnings(
                 std::string(kDefectRate), add_months(from, policy.months - 1), report_.period)) {
            if (!facts_changed(finding) && finding.rule_version == kDefectLevelVersion) {
                continue;
            }
            if (finding.period != period) {  // they come month by month
                period = finding.period;
                result = evaluate_defect_level(facts, period, policy);
            }
            judge_again(finding, facts, result);
        }
    }

    void judge_again(model::Finding& finding,
                     const FactTable& facts,
                     const DefectLevelResult& result) {
        const auto level =
            std::find_if(result.people.begin(), result.people.end(), [&](const DefectLevel& each) {
                return each.spell_id == finding.spell_id;
            });
        if (level == result.people.end() || level->verdict != DefectLevel::Verdict::Warning) {
            retract(finding);
            return;
        }
        model::Finding now =
            level_finding(facts, finding.period, result, *level, model::FindingLevel::Warning);
        now.state = finding.state;
        report_.changed += findings_.save(now).changed ? 1 : 0;
    }

    // What the month's finding as it stood before became.
    void settle(model::Finding finding) {
        if (finding.state == "retracted") {
            return;
        }
        const auto now = in_force_.find({finding.rule, finding.spell_id});
        if (now == in_force_.end()) {
            retract(finding);
        } else if (now->second == model::FindingLevel::Watch) {
            telling_.take_back(finding, why(finding));
        }
    }

    Telling::Why why(const model::Finding& finding) const {
        const bool rule_stands = finding.rule != "R1" || finding.period < report_.period ||
                                 parts_.policy.defect_level.mode == Mode::Live;
        return facts_changed(finding) && rule_stands ? Telling::Why::Data : Telling::Why::Rule;
    }

    void retract(model::Finding& finding) {
        finding.state = "retracted";
        finding.updated_at = parts_.now;
        findings_.save(finding);
        telling_.take_back(finding, why(finding));
        ++report_.retracted;
    }

    // A warning is open until a later month judges the person and finds none, whatever is told of
    // it in the mode by now.
    void end_earlier_warnings() {
        for (model::Finding& finding :
             findings_.warnings(std::string(kDefectRate), base::Date{}, report_.period)) {
            const auto verdict = verdicts_.find({finding.rule, finding.spell_id});
            if (finding.state == "raised" && verdict != verdicts_.end() &&
                verdict->second != DefectLevel::Verdict::Warning) {
                finding.state = "ended";
                finding.updated_at = parts_.now;
                findings_.save(finding);
            }
        }
    }

    void tell() {
        end_earlier_warnings();
        if (parts_.policy.defect_level.mode == Mode::Live) {
            telling_.warn_of_the_left();
        }
        std::int64_t watches = 0;
        for (const model::Finding& finding : report_.findings) {
            if (finding.level == model::FindingLevel::Warning) {
                telling_.warn(finding.id);
            } else {
                ++watches;
            }
        }
        telling_.digest(report_.period, watches, watches_by_chance_);
        report_.announced = telling_.told().rows;
        report_.unbuilt = telling_.told().unbuilt;
    }

    const EvaluationParts& parts_;
    store::FindingRepository findings_;
    Telling telling_;
    std::string policy_json_;
    EvaluationReport report_;
    std::map<std::int64_t, const Subject*> subjects_;
    std::map<Key, model::FindingLevel> in_force_;
    std::map<Key, DefectLevel::Verdict> verdicts_;       // of all with enough data
    std::map<base::Date, std::int64_t> changed_months_;  // facts written
    double watches_by_chance_ = 0;                       // of the rules that show theirs
};

}  // namespace

EvaluationReport evaluate(const EvaluationParts& parts) {
    for (int attempt = 1;; ++attempt) {
        try {
            return Evaluator(parts).run();
        } catch (const base::StoreError& error) {
            const bool again = store::is_write_conflict(error) || store::is_unique_violation(error);
            if (!again || attempt == kAttempts) {
                throw;
            }
        }
    }
}

}  // namespace hrbridge::pip
