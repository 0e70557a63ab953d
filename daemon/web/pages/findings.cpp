#include <charconv>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/pip/explain.h"
#include "daemon/pip/kpi.h"
#include "daemon/pip/stats.h"
#include "daemon/pip/stored_evidence.h"
#include "daemon/store/repositories.h"
#include "daemon/web/chart.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/pages/reading.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

using nlohmann::json;

constexpr std::size_t kFindingsShown = 500;
constexpr std::size_t kEvaluationsShown = 2;
constexpr double kConfidence = 0.95;

const char* level_word(model::FindingLevel level) {
    return level == model::FindingLevel::Warning ? "warning" : "watch";
}

bool is_over(const model::Finding& finding) {
    return finding.state == "retracted" || finding.state == "ended";
}

std::string level_class(const model::Finding& finding) {
    if (is_over(finding)) {
        return "";
    }
    return finding.level == model::FindingLevel::Warning ? "bad" : "warn";
}

std::string share_text(const json& subject) {
    return fmt::format("{} ({}–{}, n={})",
                       pip::percent(subject.at("rate").get<double>()),
                       pip::percent(subject.at("low").get<double>()),
                       pip::percent(subject.at("high").get<double>()),
                       subject.at("n").get<std::int64_t>());
}

std::string peers_text(const json& peers) {
    return fmt::format("{} (n={})",
                       pip::percent(peers.at("rate").get<double>()),
                       peers.at("n").get<std::int64_t>());
}

json show_finding(store::FindingRepository& findings,
                  const model::Finding& finding,
                  const std::string& language) {
    const json evidence = json::parse(finding.evidence);
    const auto employee = findings.employee(finding.spell_id);
    return {{"id", finding.id},
            {"rule", finding.rule},
            {"level_text",
             text_of(language, is_over(finding) ? finding.state : level_word(finding.level))},
            {"level_class", level_class(finding)},
            {"period", base::to_string(finding.period).substr(0, 7)},
            {"employee_no", employee ? employee->employee_no : ""},
            {"name", employee ? employee->name : ""},
            {"org_unit", employee ? employee->org_unit : ""},
            {"own", share_text(evidence.at("subject"))},
            {"peers", peers_text(evidence.at("peers"))}};
}

// "no team 2, too few colleagues at the operation 1"; empty when everybody was compared.
std::string reasons_of(const model::Evaluation& evaluation, const std::string& language) {
    std::string text;
    for (const auto& [reason, people] : evaluation.not_compared) {
        text += (text.empty() ? "" : text_of(language, "list_separator")) +
                text_of(language, "not_compared_" + reason) + " " + std::to_string(people);
    }
    return text;
}

// Whether the rule only counted what it would have found.
bool is_shadow(const model::Evaluation& evaluation) {
    const json policy = json::parse(evaluation.policy, nullptr, false);
    return policy.is_object() && policy.contains(evaluation.rule) &&
           policy.at(evaluation.rule).value("mode", "") == "shadow";
}

json wait_of(const PageParts& parts,
             const model::EvaluationWait& wait,
             const std::string& language) {
    return {{"period", base::to_string(wait.period).substr(0, 7)},
            {"mapping", wait.mapping},
            {"until",
             wait.read_until ? show_time(parts, *wait.read_until, language)
                             : text_of(language, "never_read")}};
}

Response list_page(const PageParts& parts, const Visit& visit) {
    const std::string language = language_of(visit.request);
    const auto connection = connect_to_read(parts);
    store::FindingRepository findings(*connection);
    json data{
        {"warnings", json::array()}, {"watches", json::array()}, {"evaluations", json::array()}};
    for (const model::Finding& finding : findings.list(kFindingsShown)) {
        const bool warning = finding.level == model::FindingLevel::Warning;
        data[warning ? "warnings" : "watches"].push_back(show_finding(findings, finding, language));
    }
    if (const auto wait = findings.wait(std::string(pip::kDefectRate))) {
        data["waits"] = wait_of(parts, *wait, language);
    }
    const auto evaluations = findings.evaluations(kEvaluationsShown);
    for (const model::Evaluation& evaluation : evaluations) {
        if (evaluation.period != evaluations.front().period) {
            continue;  // the rule is off by now
        }
        data["evaluations"].push_back(
            {{"rule", evaluation.rule},
             {"rule_name", text_of(language, "rule_" + evaluation.rule)},
             {"period", base::to_string(evaluation.period).substr(0, 7)},
             {"shadow", is_shadow(evaluation)},
             {"open_rows", evaluation.open_rows},
             {"has_open_rows", evaluation.open_rows > 0},
             {"people", evaluation.people},
             {"too_few", evaluation.too_few_data},
             {"not_compared", reasons_of(evaluation, language)},
             {"has_not_compared", !evaluation.not_compared.empty()},
             {"warnings", evaluation.warnings},
             {"watches", evaluation.watches},
             {"chance_warnings", pip::at_most(std::stod(evaluation.chance_warnings), 3)},
             {"chance_watches", pip::at_most(std::stod(evaluation.chance_watches), 1)}});
    }
    const std::int64_t all = findings.count();
    data["shown"] = kFindingsShown;
    data["all"] = all;
    const bool cut = all > static_cast<std::int64_t>(kFindingsShown);
    data["cut"] = cut;
    data["no_warnings"] = data["warnings"].empty() && !cut;
    data["no_watches"] = data["watches"].empty() && !cut;
    note_reading(parts,
                 *connection,
                 {visit.visitor->account.name,
                  "findings.read",
                  "",
                  data["warnings"].size() + data["watches"].size()});
    return render_page(visit, "findings.html", "findings_title", data);
}

