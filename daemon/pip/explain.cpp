#include "daemon/pip/explain.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/base/yaml.h"
#include "daemon/pip/months.h"
#include "daemon/pip/stored_evidence.h"
#include "hrbridge_pip_files.h"

namespace hrbridge::pip {
namespace {

using Catalogue = std::map<std::string, std::string>;

Catalogue load(const std::string& language) {
    const std::string name = "rules/texts." + language + ".yaml";
    const auto document = base::parse_yaml(embedded_file(name), name);
    if (!document) {
        throw std::logic_error(document.fault().where + ": " + document.fault().what);
    }
    Catalogue catalogue;
    for (const auto& [key, node] : document->entries) {
        catalogue[key] = node.text;
    }
    return catalogue;
}

const Catalogue& catalogue(const std::string& language) {
    static const std::map<std::string, Catalogue> kAll{{"zh", load("zh")}, {"en", load("en")}};
    const auto found = kAll.find(language);
    return found == kAll.end() ? kAll.at("zh") : found->second;
}

std::string counts_line(const nlohmann::json& counts,
                        const std::string& month,
                        const std::string& operation,
                        const std::string& language) {
    const auto n = counts.at("n").get<std::int64_t>();
    const auto bad = counts.at("bad").get<std::int64_t>();
    const auto peer_n = counts.at("peer_n").get<std::int64_t>();
    const auto peer_bad = counts.at("peer_bad").get<std::int64_t>();
    return "\n  " +
           rule_text(language,
                     "month_line",
                     {{"month", month},
                      {"operation", operation},
                      {"bad", std::to_string(bad)},
                      {"n", std::to_string(n)},
                      {"rate", percent(static_cast<double>(bad) / static_cast<double>(n))},
                      {"peer_bad", std::to_string(peer_bad)},
                      {"peer_n", std::to_string(peer_n)},
                      {"peer_rate",
                       percent(static_cast<double>(peer_bad) / static_cast<double>(peer_n))}});
}

std::string months_text(const nlohmann::json& evidence, const std::string& language) {
    std::string out;
    for (const auto& month : evidence.at("months")) {
        for (const auto& each : month.at("operations")) {
            out += counts_line(each,
                               month.at("month").get<std::string>(),
                               each.at("operation").get<std::string>(),
                               language);
        }
    }
    for (const auto& sum : evidence.at("left_out")) {
        out += "\n  " + rule_text(language,
                                  "left_out_" + sum.at("reason").get<std::string>(),
                                  {{"n", std::to_string(sum.at("n").get<std::int64_t>())},
                                   {"bad", std::to_string(sum.at("bad").get<std::int64_t>())}});
    }
    const auto open = evidence.at("open_rows").get<std::int64_t>();
    if (open > 0) {
        out += "\n  " + rule_text(language, "open_rows", {{"rows", std::to_string(open)}});
    }
    return out;
}

std::string month_names(const nlohmann::json& evidence, const std::string& language) {
    std::string names;
    for (const auto& month : evidence.at("months")) {
        names += (names.empty() ? "" : rule_text(language, "month_separator")) +
                 month.at("month").get<std::string>();
    }
    return names;
}

// Whether a calendar month between those looked at has no data.
bool has_gap(const nlohmann::json& evidence) {
    const auto& months = evidence.at("months");
    const auto first = base::parse_date(months.front().at("month").get<std::string>() + "-01");
    const auto last = base::parse_date(months.back().at("month").get<std::string>() + "-01");
    return add_months(first.value(), static_cast<int>(months.size()) - 1) != last.value();
}

std::string causes_text(const nlohmann::json& causes, const std::string& language) {
    std::string out;
    for (const auto& cause : causes) {
        out += "\n  " +
               rule_text(language,
                         "cause_line",
                         {{"cause", cause.at("name").get<std::string>()},
                          {"bad", std::to_string(cause.at("bad").get<std::int64_t>())},
                          {"expected", fmt::format("{:.1f}", cause.at("expected").get<double>())},
                          {"excess", fmt::format("{:+.1f}", cause.at("excess").get<double>())}});
    }
    return out;
}

}  // namespace

std::string percent(double share) {
    return fmt::format("{:.1f}%", share * 100);
}

std::string at_most(double bound, int decimals) {
    const double scale = std::pow(10.0, decimals);
    const double rounded = std::round(bound * scale);
    // What only the representation adds is no reason to round up.
    const bool exact = std::abs(rounded - bound * scale) < 1e-9 * std::max(1.0, rounded);
    const double up = exact && (rounded > 0 || bound <= 0) ? rounded : std::ceil(bound * scale);
    return fmt::format("{:.{}f}", up / scale, decimals);
}

std::string probability(double value) {
    return value > 0 && value < 0.0001 ? fmt::format("{:.1e}", value)
                                       : fmt::format("{:.4f}", value);
}

std::string rule_text(const std::string& language,
                      const std::string& key,
                      const std::map<std::string, std::string>& values) {
    const Catalogue& texts = catalogue(language);
    const auto found = texts.find(key);
    std::string text = found == texts.end() ? key : found->second;
    for (const auto& [name, value] : values) {
        const std::string placeholder = "{" + name + "}";
        for (std::size_t at = text.find(placeholder); at != std::string::npos;
             at = text.find(placeholder, at + value.size())) {
            text.replace(at, placeholder.size(), value);
        }
    }
    return text;
}

std::string explain(const model::Finding& finding,
                    const std::string& employee,
                    const std::string& language) {
    const auto evidence = read_evidence(finding.evidence);
    const auto& subject = evidence.at("subject");
    const auto& peers = evidence.at("peers");
    std::map<std::string, std::string> values{
        {"employee", employee},
        {"months", std::to_string(evidence.at("months").size())},
        {"month_names", month_names(evidence, language)},
        {"n", std::to_string(subject.at("n").get<std::int64_t>())},
        {"bad", std::to_string(subject.at("bad").get<std::int64_t>())},
        {"rate", percent(subject.at("rate").get<double>())},
        {"low", percent(subject.at("low").get<double>())},
        {"high", percent(subject.at("high").get<double>())},
        {"peers", std::to_string(peers.at("people").get<std::int64_t>())},
        {"peer_n", std::to_string(peers.at("n").get<std::int64_t>())},
        {"peer_bad", std::to_string(peers.at("bad").get<std::int64_t>())},
        {"peer_rate", percent(peers.at("rate").get<double>())},
        {"expected", fmt::format("{:.1f}", peers.at("expected").get<double>())},
        {"people", std::to_string(evidence.at("people").get<std::int64_t>())},
        {"chance_watches", at_most(evidence.at("chance_watches").get<double>(), 2)}};
    std::string text;
    if (finding.rule == "R1") {
        values["gap"] = percent(evidence.at("gap").get<double>());
        values["tested_gap"] = percent(evidence.at("tested_gap").get<double>());
        values["tail"] = probability(evidence.at("tail").get<double>());
        values["alpha_each"] = probability(evidence.at("alpha_each").get<double>());
        values["phi"] = fmt::format("{:.2f}", evidence.at("phi").get<double>());
        values["chance_warnings"] = at_most(evidence.at("chance_warnings").get<double>(), 3);
        values["n_min"] = std::to_string(evidence.at("n_min").get<std::int64_t>());
        text = rule_text(language, "R1_" + evidence.at("reason").get<std::string>(), values);
        text += months_text(evidence, language);
        text += "\n" + rule_text(language, "causes", values) +
                causes_text(evidence.at("causes"), language);
        text += "\n" + rule_text(language, "R1_chance", values);
    } else {
        values["chance"] = at_most(evidence.at("chance").get<double>() * 100, 1) + "%";
        text = rule_text(language, has_gap(evidence) ? "R2_streak_gap" : "R2_streak", values) +
               months_text(evidence, language);
        text += "\n" + rule_text(language, "R2_chance", values);
    }
    if (finding.state == "retracted") {
        text = rule_text(language, "retracted") + "\n" + text;
    }
    return text;
}

}  // namespace hrbridge::pip
