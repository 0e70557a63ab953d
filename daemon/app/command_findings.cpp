#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/findings_job.h"
#include "daemon/app/store_commands.h"
#include "daemon/pip/explain.h"
#include "daemon/store/readings.h"
#include "daemon/store/repositories.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kFindingsShown = 200;

std::string employee_text(store::FindingRepository& findings, std::int64_t spell_id) {
    const auto employee = findings.employee(spell_id);
    return employee ? fmt::format(
                          "{} {} ({})", employee->employee_no, employee->name, employee->org_unit)
                    : fmt::format("spell {}", spell_id);
}

const char* word(model::FindingLevel level) {
    return level == model::FindingLevel::Warning ? "warning" : "watch";
}

Exit list_findings(const CommandContext& context, store::sql::Connection& connection) {
    store::FindingRepository findings(connection);
    nlohmann::json all = nlohmann::json::array();
    const std::int64_t known = findings.count();
    const std::size_t most =
        context.line.has("json") ? static_cast<std::size_t>(known) : kFindingsShown;
    const std::vector<model::Finding> listed = findings.list(most);
    store::note_reading(connection,
                        {context.actor, "findings.read", "", listed.size()},
                        context.services.clock.now());
    for (const model::Finding& finding : listed) {
        const std::string employee = employee_text(findings, finding.spell_id);
        const std::string period = base::to_string(finding.period).substr(0, 7);
        if (context.line.has("json")) {
            all.push_back({{"id", finding.id},
                           {"rule", finding.rule},
                           {"level", word(finding.level)},
                           {"state", finding.state},
                           {"period", period},
                           {"employee", employee},
                           {"evidence", nlohmann::json::parse(finding.evidence)}});
            continue;
        }
        context.output.line(fmt::format("{:>6}  {} {:<8} {:<10} {}  {}",
                                        finding.id,
                                        finding.rule,
                                        word(finding.level),
                                        finding.state,
                                        period,
                                        employee));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    } else if (known > static_cast<std::int64_t>(most)) {
        context.output.line(fmt::format(
            "The first {} of {} are shown, warnings first; --json gives all", most, known));
    }
    return Exit::Done;
}

Exit explain_finding(const CommandContext& context, store::sql::Connection& connection) {
    store::FindingRepository findings(connection);
    const std::string& text = context.line.arguments.front();
    const bool digits = !text.empty() && text.size() < 19 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    const auto finding = digits ? findings.find(std::stoll(text)) : std::nullopt;
    if (!finding) {
        context.output.error("there is no such finding; hrbridge findings list shows them");
        return Exit::Usage;
    }
    store::note_reading(connection,
                        {context.actor, "finding.read", std::to_string(finding->id)},
                        context.services.clock.now());
    context.output.line(pip::explain(*finding,
                                     employee_text(findings, finding->spell_id),
                                     context.line.option("language", "zh")));
    return Exit::Done;
}

nlohmann::json to_json(const pip::EvaluationReport& report) {
    nlohmann::json rules = nlohmann::json::array();
    for (const model::Evaluation& rule : report.rules) {
        rules.push_back({{"rule", rule.rule},
                         {"period", base::to_string(rule.period).substr(0, 7)},
                         {"people", rule.people},
                         {"too_few_data", rule.too_few_data},
                         {"not_compared", rule.not_compared},
                         {"open_rows", rule.open_rows},
                         {"warnings", rule.warnings},
                         {"chance_warnings", rule.chance_warnings},
                         {"watches", rule.watches},
                         {"chance_watches", rule.chance_watches}});
    }
    return {{"rules", rules},
            {"wait", report.wait ? nlohmann::json(wait_text(*report.wait)) : nlohmann::json()},
            {"changed", report.changed},
            {"retracted", report.retracted},
            {"messages", report.announced}};
}

Exit evaluate(const CommandContext& context) {
    const pip::EvaluationReport report = evaluate_findings(context.services);
    if (context.line.has("json")) {
        context.output.line(to_json(report).dump(2));
        return Exit::Done;
    }
    for (const model::Evaluation& rule : report.rules) {
        context.output.line(fmt::format(
            "{} {}: {} people, {} with too few data, {} warnings (by chance at most {}), "
            "{} watches (by chance at most {}){}",
            rule.rule,
            base::to_string(rule.period).substr(0, 7),
            rule.people,
            rule.too_few_data,
            rule.warnings,
            rule.chance_warnings,
            rule.watches,
            rule.chance_watches,
            not_compared_text(rule)));
    }
    if (report.wait) {
        context.output.line(wait_text(*report.wait));
    }
    context.output.line(fmt::format("{} changed, {} retracted, {} messages written",
                                    report.changed,
                                    report.retracted,
                                    report.announced));
    return Exit::Done;
}

}  // namespace

Exit run_findings(const CommandContext& context) {
    if (context.line.command == "findings evaluate") {
        return evaluate(context);
    }
    const auto connection = context.services.store->connect();
    return context.line.command == "findings explain" ? explain_finding(context, *connection)
                                                      : list_findings(context, *connection);
}

}  // namespace hrbridge::app