std::string chart_of(const json& evidence, const std::string& language) {
    std::set<std::string> judged;
    for (const auto& month : evidence.at("months")) {
        judged.insert(month.at("month").get<std::string>());
    }
    std::vector<ChartPoint> points;
    for (const auto& month : evidence.at("history")) {
        const auto n = month.at("n").get<std::int64_t>();
        const auto bad = month.at("bad").get<std::int64_t>();
        const pip::Interval interval = pip::clopper_pearson(bad, n, kConfidence);
        ChartPoint point;
        point.label = month.at("month").get<std::string>();
        point.share = static_cast<double>(bad) / static_cast<double>(n);
        point.low = interval.low;
        point.high = interval.high;
        point.peer_share = month.at("peer_rate").get<double>();
        point.judged = judged.count(point.label) > 0;
        points.push_back(std::move(point));
    }
    return run_chart(points, text_of(language, "chart_title"));
}

json month_row(const std::string& month, const json& counts) {
    const auto n = counts.at("n").get<std::int64_t>();
    const auto bad = counts.at("bad").get<std::int64_t>();
    const auto peer_n = counts.at("peer_n").get<std::int64_t>();
    const auto peer_bad = counts.at("peer_bad").get<std::int64_t>();
    const pip::Interval interval = pip::clopper_pearson(bad, n, kConfidence);
    return {
        {"month", month},
        {"operation", counts.at("operation")},
        {"own", fmt::format("{}/{}", bad, n)},
        {"rate", pip::percent(static_cast<double>(bad) / static_cast<double>(n))},
        {"interval", fmt::format("{}–{}", pip::percent(interval.low), pip::percent(interval.high))},
        {"peers", fmt::format("{}/{}", peer_bad, peer_n)},
        {"peer_rate", pip::percent(static_cast<double>(peer_bad) / static_cast<double>(peer_n))}};
}

// One row a month and operation, since at each he is compared with those who do it too.
json months_of(const json& evidence) {
    json rows = json::array();
    for (const auto& month : evidence.at("months")) {
        for (const auto& operation : month.at("operations")) {
            rows.push_back(month_row(month.at("month").get<std::string>(), operation));
        }
    }
    return rows;
}

json causes_of(const json& evidence, const std::string& language) {
    json rows = json::array();
    if (!evidence.contains("causes")) {
        return rows;
    }
    for (const auto& cause : evidence.at("causes")) {
        rows.push_back(
            {{"name", cause.at("name")},
             {"controllable",
              text_of(language, "controllable_" + cause.at("controllable").get<std::string>())},
             {"bad", cause.at("bad")},
             {"expected", fmt::format("{:.1f}", cause.at("expected").get<double>())},
             {"excess", fmt::format("{:+.1f}", cause.at("excess").get<double>())}});
    }
    return rows;
}

json notes_of(const PageParts& parts,
              const std::vector<model::FindingNote>& notes,
              const std::string& language) {
    json rows = json::array();
    for (const model::FindingNote& note : notes) {
        rows.push_back({{"at", show_time(parts, note.at, language)},
                        {"actor", note.actor},
                        {"text", text_of(language, "note_" + note.note)}});
    }
    return rows;
}

Response one_page(const PageParts& parts, const Visit& visit) {
    const std::string& text = visit.path_values.at("id");
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const auto connection = connect_to_read(parts);
    store::FindingRepository findings(*connection);
    const auto finding =
        error == std::errc() && end == text.data() + text.size() ? findings.find(id) : std::nullopt;
    if (!finding) {
        return plain_text(404, "There is no such finding.\n");
    }
    const std::string language = language_of(visit.request);
    const json evidence = pip::read_evidence(finding->evidence);
    json data = show_finding(findings, *finding, language);
    data["rule_name"] = text_of(language, "rule_" + finding->rule);
    data["explanation"] = pip::explain(
        *finding,
        fmt::format(
            "{} {}", data["employee_no"].get<std::string>(), data["name"].get<std::string>()),
        language);
    data["chart"] = chart_of(evidence, language);
    data["months"] = months_of(evidence);
    data["causes"] = causes_of(evidence, language);
    data["has_causes"] = !data["causes"].empty();
    data["notes"] = notes_of(parts, findings.notes(id), language);
    data["has_notes"] = !data["notes"].empty();
    data["chance_warnings"] = evidence.contains("chance_warnings")
                                  ? json(pip::at_most(evidence["chance_warnings"].get<double>(), 3))
                                  : json();
    data["chance_watches"] = pip::at_most(evidence.at("chance_watches").get<double>(), 1);
    data["people"] = evidence.at("people");
    note_reading(
        parts, *connection, {visit.visitor->account.name, "finding.read", std::to_string(id)});
    return render_page(visit, "finding.html", "finding_title", data);
}

}  // namespace

void add_finding_pages(Router& router, const PageParts& parts) {
    using model::Role;
    router.add({"GET", "/findings", {Role::Hr}, false, true, [parts](const Visit& visit) {
                    return list_page(parts, visit);
                }});
    router.add({"GET", "/findings/{id}", {Role::Hr}, false, true, [parts](const Visit& visit) {
                    return one_page(parts, visit);
                }});
}

}  // namespace hrbridge::web
