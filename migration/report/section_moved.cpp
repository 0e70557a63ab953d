#include <algorithm>

#include <fmt/format.h>

#include "migration/report/charts.h"
#include "migration/report/sections.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::report {
namespace {

std::string title_of(const Input& input, const Words& words) {
    const project::Title& title = input.scope.module.title;
    return words.language() == "en" ? title.en : title.zh;
}

std::string item_text(const Input& input, const Words& words, const ledger::Note& note) {
    std::string text = sign_off::text(words.language(), note);
    const auto item = note.values.find("item");
    for (const sign_off::GoState& each : input.standing.go) {
        if (item != note.values.end() && each.id == item->second) {
            text += words.language() == "en" ? fmt::format(" ({})", each.say.en)
                                             : fmt::format("（{}）", each.say.zh);
        }
    }
    return text;
}

struct Totals {
    std::int64_t read = 0;
    std::int64_t stored = 0;
    std::int64_t rejected = 0;
    std::int64_t held = 0;

    // Rows of a key that another row has; of a load that was cut off also rows that were read
    // again.
    std::int64_t gave_way() const {
        return std::max<std::int64_t>(0, read - stored - rejected - held);
    }
};

Totals totals_of(const rehearsal::Rehearsal& rehearsal) {
    Totals all;
    for (const rehearsal::MappingCount& each : rehearsal.mappings) {
        all.read += each.read;
        all.stored += each.stored;
        all.rejected += each.rejected;
        all.held += each.held;
    }
    return all;
}

std::optional<std::int64_t> frozen_rows(const Input& input) {
    if (!input.standing.frozen) {
        return std::nullopt;
    }
    std::int64_t rows = 0;
    for (const std::int64_t each : input.standing.frozen->rows) {
        rows += each;
    }
    return rows;
}

void add_funnel(const Section& section, const Totals& totals) {
    const Words& words = section.words;
    const auto share = [&](std::int64_t rows) {
        return words("share_of_read", {{"share", share_text(rows, totals.read)}});
    };
    std::vector<Stage> stages{{words("funnel_read"), totals.read, ""},
                              {words("funnel_stored"), totals.stored, share(totals.stored)}};
    const auto frozen = frozen_rows(section.input);
    stages.push_back(
        {words("funnel_frozen"), frozen, frozen ? words("funnel_frozen_note") : words("not_done")});
    const sign_off::Told* const promoted = promotion_of(section.input);
    Stage last{words("funnel_promoted"), std::nullopt, words("not_done")};
    if (promoted != nullptr) {
        last.rows = std::get<ledger::Promotion>(promoted->entry.body).rows;
        last.note = rollback_of(section.input) == nullptr ? "" : words("funnel_rolled_back");
    }
    stages.push_back(last);
    section.blocks.emplace_back(funnel(stages, words("funnel_title")));
}

void add_times(const Section& section) {
    const rehearsal::Rehearsal& rehearsal = section.input.scope.rehearsal;
    const Words& words = section.words;
    const std::int64_t window = section.input.scope.module.cut_over_ms * 1000;
    Facts facts;
    facts.lines.push_back({words("time_load"),
                           {words("time_load_value",
                                  {{"seconds", seconds_text(rehearsal.microseconds())},
                                   {"share", share_text(rehearsal.microseconds(), window)}}),
                            rehearsal.microseconds() <= window ? Tone::Plain : Tone::Bad}});
    section.blocks.emplace_back(std::move(facts));
    if (rehearsal.was_cut_off()) {
        section.say("time_cut_off", Tone::Open);
    }
}

}  // namespace

void add_summary(const Section& section) {
    const Input& input = section.input;
    const Words& words = section.words;
    const rehearsal::Rehearsal& rehearsal = input.scope.rehearsal;
    section.heading("summary");
    if (rehearsal.state == rehearsal::State::Promoted) {
        section.say("summary_promoted", Tone::Good);
    } else if (rollback_of(input) != nullptr) {
        section.say("summary_rolled_back", Tone::Bad);
    } else if (input.standing.stands()) {
        section.say("summary_stands", Tone::Good);
    } else {
        section.say("summary_obstacles", Tone::Bad);
    }
    Items obstacles;
    for (const ledger::Note& note : input.standing.obstacles()) {
        obstacles.lines.push_back({item_text(input, words, note)});
    }
    if (!obstacles.lines.empty() && rehearsal.state != rehearsal::State::Promoted) {
        section.blocks.emplace_back(std::move(obstacles));
    }
    const auto place = [&](const std::string& code, Cell cell) {
        return std::pair(words(code), std::move(cell));
    };
    Facts facts;
    facts.lines = {
        place("fact_project", {input.scope.project.name}),
        place("fact_module",
              {fmt::format("{} ({})", title_of(input, words), input.scope.module.name)}),
        place("fact_rehearsal",
              {words("fact_rehearsal_value",
                     {{"number", std::to_string(rehearsal.number)},
                      {"state", words("state_" + std::string(to_string(rehearsal.state)))}})}),
        place(
            "fact_run_by",
            {words("by_at", {{"who", rehearsal.actor}, {"at", words.time(rehearsal.started_at)}})}),
        place("fact_content", {input.standing.content.digest.hex(), Tone::Plain, true}),
        place("fact_root", {input.standing.content.root.hex(), Tone::Plain, true}),
        place("fact_mappings", {input.standing.content.mappings.hex(), Tone::Plain, true}),
        place("fact_plan", {rehearsal.plan_hash, Tone::Plain, true})};
    section.blocks.emplace_back(std::move(facts));
}

void add_moved(const Section& section) {
    const rehearsal::Rehearsal& rehearsal = section.input.scope.rehearsal;
    const Words& words = section.words;
    section.heading("moved");
    if (!rehearsal.is_loaded()) {
        section.say("not_loaded", Tone::Open);
        return;
    }
    const Totals all = totals_of(rehearsal);
    add_funnel(section, all);
    Table table;
    table.columns = {{words("mapping")},
                     {words("entity")},
                     {words("read"), true},
                     {words("stored"), true},
                     {words("rejected"), true},
                     {words("held"), true},
                     {words("gave_way"), true}};
    const auto row = [](const std::string& name,
                        const std::string& entity,
                        const Totals& totals) -> std::vector<Cell> {
        return {{name},
                {entity},
                {count_text(totals.read)},
                {count_text(totals.stored)},
                {count_text(totals.rejected), totals.rejected > 0 ? Tone::Bad : Tone::Plain},
                {count_text(totals.held), totals.held > 0 ? Tone::Open : Tone::Plain},
                {count_text(totals.gave_way()), totals.gave_way() > 0 ? Tone::Open : Tone::Plain}};
    };
    for (const rehearsal::MappingCount& each : rehearsal.mappings) {
        table.rows.push_back(
            row(each.mapping, each.entity, {each.read, each.stored, each.rejected, each.held}));
    }
    table.rows.push_back(row(words("total"), "", all));
    section.blocks.emplace_back(std::move(table));
    add_times(section);
}

}  // namespace hrbridge::report
