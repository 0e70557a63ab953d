#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "migration/rehearsal/compare.h"
#include "migration/report/charts.h"
#include "migration/report/sections.h"

namespace hrbridge::report {
namespace {

constexpr std::size_t kMostBars = 12;
constexpr std::size_t kMostParts = 6;
constexpr std::size_t kMostReasons = 3;

std::string reasons_of(const Input& input, const rehearsal::RuleCount& rule) {
    std::string text;
    std::size_t shown = 0;
    std::size_t left = 0;
    for (const RejectReason& each : input.reasons) {
        if (each.mapping != rule.mapping || each.kind != rule.kind || each.rule != rule.rule) {
            continue;
        }
        if (shown == kMostReasons) {
            ++left;
            continue;
        }
        ++shown;
        text += fmt::format("{}{} ({})",
                            text.empty() ? "" : "; ",
                            input.reason_text(each.reason),
                            count_text(each.rows));
    }
    return text + (left > 0 ? "; …" : "");
}

std::vector<rehearsal::Rehearsal> compared(const Input& input) {
    std::vector<rehearsal::Rehearsal> loaded;
    std::copy_if(input.rehearsals.begin(),
                 input.rehearsals.end(),
                 std::back_inserter(loaded),
                 [](const rehearsal::Rehearsal& each) { return each.is_loaded(); });
    if (loaded.size() > kMostBars) {
        loaded.erase(loaded.begin(), loaded.end() - kMostBars);
    }
    return loaded;
}

std::vector<StackPart> parts_of(const rehearsal::Comparison& comparison, const Words& words) {
    std::vector<StackPart> parts;
    for (const rehearsal::RuleTrend& rule : comparison.rules) {
        StackPart part{
            fmt::format("{} {} ({})", rule.mapping, rule.rule, words("kind_" + rule.kind)), {}};
        for (const auto& rows : rule.rows) {
            part.rows.push_back(rows.value_or(0));
        }
        parts.push_back(std::move(part));
    }
    const auto sum = [](const StackPart& part) {
        return std::accumulate(part.rows.begin(), part.rows.end(), std::int64_t{0});
    };
    std::stable_sort(parts.begin(), parts.end(), [&](const StackPart& a, const StackPart& b) {
        return sum(a) > sum(b);
    });
    if (parts.size() > kMostParts) {
        StackPart rest{words("other_rules"), std::vector<std::int64_t>(comparison.numbers.size())};
        for (std::size_t i = kMostParts; i < parts.size(); ++i) {
            for (std::size_t j = 0; j < rest.rows.size(); ++j) {
                rest.rows[j] += parts[i].rows[j];
            }
        }
        parts.resize(kMostParts);
        parts.push_back(std::move(rest));
    }
    return parts;
}

void add_rule_table(const Section& section, const rehearsal::Comparison& comparison) {
    const Words& words = section.words;
    Table table;
    table.compact = true;
    table.columns = {{words("mapping")}, {words("rule")}, {words("kind")}};
    for (const std::int64_t number : comparison.numbers) {
        table.columns.push_back(
            {words("rehearsal_short", {{"number", std::to_string(number)}}), true});
    }
    for (const rehearsal::RuleTrend& rule : comparison.rules) {
        std::vector<Cell> row{{rule.mapping}, {rule.rule}, {words("kind_" + rule.kind)}};
        for (const auto& rows : rule.rows) {
            row.push_back({rows ? count_text(*rows) : "–"});
        }
        table.rows.push_back(std::move(row));
    }
    section.blocks.emplace_back(std::move(table));
}

void add_rehearsals(const Section& section, const std::vector<rehearsal::Rehearsal>& all) {
    const Words& words = section.words;
    Table table;
    table.columns = {{words("rehearsal"), true},
                     {words("when")},
                     {words("state")},
                     {words("stored"), true},
                     {words("not_stored"), true},
                     {words("seconds"), true},
                     {words("mappings_changed")}};
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool changed = i > 0 && all[i].mapping_set != all[i - 1].mapping_set;
        table.rows.push_back(
            {{std::to_string(all[i].number)},
             {words.time(all[i].started_at)},
             {words("state_" + std::string(to_string(all[i].state)))},
             {count_text(all[i].rows_stored())},
             {count_text(all[i].rows_rejected())},
             {seconds_text(all[i].microseconds()) + (all[i].was_cut_off() ? " *" : "")},
             {i == 0 ? "–" : words(changed ? "word_yes" : "word_no")}});
    }
    section.blocks.emplace_back(std::move(table));
    if (std::any_of(all.begin(), all.end(), [](const auto& each) { return each.was_cut_off(); })) {
        section.say("times_cut_off");
    }
}

}  // namespace

void add_rejects(const Section& section) {
    const Words& words = section.words;
    const rehearsal::Rehearsal& rehearsal = section.input.scope.rehearsal;
    section.heading("rejects");
    if (!rehearsal.is_loaded()) {
        section.say("not_loaded", Tone::Open);
        return;
    }
    if (rehearsal.rejects.empty()) {
        section.say("no_rejects", Tone::Good);
        return;
    }
    section.say("about_rejects");
    Table table;
    table.columns = {{words("mapping")},
                     {words("rule")},
                     {words("kind")},
                     {words("rows"), true},
                     {words("reasons")}};
    for (const rehearsal::RuleCount& each : rehearsal.rejects) {
        table.rows.push_back({{each.mapping},
                              {each.rule},
                              {words("kind_" + each.kind)},
                              {count_text(each.rows)},
                              {reasons_of(section.input, each)}});
    }
    section.blocks.emplace_back(std::move(table));
}

void add_trend(const Section& section) {
    const Words& words = section.words;
    section.heading("trend");
    const std::vector<rehearsal::Rehearsal> loaded = compared(section.input);
    if (loaded.empty()) {
        section.say("not_loaded", Tone::Open);
        return;
    }
    const rehearsal::Comparison comparison = rehearsal::compare(loaded);
    std::vector<std::string> labels;
    for (const std::int64_t number : comparison.numbers) {
        labels.push_back(words("rehearsal_short", {{"number", std::to_string(number)}}));
    }
    section.blocks.emplace_back(
        stacked_bars(labels, parts_of(comparison, words), words("trend_title")));
    if (!comparison.rules.empty()) {
        add_rule_table(section, comparison);
    }
    add_rehearsals(section, loaded);
}

}  // namespace hrbridge::report
