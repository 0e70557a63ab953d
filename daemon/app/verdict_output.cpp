#include "daemon/app/verdict_output.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/app/migrate_output.h"
#include "daemon/base/printable.h"
#include "daemon/web/reason_text.h"
#include "migration/check/texts.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kShown = 10;      // rows of a verdict; --json has all that are kept
constexpr std::size_t kMostText = 160;  // bytes of a key, a value or a note in a line

std::string note_text(const CommandContext& context, const ledger::Note& note) {
    const std::string language = context.line.option("language", "zh");
    return note.code.empty() ? "" : check::text(language, in_language(language, note));
}

std::int64_t count(const std::vector<check::Verdict>& verdicts, ledger::Outcome outcome) {
    return std::count_if(verdicts.begin(), verdicts.end(), [&](const check::Verdict& each) {
        return each.outcome == outcome;
    });
}

std::string row_line(const CommandContext& context, const check::Located& row) {
    std::string line = fmt::format("      {} {}", row.entity, base::one_line(row.key, kMostText));
    if (!row.field.empty()) {
        line += " " + row.field;
    }
    if (row.value) {
        line += " " + base::one_line(*row.value, kMostText);
    }
    const std::string note = note_text(context, row.note);
    return note.empty() ? line : line + ": " + note;
}

void print_one(const CommandContext& context, const check::Verdict& verdict) {
    const std::string outcome(ledger::to_string(verdict.outcome));
    context.output.line(migrate_text(context,
                                     {"verdict_" + outcome,
                                      {{"subject", verdict.subject},
                                       {"rule", verdict.rule},
                                       {"failed", std::to_string(verdict.failed)},
                                       {"examined", std::to_string(verdict.examined)},
                                       {"say", verdict.say.empty() ? "" : " " + verdict.say}}}));
    if (const std::string why = note_text(context, verdict.why); !why.empty()) {
        context.output.line("      " + why);
    }
    for (std::size_t i = 0; i < verdict.where.size() && i < kShown; ++i) {
        context.output.line(row_line(context, verdict.where[i]));
    }
    if (verdict.where.size() > kShown) {
        context.output.line(migrate_text(
            context, {"verdict_more", {{"rows", std::to_string(verdict.where.size() - kShown)}}}));
    }
    if (const std::string next = note_text(context, verdict.next); !next.empty()) {
        context.output.line(migrate_text(context, {"verdict_next", {{"next", next}}}));
    }
}

nlohmann::json note_json(const CommandContext& context, const ledger::Note& note) {
    return note.code.empty() ? nlohmann::json()
                             : nlohmann::json{{"code", note.code},
                                              {"values", note.values},
                                              {"text", note_text(context, note)}};
}

}  // namespace

// Reasons of refused rows, and why a figure could not be had; the latter in brackets.
ledger::Note in_language(const std::string& language, ledger::Note note) {
    for (const char* const name : {"reason", "what"}) {
        const auto found = note.values.find(name);
        if (found == note.values.end()) {
            continue;
        }
        std::string& text = found->second;
        const bool bracketed = text.size() > 2 && text.front() == '(' && text.back() == ')';
        text = bracketed ? fmt::format("({})",
                                       web::reason_text(language, text.substr(1, text.size() - 2)))
                         : web::reason_text(language, text);
    }
    return note;
}

nlohmann::json verdict_json(const CommandContext& context, const check::Verdict& verdict) {
    nlohmann::json where = nlohmann::json::array();
    for (const check::Located& row : verdict.where) {
        where.push_back({{"entity", row.entity},
                         {"key", row.key},
                         {"field", row.field},
                         {"value", row.value ? nlohmann::json(*row.value) : nlohmann::json()},
                         {"note", note_json(context, row.note)}});
    }
    return {{"check", verdict.check},
            {"subject", verdict.subject},
            {"rule", verdict.rule},
            {"outcome", std::string(ledger::to_string(verdict.outcome))},
            {"say", verdict.say},
            {"why", note_json(context, verdict.why)},
            {"examined", verdict.examined},
            {"failed", verdict.failed},
            {"figures", verdict.figures},
            {"where", where},
            {"next", note_json(context, verdict.next)},
            {"evidence", check::digest(verdict).hex()}};
}

void print_verdicts(const CommandContext& context,
                    const std::string& check,
                    const std::vector<check::Verdict>& verdicts) {
    context.output.line(migrate_text(
        context,
        {"check_line",
         {{"check", migrate_text(context, {"check_" + check})},
          {"pass", std::to_string(count(verdicts, ledger::Outcome::Pass))},
          {"fail", std::to_string(count(verdicts, ledger::Outcome::Fail))},
          {"not_checked", std::to_string(count(verdicts, ledger::Outcome::NotChecked))}}}));
    for (const check::Verdict& verdict : verdicts) {
        if (verdict.outcome != ledger::Outcome::Pass) {
            print_one(context, verdict);
        }
    }
}

}  // namespace hrbridge::app
