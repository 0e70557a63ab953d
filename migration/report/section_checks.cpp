#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/printable.h"
#include "migration/report/sections.h"

namespace hrbridge::report {
namespace {

using sign_off::JudgedVerdict;

constexpr std::size_t kMostText = 120;  // bytes of a key or a value

std::vector<const JudgedVerdict*> of_check(const Input& input, const std::string& check) {
    std::vector<const JudgedVerdict*> found;
    for (const JudgedVerdict& each : input.standing.verdicts) {
        if (each.verdict.check == check) {
            found.push_back(&each);
        }
    }
    return found;
}

// A note of a verdict as this report may show it: reasons of refused rows in its language and
// without their values.
std::string note_text(const Input& input, ledger::Note note) {
    if (note.code.empty()) {
        return {};
    }
    const auto reason = note.values.find("reason");
    if (reason != note.values.end()) {
        reason->second = input.reason_text(without_values(reason->second));
    }
    return input.note_text(note);
}

// What a verdict that passed says about what it looked at; empty where its rule says it.
std::string compared(const Section& section, const JudgedVerdict& judged) {
    const ledger::Note& why = judged.verdict.why;
    const bool says = why.code.starts_with("reconciled") || why.code.starts_with("control_");
    if (!says || judged.verdict.outcome != ledger::Outcome::Pass) {
        return {};
    }
    return fmt::format(
        "{} {}: {}", judged.verdict.subject, judged.verdict.rule, section.input.note_text(why));
}

// What the rule is about, in words: its own, or of those that have none the report's.
std::string about(const Section& section, const check::Verdict& verdict) {
    const Words& words = section.words;
    const auto& mappings = section.input.scope.mappings;
    const bool of_mapping =
        std::any_of(mappings.begin(), mappings.end(), [&](const engine::Mapping& each) {
            return each.name == verdict.subject;
        });
    if (verdict.check == check::kFormat && of_mapping && !verdict.say.empty()) {
        return words("rule_field", {{"field", verdict.say}});
    }
    if (!verdict.say.empty()) {
        return verdict.say;
    }
    const std::size_t colon = verdict.rule.find(':');
    const std::string code = "rule_" + verdict.rule.substr(0, colon);
    const std::string text =
        words(code, {{"entity", colon == std::string::npos ? "" : verdict.rule.substr(colon + 1)}});
    return text == code ? "" : text;
}

std::string said(const Section& section, const JudgedVerdict& judged) {
    std::string text = about(section, judged.verdict);
    if (!judged.verdict.why.code.empty()) {
        text += (text.empty() ? "" : " · ") + note_text(section.input, judged.verdict.why);
    }
    return text;
}

void add_compared(const Section& section, const std::vector<const JudgedVerdict*>& verdicts) {
    Items items;
    for (const JudgedVerdict* const each : verdicts) {
        if (std::string text = compared(section, *each); !text.empty()) {
            items.lines.push_back({std::move(text)});
        }
    }
    if (!items.lines.empty()) {
        section.heading("compared", 2);
        section.blocks.emplace_back(std::move(items));
    }
}

Cell outcome_cell(const Words& words, const JudgedVerdict& judged) {
    Cell cell = words.outcome(judged.verdict.outcome);
    if (!judged.passes() && !judged.accepted.empty()) {
        cell.text += words("accepted_mark");
    }
    if (judged.changed) {
        cell = {words("verdict_was_changed"), Tone::Bad};
    }
    return cell;
}

// Without the columns that are empty in every row.
Table found_rows(const Section& section, const std::vector<check::Located>& rows) {
    const Words& words = section.words;
    const auto any = [&](const auto& has) { return std::any_of(rows.begin(), rows.end(), has); };
    const bool fields = any([](const check::Located& row) { return !row.field.empty(); });
    const bool values = any([](const check::Located& row) { return row.value.has_value(); });
    const bool notes = any([](const check::Located& row) { return !row.note.code.empty(); });
    Table table;
    table.compact = true;
    table.columns = {{words("entity")}, {words("key")}};
    if (fields) {
        table.columns.push_back({words("field")});
    }
    if (values) {
        table.columns.push_back({words("value")});
    }
    if (notes) {
        table.columns.push_back({words("what")});
    }
    for (const check::Located& row : rows) {
        std::vector<Cell> cells{{row.entity},
                                {base::one_line(row.key, kMostText), Tone::Plain, true}};
        if (fields) {
            cells.push_back({row.field});
        }
        if (values) {
            cells.push_back({base::one_line(row.value.value_or("–"), kMostText)});
        }
        if (notes) {
            cells.push_back({row.note.code.empty() ? "" : note_text(section.input, row.note)});
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

void add_found(const Section& section, const JudgedVerdict& judged) {
    const Words& words = section.words;
    section.blocks.emplace_back(
        Heading{2, fmt::format("{} {}", judged.verdict.subject, judged.verdict.rule)});
    if (!judged.verdict.where.empty()) {
        const auto shown = static_cast<std::int64_t>(judged.verdict.where.size());
        section.blocks.emplace_back(found_rows(section, judged.verdict.where));
        if (judged.verdict.failed > shown) {
            section.say(
                {words("more_rows", {{"rows", count_text(judged.verdict.failed - shown)}})});
        }
    }
    ledger::Note next = judged.verdict.next;
    if (next.code == "next_rejects") {
        next = {"next_rows"};  // who reads a report has no command line
    }
    if (!next.code.empty()) {
        section.say({words("next_step") + section.input.note_text(next)});
    }
}

Table verdict_table(const Section& section, bool passed) {
    const Words& words = section.words;
    Table table;
    table.compact = passed;
    table.columns = {{words("subject")}, {words("rule")}, {words("outcome")}};
    table.columns.push_back({words("examined"), true});
    if (!passed) {
        table.columns.push_back({words("failed"), true});
    }
    table.columns.push_back({words(passed ? "looked_for" : "what")});
    return table;
}

// What does not pass, each with its rows; behind it what passes, with what was looked for.
void add_verdicts(const Section& section, const std::vector<const JudgedVerdict*>& verdicts) {
    Table open = verdict_table(section, false);
    Table passed = verdict_table(section, true);
    for (const JudgedVerdict* const each : verdicts) {
        const check::Verdict& verdict = each->verdict;
        std::vector<Cell> row{{verdict.subject},
                              {verdict.rule},
                              outcome_cell(section.words, *each),
                              {count_text(verdict.examined)}};
        if (each->passes()) {
            const std::string text = about(section, verdict);
            row.push_back({text.empty() ? note_text(section.input, verdict.why) : text});
            passed.rows.push_back(std::move(row));
        } else {
            row.push_back({count_text(verdict.failed)});
            row.push_back({said(section, *each)});
            open.rows.push_back(std::move(row));
        }
    }
    if (!open.rows.empty()) {
        section.blocks.emplace_back(std::move(open));
    }
    for (const JudgedVerdict* const each : verdicts) {
        if (!each->passes()) {
            add_found(section, *each);
        }
    }
    if (!passed.rows.empty()) {
        const auto rules = static_cast<std::int64_t>(passed.rows.size());
        section.blocks.emplace_back(
            Heading{2, section.words("passed", {{"rules", count_text(rules)}})});
        section.blocks.emplace_back(std::move(passed));
    }
}

}  // namespace

void add_checks(const Section& section) {
    const Words& words = section.words;
    for (const char* const check : sign_off::kChecks) {
        section.heading(std::string("check_") + check);
        const auto verdicts = of_check(section.input, check);
        if (std::string(check) == sign_off::kSpotCheck) {
            add_sample(section);
        } else {
            section.say({words(std::string("about_") + check)});
        }
        if (verdicts.empty()) {
            section.say("not_checked", Tone::Open);
            continue;
        }
        add_verdicts(section, verdicts);
        add_compared(section, verdicts);
    }
}

}  // namespace hrbridge::report
