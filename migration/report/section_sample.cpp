#include <cmath>

#include <fmt/format.h>

#include "migration/report/sections.h"
#include "migration/sampling/sensitivity.h"

namespace hrbridge::report {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

// A draw and what came of its sheet.
struct Drawn {
    const ledger::Entry* entry = nullptr;
    const ledger::Draw* draw = nullptr;
    const ledger::Entry* judged_by = nullptr;
    const ledger::CheckVerdicts* sheet = nullptr;  // nullptr: not worked yet
};

std::vector<Drawn> draws_of(const Input& input) {
    std::vector<Drawn> draws;
    for (const sign_off::Told& told : input.told) {
        if (const auto* const draw = std::get_if<ledger::Draw>(&told.entry.body)) {
            if (draw->rehearsal == input.scope.rehearsal.number) {
                draws.push_back({&told.entry, draw, nullptr, nullptr});
            }
        } else if (const auto* const sheet = std::get_if<ledger::CheckVerdicts>(&told.entry.body)) {
            for (Drawn& each : draws) {
                if (each.draw->draw == sheet->draw) {
                    each.sheet = sheet;
                    each.judged_by = &told.entry;
                }
            }
        }
    }
    return draws;
}

std::string percent(std::int64_t ppm) {
    return fmt::format("{:g} %", static_cast<double>(ppm) / 10'000);
}

std::string percent(const sampling::Share& share) {
    return fmt::format("{:.2f} %", 100 * share.value());
}

// The bound is made for the low end of the checker's sensitivity, which is itself measured.
std::int64_t joint_ppm(const ledger::Draw& draw) {
    const sampling::Share confidence{draw.confidence_ppm, kMillion};
    return std::llround(sampling::joint_confidence(confidence, confidence) * kMillion);
}

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

Cell sensitivity(const Words& words, const Drawn& drawn) {
    const std::int64_t planted = drawn.sheet->decoys;
    if (planted <= 0) {
        return {words("no_decoys"), Tone::Open};
    }
    const auto interval = sampling::sensitivity_interval(
        drawn.sheet->decoys_found, planted, {drawn.draw->confidence_ppm, kMillion});
    return {words("sensitivity_value",
                  {{"found", count_text(drawn.sheet->decoys_found)},
                   {"planted", count_text(planted)},
                   {"low", percent(interval.low)},
                   {"high", percent(interval.high)},
                   {"confidence", percent(drawn.draw->confidence_ppm)}})};
}

void add_facts(const Section& section, const Drawn& drawn) {
    const Words& words = section.words;
    const ledger::Draw& draw = *drawn.draw;
    const auto reveals = section.input.reveals.find(draw.draw);
    Facts facts;
    facts.lines = {
        {words("population"), {count_text(draw.population)}},
        {words("sample_size"),
         {words("sample_value",
                {{"rows", count_text(draw.sample)}, {"accept", count_text(draw.accept)}})}},
        {words("sample_aim"),
         {words(
             "sample_aim_value",
             {{"limit", percent(draw.limit_ppm)}, {"confidence", percent(draw.confidence_ppm)}})}},
        {words("draw_by"),
         {words("by_at", {{"who", drawn.entry->actor}, {"at", words.time(drawn.entry->at)}})}},
        {words("seed_head"), {draw.head.hex(), Tone::Plain, true}},
        {words("seed_root"), {draw.content_root.hex(), Tone::Plain, true}},
        {words("seed_nonce"), {draw.nonce.hex(), Tone::Plain, true}},
        {words("reveals"),
         {count_text(reveals == section.input.reveals.end() ? 0 : reveals->second)}}};
    if (drawn.sheet != nullptr) {
        const ledger::CheckVerdicts& sheet = *drawn.sheet;
        facts.lines.push_back({words("outcome"), words.outcome(sheet.outcome)});
        facts.lines.push_back({words("sheet_rows"),
                               {words("sheet_rows_value",
                                      {{"checked", count_text(sheet.checked)},
                                       {"wrong", count_text(sheet.wrong)},
                                       {"changed", count_text(sheet.source_changed)}})}});
        if (sheet.checked > draw.sample) {
            facts.lines.push_back({words("sample_grew"),
                                   {words("sample_grew_value",
                                          {{"rows", count_text(sheet.checked - draw.sample)},
                                           {"first", count_text(draw.sample)}})}});
        }
        facts.lines.push_back({words("bound"),
                               {words("bound_value",
                                      {{"rows", count_text(sheet.wrong_at_most)},
                                       {"share", share_text(sheet.wrong_at_most, draw.population)},
                                       {"population", count_text(draw.population)},
                                       {"confidence", percent(draw.confidence_ppm)},
                                       {"joint", percent(joint_ppm(draw))}})}});
        facts.lines.push_back({words("sensitivity"), sensitivity(words, drawn)});
        facts.lines.push_back(
            {words("sheet_by"),
             {words("by_at",
                    {{"who", drawn.judged_by->actor}, {"at", words.time(drawn.judged_by->at)}})}});
        if (sheet.judged_by && sheet.given_by) {
            facts.lines.push_back({words("judged_by"), {joined(*sheet.judged_by)}});
            facts.lines.push_back({words("given_by"), {joined(*sheet.given_by)}});
        }
        if (sheet.overturned) {
            facts.lines.push_back({words("overturned"), {count_text(*sheet.overturned)}});
        }
    }
    section.blocks.emplace_back(std::move(facts));
    if (drawn.sheet == nullptr) {
        section.say("sheet_open", Tone::Open);
    }
}

void add_earlier(const Section& section, const std::vector<Drawn>& draws) {
    const Words& words = section.words;
    section.heading("earlier_draws", 2);
    Table table;
    table.columns = {{words("draw"), true},
                     {words("when")},
                     {words("sample_size"), true},
                     {words("outcome")},
                     {words("wrong"), true}};
    for (std::size_t i = 0; i + 1 < draws.size(); ++i) {
        const Drawn& each = draws[i];
        table.rows.push_back({{count_text(each.draw->draw)},
                              {words.time(each.entry->at)},
                              {count_text(each.draw->sample)},
                              words.outcome(each.sheet != nullptr ? each.sheet->outcome
                                                                  : ledger::Outcome::NotChecked),
                              {each.sheet != nullptr ? count_text(each.sheet->wrong) : "–"}});
    }
    section.blocks.emplace_back(std::move(table));
    Items why;
    for (std::size_t i = 0; i + 1 < draws.size(); ++i) {
        const std::int64_t number = draws[i].draw->draw;
        const auto said = section.input.explained.find(number);
        if (said != section.input.explained.end()) {
            why.lines.push_back({words("draw_explained",
                                       {{"draw", std::to_string(number)},
                                        {"cause", said->second.cause},
                                        {"remedy", said->second.remedy}})});
        }
    }
    if (!why.lines.empty()) {
        section.blocks.emplace_back(std::move(why));
    }
}

}  // namespace

void add_sample(const Section& section) {
    section.say({section.words("about_spot_check")});
    const std::vector<Drawn> draws = draws_of(section.input);
    if (draws.empty()) {
        section.say("not_drawn", Tone::Open);
        return;
    }
    add_facts(section, draws.back());
    if (draws.size() > 1) {
        add_earlier(section, draws);
    }
}

}  // namespace hrbridge::report
