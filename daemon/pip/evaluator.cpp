#include "daemon/pip/evaluator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "daemon/pip/changes.h"
#include "daemon/pip/explain.h"
#include "daemon/pip/finding_maker.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/kpi_facts.h"
#include "daemon/pip/months.h"
#include "daemon/pip/reading.h"
#include "daemon/pip/telling.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/errors.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/repositories.h"

namespace hrbridge::pip {
namespace {

constexpr std::size_t kEvaluationsLooked = 1000;
// Against what others write at the same time: a dispatcher may send card after card meanwhile.
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kPause{20};  // longer by as much after each attempt

class Evaluator {
  public:
    explicit Evaluator(const EvaluationParts& parts)
        : parts_(parts),
          findings_(parts.connection),
          telling_(parts.connection, parts.announcer, parts.now),
          policy_json_(to_json(parts.policy)),
          changes_(parts.policy, policy_json_) {}

    EvaluationReport run() {
        store::sql::Transaction transaction(parts_.connection, store::sql::Reads::Snapshot);
        const auto open = open_month();
        findings_.set_wait(std::string(kDefectRate), report_.wait);
        if (open) {
            look_at(*open);
        }
        transaction.commit();
        return std::move(report_);
    }

  private:
    using Key = std::pair<std::string, std::int64_t>;  // rule and spell

    // The first month that is not looked at; nullopt: none can be looked at now.
    std::optional<base::Date> open_month() {
        const base::Date closed =
            first_open_month(parts_.now, parts_.zone, parts_.policy.settle_delay_days);
        report_.period = add_months(closed, -1);
        const auto least = least_read(parts_.connection, parts_.fed_by);
        if (!least) {
            return closed;
        }
        const base::Date read =
            least->until ? month_of(parts_.zone.date_of(*least->until)) : base::Date{};
        if (read >= closed) {
            return closed;
        }
        report_.wait = model::EvaluationWait{report_.period, least->mapping, least->until};
        const auto before = findings_.evaluations(1);
        if (!least->until || (!before.empty() && before.front().period >= read)) {
            return std::nullopt;
        }
        report_.period = add_months(read, -1);
        return read;
    }

    void look_at(base::Date open) {
        erased_ = store::erased_spells(parts_.connection);
        const base::Date from = add_months(open, -parts_.policy.history_months);
        write_kpi_definitions(parts_.connection);
        measure(from, open);
        const FactTable facts(findings_.facts(std::string(kDefectRate), from, open),
                              Direction::LowerIsBetter,
                              {parts_.policy.month_pieces_min, parts_.policy.peers_min});
        FindingMaker maker(parts_, facts, policy_json_);
        changes_.evaluated_before(findings_.evaluations(kEvaluationsLooked));
        judge_earlier_warnings(facts, maker, from);
        const auto before = findings_.of_period(std::string(kDefectRate), report_.period);
        judge_levels(facts, maker);
        judge_streaks(facts, maker);
        for (const model::Finding& finding : before) {
            settle(finding);
        }
        tell();
    }

    // Months whose facts are deleted keep the figures that they had. Of the first month that is
    // whole, the defects of a shift across midnight may belong to the day before.
    base::Date measured_from(base::Date from) {
        const auto whole = store::facts_whole_from(parts_.connection);
        return whole ? std::max(from, add_months(month_of(*whole), 1)) : from;
    }

    void measure(base::Date from, base::Date to) {
        from = measured_from(from);
        if (from >= to) {
            return;
        }
        const auto changed =
            findings_.replace_facts(std::string(kDefectRate),
                                    from,
                                    to,
                                    measure_defect_rate(parts_.connection, parts_.zone, from, to),
                                    parts_.now);
        changes_.written(changed);
        const auto output = findings_.replace_facts(std::string(kOutput),
                                                    from,
                                                    to,
                                                    measure_output(parts_.connection, from, to),
                                                    parts_.now);
        for (const auto& [month, rows] : changed) {
            report_.facts_written += rows;
        }
        for (const auto& [month, rows] : output) {
            report_.facts_written += rows;
        }
    }

    void keep(model::Finding finding) {
        const auto saved = findings_.save(finding);
        finding.id = saved.id;
        report_.changed += saved.changed ? 1 : 0;
        in_force_[{finding.rule, finding.spell_id}] = finding.level;
        report_.findings.push_back(std::move(finding));
    }

