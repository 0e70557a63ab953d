#include "daemon/pip/evidence.h"

#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"

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

json left_out_json(const std::vector<SubjectMonth>& months) {
    std::int64_t n = 0;
    std::int64_t bad = 0;
    for (const SubjectMonth& month : months) {
        n += month.left_out_n;
        bad += month.left_out_bad;
    }
    return {{"n", n}, {"bad", bad}};
}

const char* reason_of(DefectLevel::Verdict verdict) {
    switch (verdict) {
        case DefectLevel::Verdict::Nothing:
            return "nothing";
        case DefectLevel::Verdict::Watch:
            return "weak_evidence";
        case DefectLevel::Verdict::Warning:
            return "evidence";
        case DefectLevel::Verdict::TooFewData:
            return "too_few_data";
    }
    return "nothing";
}

}  // namespace

std::string defect_level_evidence(const DefectLevel& level,
                                  const DefectLevelResult& result,
                                  const DefectLevelPolicy& policy,
                                  const Subject& subject,
                                  const std::vector<CauseShare>& causes) {
    json out{{"rule", "R1"},
             {"reason", reason_of(level.verdict)},
             {"months", months_json(level.months)},
             {"history", months_json(history_of(subject, level.months))},
             {"left_out", left_out_json(level.months)},
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
               {"rate", level.peer_rate}}},
             {"gap", level.gap},
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
                            const Subject& subject) {
    const Stratum total = total_of(streak.months);
    const auto n = static_cast<double>(total.n);
    const Interval interval = clopper_pearson(total.bad, total.n, 0.95);
    const json out{{"rule", "R2"},
                   {"reason", "streak"},
                   {"months", months_json(streak.months)},
                   {"history", months_json(history_of(subject, streak.months))},
                   {"left_out", left_out_json(streak.months)},
                   {"subject",
                    {{"n", total.n},
                     {"bad", total.bad},
                     {"rate", static_cast<double>(total.bad) / n},
                     {"low", interval.low},
                     {"high", interval.high}}},
                   {"peers",
                    {{"people", streak.months.back().peers},
                     {"n", total.peer_n},
                     {"bad", total.peer_bad},
                     {"rate", expected_of(streak.months) / n}}},
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
