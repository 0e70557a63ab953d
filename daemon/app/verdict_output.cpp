#include "daemon/app/verdict_output.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/app/migrate_output.h"
#include "daemon/web/reason_text.h"
#include "migration/check/texts.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kShown = 10;  // rows of a verdict; --json has all that are kept

// Reasons of refused rows are kept in English.
std::string note_text(const CommandContext& context, ledger::Note note) {
    const std::string language = context.line.option("language", "zh");
    const auto reason = note.values.find("reason");
    if (reason != note.values.end()) {
        reason->second = web::reason_text(language, reason->second);
    }
    return note.code.empty() ? "" : check::text(language, note);
}

std::int64_t count(const std::vector<check::Verdict>& verdicts, ledger::Outcome outcome) {
    return std::count_if(verdicts.begin(), verdicts.end(), [&](const check::Verdict& each) {
        return each.outcome == outcome;
    });
}

std::string row_line(const CommandContext& context, const check::Located& row) {
    std::string line = fmt::format("      {} {}", row.entity, row.key);
    if (!row.field.empty()) {
        line += " " + row.field;
    }
    if (row.value) {
        line += " " + *row.value;
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
