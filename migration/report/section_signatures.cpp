#include <fmt/format.h>

#include "migration/report/sections.h"
#include "migration/sign_off/texts.h"

namespace hrbridge::report {
namespace {

using sign_off::GivenSignature;

std::string role_text(const Words& words, ledger::Role role) {
    return words("role_" + std::string(ledger::to_string(role)));
}

void add_given(const Section& section) {
    const Words& words = section.words;
    const sign_off::Standing& standing = section.input.standing;
    if (standing.signatures.empty()) {
        section.say("not_signed", Tone::Open);
        return;
    }
    Table table;
    table.columns = {{words("role")},
                     {words("account")},
                     {words("when")},
                     {words("signature_state")},
                     {words("entry"), true},
                     {words("signed_content")}};
    for (const GivenSignature& each : standing.signatures) {
        table.rows.push_back(
            {{role_text(words, each.role)},
             {each.account},
             {words.time(each.at)},
             each.stands()
                 ? Cell{words("signature_stands"), Tone::Good}
                 : Cell{words("signature_void",
                              {{"reason",
                                sign_off::text(words.language(), {"void_" + each.void_reason})}}),
                        Tone::Bad},
             {std::to_string(each.entry)},
             {each.content.hex().substr(0, 16) + "…", Tone::Plain, true}});
    }
    section.blocks.emplace_back(std::move(table));
    Facts stated;
    for (const GivenSignature& each : standing.signatures) {
        if (each.loader) {
            stated.lines.push_back(
                {words("stated_loader"),
                 {words("stated_value", {{"who", *each.loader}, {"signer", each.account}})}});
        }
        if (each.sheet_by) {
            stated.lines.push_back(
                {words("stated_sheet"),
                 {words("stated_value", {{"who", *each.sheet_by}, {"signer", each.account}})}});
        }
    }
    if (!stated.lines.empty()) {
        section.blocks.emplace_back(std::move(stated));
    }
}

void add_losses(const Section& section) {
    const Words& words = section.words;
    section.heading("losses", 2);
    Table table;
    table.compact = true;
    table.columns = {{words("check")},
                     {words("subject")},
                     {words("rule")},
                     {words("outcome")},
                     {words("rows"), true},
                     {words("reason")},
                     {words("account")},
                     {words("entry"), true}};
    for (const sign_off::JudgedVerdict& each : section.input.standing.verdicts) {
        for (const sign_off::AcceptedLoss& loss : each.accepted) {
            table.rows.push_back({{words("name_" + each.verdict.check)},
                                  {each.verdict.subject},
                                  {each.verdict.rule},
                                  words.outcome(each.verdict.outcome),
                                  {count_text(each.verdict.failed)},
                                  {sign_off::text(words.language(), {"reason_" + loss.reason})},
                                  {loss.account},
                                  {std::to_string(loss.entry)}});
        }
    }
    if (table.rows.empty()) {
        section.say("no_losses");
    } else {
        section.blocks.emplace_back(std::move(table));
    }
}

void add_go(const Section& section) {
    const Words& words = section.words;
    section.heading("go_list", 2);
    Table table;
    table.columns = {
        {words("item")}, {words("what")}, {words("answer")}, {words("account")}, {words("when")}};
    for (const sign_off::GoState& each : section.input.standing.go) {
        const Cell answer = !each.go   ? Cell{words("go_none"), Tone::Open}
                            : *each.go ? Cell{words("word_yes"), Tone::Good}
                                       : Cell{words("word_no"), Tone::Bad};
        table.rows.push_back({{each.id},
                              {words.language() == "en" ? each.say.en : each.say.zh},
                              answer,
                              {each.go ? each.account : "–"},
                              {each.go ? words.time(each.at) : "–"}});
    }
    section.blocks.emplace_back(std::move(table));
}

}  // namespace

void add_signatures(const Section& section) {
    section.heading("signatures");
    section.say("about_signatures");
    add_given(section);
    add_losses(section);
    add_go(section);
}

const sign_off::Told* promotion_of(const Input& input) {
    const sign_off::Told* found = nullptr;
    for (const sign_off::Told& told : input.told) {
        const auto* const promotion = std::get_if<ledger::Promotion>(&told.entry.body);
        if (promotion != nullptr && promotion->rehearsal == input.scope.rehearsal.number) {
            found = &told;
        }
    }
    return found;
}

const ledger::Entry* rollback_of(const Input& input) {
    const sign_off::Told* const promotion = promotion_of(input);
    for (const sign_off::Told& each : input.told) {
        const auto* const rollback = std::get_if<ledger::Rollback>(&each.entry.body);
        if (promotion != nullptr && rollback != nullptr &&
            rollback->promotion == promotion->entry.sequence) {
            return &each.entry;
        }
    }
    return nullptr;
}

void add_promotion(const Section& section) {
    const Words& words = section.words;
    section.heading("promotion");
    const sign_off::Told* const told = promotion_of(section.input);
    if (told == nullptr) {
        section.say("not_promoted", Tone::Open);
        return;
    }
    const auto& promotion = std::get<ledger::Promotion>(told->entry.body);
    Facts facts;
    facts.lines = {
        {words("promoted_by"),
         {words("by_at", {{"who", told->entry.actor}, {"at", words.time(told->entry.at)}})}},
        {words("promoted_rows"), {count_text(promotion.rows)}},
        {words("promoted_root"), {promotion.content_root.hex(), Tone::Plain, true}},
        {words("rollback_until"),
         {words.time(base::Timestamp(std::chrono::microseconds(promotion.rollback_until)))}},
        {words("entry"), {std::to_string(told->entry.sequence)}}};
    if (const ledger::Entry* const undone = rollback_of(section.input)) {
        const auto& rollback = std::get<ledger::Rollback>(undone->body);
        facts.lines.push_back({words("rolled_back"),
                               {words("rolled_back_value",
                                      {{"who", undone->actor},
                                       {"at", words.time(undone->at)},
                                       {"rows", count_text(rollback.rows)},
                                       {"kept", count_text(rollback.kept)},
                                       {"conflicts", count_text(rollback.conflicts)}}),
                                Tone::Bad}});
    } else {
        facts.lines.push_back({words("rolled_back"), {words("word_no")}});
    }
    section.blocks.emplace_back(std::move(facts));
}

void add_ledger(const Section& section) {
    const Words& words = section.words;
    section.heading("ledger");
    const auto& head = section.input.head;
    if (!head) {
        section.say("ledger_empty", Tone::Open);
        return;
    }
    section.say("about_ledger");
    Facts facts;
    facts.lines = {
        {words("head_entry"),
         {words("head_entry_value",
                {{"entry", std::to_string(head->sequence)}, {"at", words.time(head->at)}})}}};
    facts.lines.push_back({words("head_line"),
                           head->seal.empty() ? Cell{words("head_unsealed"), Tone::Open}
                                              : Cell{ledger::to_line(*head), Tone::Plain, true}});
    facts.lines.push_back({words("report_id"), {section.input.id, Tone::Plain, true}});
    section.blocks.emplace_back(std::move(facts));
    section.say({words("about_seal", {{"id", section.input.id}})});
}

}  // namespace hrbridge::report
