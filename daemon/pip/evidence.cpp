#include "daemon/pip/evidence.h"

#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

using nlohmann::json;

json counts_json(const Stratum& counts, std::int64_t peers) {
    return {{"n", counts.n},
            {"bad", counts.bad},
            {"peers", peers},
            {"peer_n", counts.peer_n},
            {"peer_bad", counts.peer_bad}};
}

json month_json(const SubjectMonth& month) {
    json out = counts_json(month.counts, month.peers);
    out["month"] = base::to_string(month.month).substr(0, 7);
    out["peer_rate"] = month.expected / static_cast<double>(month.counts.n);
    out["operations"] = json::array();
    for (const OperationMonth& each : month.operations) {
        json operation = counts_json(each.counts, each.peers);
        operation["operation"] = each.operation;
        out["operations"].push_back(std::move(operation));
    }
    return out;
}

template <typename Months>
json months_json(const Months& months) {
    json out = json::array();
    for (const SubjectMonth& month : months) {
        out.push_back(month_json(month));
    }
    return out;
}

std::span<const SubjectMonth> history_of(const Subject& subject,
                                         const std::vector<SubjectMonth>& judged) {
    return months_in(subject, subject.months.front().month, judged.back().month);
}

json left_out_json(const Subject& subject, base::Date first, base::Date last) {
    json out = json::array();
    for (const auto& [reason, sum] : left_out_of(subject, first, last)) {
        if (sum.n == 0 && sum.bad == 0) {
            continue;
        }
        out.push_back({{"reason", to_string(reason)}, {"n", sum.n}, {"bad", sum.bad}});
    }
    return out;
}

// What a finding calls itself is what it is, whatever the evidence would bear.
const char* reason_of(DefectLevel::Verdict verdict, model::FindingLevel level) {
    if (level == model::FindingLevel::Warning) {
        return "evidence";
    }
    return verdict == DefectLevel::Verdict::Warning ? "evidence_watched" : "weak_evidence";
}

}  // namespace

std::string defect_level_evidence(model::FindingLevel in_force,
                                  const DefectLevel& level,
                                  const DefectLevelResult& result,
                                  const DefectLevelPolicy& policy,
                                  const Subject& subject,
                                  std::int64_t open_rows,
                                  const std::vector<CauseShare>& causes) {
    const base::Date newest = level.months.back().month;
    json out{{"rule", "R1"},
             {"reason", reason_of(level.verdict, in_force)},
             {"months", months_json(level.months)},
             {"history", months_json(history_of(subject, level.months))},
             {"left_out", left_out_json(subject, add_months(newest, 1 - policy.months), newest)},
             {"open_rows", open_rows},
             {"subject",
              {{"n", level.total.n},
               {"bad", level.total.bad},
               {"rate", level.rate},
               {"low", level.interval.low},
               {"high", level.interval.high}}},
             {"peers",
              {{"people", level.peers},
               {"n", level.total.peer_n},
               {"bad", level.total.peer_bad},
               {"rate", level.peer_rate},
               {"expected", level.expected}}},
             {"gap", level.gap},
             {"tested_gap", level.tested_gap},
             {"gap_min", policy.gap},
             {"tail", level.tail},
             {"phi", result.phi},
             {"alpha", policy.alpha},
             {"alpha_each", result.alpha_each},
             {"n_min", policy.n_min},
             {"people", result.looked_at},
             {"chance_warnings", result.chance_warnings},
             {"chance_watches", result.chance_watches},
             {"causes", json::array()}};
    for (const CauseShare& cause : causes) {
        out["causes"].push_back({{"code", cause.code},
                                 {"name", cause.name},
                                 {"controllable", cause.controllable},
                                 {"bad", cause.bad},
                                 {"expected", cause.expected},
                                 {"excess", cause.excess}});
    }
    return out.dump();
}

std::string streak_evidence(const Streak& streak,
                            const StreakResult& result,
                            const StreakPolicy& policy,
                            const Subject& subject,
                            std::int64_t open_rows) {
    const Stratum total = total_of(streak.months);
    const auto n = static_cast<double>(total.n);
    const Interval interval = clopper_pearson(total.bad, total.n, 0.95);
    const json out{
        {"rule", "R2"},
        {"reason", "streak"},
        {"months", months_json(streak.months)},
        {"history", months_json(history_of(subject, streak.months))},
        {"left_out",
         left_out_json(subject, streak.months.front().month, streak.months.back().month)},
        {"open_rows", open_rows},
        {"subject",
         {{"n", total.n},
          {"bad", total.bad},
          {"rate", static_cast<double>(total.bad) / n},
          {"low", interval.low},
          {"high", interval.high}}},
        {"peers",
         {{"people", peers_of(streak.months)},
          {"n", total.peer_n},
          {"bad", total.peer_bad},
          {"rate", expected_of(streak.months) / n},
          {"expected", expected_of(streak.months)}}},
        {"length", policy.months},
        {"chance", streak.chance},
        {"people", result.looked_at},
        {"chance_watches", result.chance_watches}};
    return out.dump();
}

std::string inputs_digest(const model::Finding& finding,
                          const std::vector<SubjectMonth>& months,
                          const std::string& policy) {
    json evidence = json::parse(finding.evidence);
    evidence.erase("history");
    evidence.erase("open_rows");
    const json said{finding.rule,
                    finding.rule_version,
                    finding.level == model::FindingLevel::Warning,
                    evidence,
                    policy};
    std::string text = said.dump();
    for (const SubjectMonth& month : months) {
        text += month.inputs;
    }
    return base::sha256(text);
}

}  // namespace hrbridge::pip
