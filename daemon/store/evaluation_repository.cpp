#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kSaveEvaluation =
    "INSERT INTO evaluation (rule, kpi_code, period, people, too_few_data, warnings, watches, "
    "chance_warnings, chance_watches, policy, evaluated_at, not_compared, open_rows) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
    "ON CONFLICT (rule, kpi_code, period) DO UPDATE SET people = excluded.people, "
    "too_few_data = excluded.too_few_data, warnings = excluded.warnings, "
    "watches = excluded.watches, chance_warnings = excluded.chance_warnings, "
    "chance_watches = excluded.chance_watches, policy = excluded.policy, "
    "evaluated_at = excluded.evaluated_at, not_compared = excluded.not_compared, "
    "open_rows = excluded.open_rows";
constexpr std::string_view kEvaluations =
    "SELECT rule, kpi_code, period, people, too_few_data, warnings, watches, chance_warnings, "
    "chance_watches, policy, evaluated_at, not_compared, open_rows FROM evaluation "
    "ORDER BY period DESC, rule, kpi_code LIMIT $1";
constexpr std::string_view kInForce =
    "SELECT rule, level, count(DISTINCT spell_id) FROM finding WHERE state = 'raised' OR "
    "(state = 'watching' AND period = (SELECT max(period) FROM evaluation)) "
    "GROUP BY rule, level ORDER BY rule, level";

// "no_peers 3,no_team 2": reasons are words of ours.
std::string reasons_text(const std::map<std::string, std::int64_t>& reasons) {
    std::string text;
    for (const auto& [reason, people] : reasons) {
        text += (text.empty() ? "" : ",") + reason + " " + std::to_string(people);
    }
    return text;
}

std::map<std::string, std::int64_t> read_reasons(const std::string& text) {
    std::map<std::string, std::int64_t> reasons;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        const std::size_t blank = part.find(' ');
        reasons[part.substr(0, blank)] = std::stoll(part.substr(blank + 1));
    }
    return reasons;
}

}  // namespace

void FindingRepository::save(const model::Evaluation& evaluation) {
    connection_.execute(kSaveEvaluation,
                        {evaluation.rule,
                         evaluation.kpi_code,
                         evaluation.period,
                         evaluation.people,
                         evaluation.too_few_data,
                         evaluation.warnings,
                         evaluation.watches,
                         evaluation.chance_warnings,
                         evaluation.chance_watches,
                         evaluation.policy,
                         evaluation.evaluated_at,
                         reasons_text(evaluation.not_compared),
                         evaluation.open_rows});
}

std::vector<model::Evaluation> FindingRepository::evaluations(std::size_t limit) {
    std::vector<model::Evaluation> evaluations;
    const auto rows = connection_.query(kEvaluations, {static_cast<std::int64_t>(limit)});
    while (rows->next()) {
        evaluations.push_back({rows->text(0),
                               rows->text(1),
                               rows->date(2),
                               rows->integer(3),
                               rows->integer(4),
                               read_reasons(rows->text(11)),
                               rows->integer(12),
                               rows->integer(5),
                               rows->integer(6),
                               rows->text(7),
                               rows->text(8),
                               rows->text(9),
                               rows->timestamp(10)});
    }
    return evaluations;
}

void FindingRepository::forget_evaluation(const std::string& rule,
                                          const std::string& kpi_code,
                                          base::Date period) {
    connection_.execute("DELETE FROM evaluation WHERE rule = $1 AND kpi_code = $2 AND period = $3",
                        {rule, kpi_code, period});
}

std::vector<FindingRepository::InForce> FindingRepository::in_force() {
    std::vector<InForce> all;
    const auto rows = connection_.query(kInForce, {});
    while (rows->next()) {
        all.push_back({rows->text(0), rows->text(1), rows->integer(2)});
    }
    return all;
}

void FindingRepository::set_wait(const std::string& kpi_code,
                                 const std::optional<model::EvaluationWait>& wait) {
    LocalTransaction transaction(connection_);
    if (this->wait(kpi_code) != wait) {
        connection_.execute("DELETE FROM evaluation_wait WHERE kpi_code = $1", {kpi_code});
        if (wait) {
            connection_.execute(
                "INSERT INTO evaluation_wait (kpi_code, period, mapping, read_until) "
                "VALUES ($1, $2, $3, $4)",
                {kpi_code, wait->period, wait->mapping, to_value(wait->read_until)});
        }
    }
    transaction.commit();
}

std::optional<model::EvaluationWait> FindingRepository::wait(const std::string& kpi_code) {
    const auto rows = connection_.query(
        "SELECT period, mapping, read_until FROM evaluation_wait WHERE kpi_code = $1", {kpi_code});
    if (!rows->next()) {
        return std::nullopt;
    }
    return model::EvaluationWait{rows->date(0), rows->text(1), rows->optional_timestamp(2)};
}

}  // namespace hrbridge::store