    void judge_levels(const FactTable& facts, FindingMaker& maker) {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        const DefectLevelResult result = evaluate_defect_level(facts, report_.period, policy);
        for (const DefectLevel& level : result.people) {
            if (level.verdict != DefectLevel::Verdict::TooFewData) {
                verdicts_[{"R1", level.spell_id}] = level.verdict;
            }
        }
        if (policy.mode == Mode::Off) {
            forget("R1");
            return;
        }
        model::Evaluation evaluation =
            maker.evaluation("R1", report_.period, result.looked_at, result.too_few_data);
        for (const DefectLevel& level : result.people) {
            if (erased_.contains(level.spell_id)) {
                continue;
            }
            const bool evident = level.verdict == DefectLevel::Verdict::Warning;
            if (!evident && level.verdict != DefectLevel::Verdict::Watch) {
                continue;
            }
            (evident && policy.mode != Mode::Watch ? evaluation.warnings : evaluation.watches) += 1;
            if (policy.mode != Mode::Shadow) {
                keep(maker.of_level(report_.period,
                                    result,
                                    level,
                                    evident && policy.mode == Mode::Live
                                        ? model::FindingLevel::Warning
                                        : model::FindingLevel::Watch));
            }
        }
        evaluation.chance_warnings = at_most(result.chance_warnings, 6);
        evaluation.chance_watches = at_most(result.chance_watches, 6);
        finish(std::move(evaluation), policy.mode);
    }

    void judge_streaks(const FactTable& facts, FindingMaker& maker) {
        const StreakPolicy& policy = parts_.policy.streak;
        if (policy.mode == Mode::Off) {
            forget("R2");
            return;
        }
        const StreakResult result = evaluate_streak(facts, report_.period, policy);
        model::Evaluation evaluation =
            maker.evaluation("R2", report_.period, result.looked_at, result.too_few_data);
        for (const Streak& streak : result.people) {
            if (!streak.found || erased_.contains(streak.spell_id)) {
                continue;
            }
            evaluation.watches += 1;
            if (policy.mode == Mode::Shadow) {
                continue;
            }
            keep(maker.of_streak(report_.period, result, streak));
        }
        evaluation.chance_warnings = "0";
        evaluation.chance_watches = at_most(result.chance_watches, 6);
        finish(std::move(evaluation), policy.mode);
    }

    // What the month was said to hold before the rule was turned off.
    void forget(const char* rule) {
        findings_.forget_evaluation(rule, std::string(kDefectRate), report_.period);
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
    void judge_earlier_warnings(const FactTable& facts, FindingMaker& maker, base::Date from) {
        const DefectLevelPolicy& policy = parts_.policy.defect_level;
        base::Date period;
        DefectLevelResult result;
        for (model::Finding& finding : findings_.warnings(
                 std::string(kDefectRate), add_months(from, policy.months - 1), report_.period)) {
            if (!changes_.in_facts(finding) && finding.rule_version == kDefectLevelVersion) {
                continue;
            }
            if (finding.period != period) {  // they come month by month
                period = finding.period;
                result = evaluate_defect_level(facts, period, policy);
            }
            judge_again(finding, maker, result);
        }
    }

    void judge_again(model::Finding& finding,
                     FindingMaker& maker,
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
            maker.of_level(finding.period, result, *level, model::FindingLevel::Warning);
        now.state = finding.state;
        report_.changed += findings_.save(now).changed ? 1 : 0;
        telling_.correct(finding.id);
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
            telling_.take_back(finding, changes_.why(finding));
        }
    }

    void retract(model::Finding& finding) {
        finding.state = "retracted";
        finding.updated_at = parts_.now;
        findings_.save(finding);
        telling_.take_back(finding, changes_.why(finding));
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
        telling_.take_back_what_is_left_over(std::string(kDefectRate));
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
    Changes changes_;
    EvaluationReport report_;
    std::map<Key, model::FindingLevel> in_force_;
    std::map<Key, DefectLevel::Verdict> verdicts_;  // of all with enough data
    std::set<std::int64_t> erased_;  // their facts count for their peers; nothing is found of them
    double watches_by_chance_ = 0;   // of the rules that show theirs
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
        std::this_thread::sleep_for(attempt * kPause);
    }
}

}  // namespace hrbridge::pip
