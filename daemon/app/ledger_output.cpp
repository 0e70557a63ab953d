#include "daemon/app/ledger_output.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "migration/ledger/ed25519.h"
#include "migration/ledger/texts.h"

namespace hrbridge::app {
namespace {

using Json = nlohmann::json;

std::string text_of(const std::string& check, const ledger::Note& note, const LedgerWords& words) {
    for (const ledger::ContentProof* const proof : words.proofs) {
        if (proof->name() == check) {
            return proof->text(words.language, note);
        }
    }
    return ledger::text(words.language, note);
}

std::string outcome_word(ledger::Outcome outcome, const LedgerWords& words) {
    return ledger::text(words.language, {"outcome_" + std::string(to_string(outcome))});
}

std::string name_of(const std::string& check, const LedgerWords& words) {
    const std::string key = "check_" + check;
    const std::string name = text_of(check, {key}, words);
    return name == key ? check : name;
}

Json checks_json(const ledger::VerifyReport& report, const LedgerWords& words) {
    Json all = Json::array();
    for (const ledger::CheckResult& check : report.checks) {
        all.push_back({{"check", check.check},
                       {"outcome", std::string(to_string(check.outcome))},
                       {"examined", check.examined},
                       {"code", check.note.code},
                       {"text", text_of(check.check, check.note, words)}});
    }
    return all;
}

Json findings_json(const ledger::VerifyReport& report, const LedgerWords& words) {
    Json all = Json::array();
    for (const ledger::Finding& finding : report.findings) {
        all.push_back({{"entry", finding.entry == 0 ? Json() : Json(finding.entry)},
                       {"check", finding.check},
                       {"code", finding.note.code},
                       {"values", finding.note.values},
                       {"text", text_of(finding.check, finding.note, words)}});
    }
    return all;
}

void print_json(const ledger::VerifyReport& report, const LedgerWords& words, Output& output) {
    const bool sealed = report.head && report.head->seal.size() == ledger::kSignatureBytes;
    output.line(Json{{"entries", report.entries},
                     {"outcome", std::string(to_string(report.outcome()))},
                     {"head", sealed ? Json(to_line(*report.head)) : Json()},
                     {"checks", checks_json(report, words)},
                     {"findings", findings_json(report, words)},
                     {"findings_total", report.findings_total}}
                    .dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_findings(const ledger::VerifyReport& report, const LedgerWords& words, Output& output) {
    for (const ledger::Finding& finding : report.findings) {
        const std::string text = text_of(finding.check, finding.note, words);
        output.line(ledger::text(words.language,
                                 {finding.entry == 0 ? "finding_whole" : "finding",
                                  {{"entry", std::to_string(finding.entry)}, {"text", text}}}));
    }
    const auto shown = static_cast<std::int64_t>(report.findings.size());
    if (shown < report.findings_total) {
        output.line(ledger::text(
            words.language,
            {"report_more", {{"more", std::to_string(report.findings_total - shown)}}}));
    }
}

}  // namespace

void print(const ledger::VerifyReport& report,
           const LedgerWords& words,
           bool json,
           Output& output) {
    if (json) {
        print_json(report, words, output);
        return;
    }
    output.line(ledger::text(words.language,
                             {"report_entries", {{"entries", std::to_string(report.entries)}}}));
    for (const ledger::CheckResult& check : report.checks) {
        output.line(fmt::format("  [{}] {}: {}",
                                outcome_word(check.outcome, words),
                                name_of(check.check, words),
                                text_of(check.check, check.note, words)));
    }
    print_findings(report, words, output);
    output.line(ledger::text(words.language,
                             {"report_" + std::string(to_string(report.outcome())),
                              {{"found", std::to_string(report.findings_total)}}}));
}

}  // namespace hrbridge::app
