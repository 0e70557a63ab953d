#include <algorithm>

#include <fmt/format.h>

#include "migration/report/sections.h"

namespace hrbridge::report {
namespace {

using sign_off::JudgedVerdict;

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

std::string said(const Input& input, const JudgedVerdict& judged) {
    std::string text = judged.verdict.say;
    if (!judged.verdict.why.code.empty() && judged.verdict.outcome != ledger::Outcome::Pass) {
        text += (text.empty() ? "" : " · ") + note_text(input, judged.verdict.why);
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

void add_found(const Section& section, const JudgedVerdict& judged) {
    const Words& words = section.words;
    section.blocks.emplace_back(
        Heading{2, fmt::format("{} {}", judged.verdict.subject, judged.verdict.rule)});
    if (!judged.verdict.where.empty()) {
        Table table;
        table.columns = {
            {words("entity")}, {words("key")}, {words("field")}, {words("value")}, {words("what")}};
        for (const check::Located& row : judged.verdict.where) {
            table.rows.push_back(
                {{row.entity},
                 {row.key, Tone::Plain, true},
                 {row.field},
                 {row.value.value_or("–")},
                 {row.note.code.empty() ? "" : note_text(section.input, row.note)}});
        }
        const auto shown = static_cast<std::int64_t>(judged.verdict.where.size());
        section.blocks.emplace_back(std::move(table));
        if (judged.verdict.failed > shown) {
            section.say(
                {words("more_rows", {{"rows", count_text(judged.verdict.failed - shown)}})});
        }
    }
    if (!judged.verdict.next.code.empty()) {
        section.say({words("next_step") + section.input.note_text(judged.verdict.next)});
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
        Table table;
        table.columns = {{words("subject")},
                         {words("rule")},
                         {words("outcome")},
                         {words("examined"), true},
                         {words("failed"), true},
                         {words("what")}};
        for (const JudgedVerdict* const each : verdicts) {
            table.rows.push_back({{each->verdict.subject},
                                  {each->verdict.rule},
                                  outcome_cell(words, *each),
                                  {count_text(each->verdict.examined)},
                                  {count_text(each->verdict.failed)},
                                  {said(section.input, *each)}});
        }
        section.blocks.emplace_back(std::move(table));
        add_compared(section, verdicts);
        for (const JudgedVerdict* const each : verdicts) {
            if (!each->passes()) {
                add_found(section, *each);
            }
        }
    }
}

}  // namespace hrbridge::report
