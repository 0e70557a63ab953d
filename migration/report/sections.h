#pragma once

#include "migration/report/report.h"
#include "migration/report/words.h"

// The parts of a report; each adds its heading and what is known, or that nothing is.
namespace hrbridge::report {

struct Section {
    const Input& input;
    const Words& words;
    std::vector<Block>& blocks;

    void heading(const std::string& code, int level = 1) const {
        blocks.emplace_back(Heading{level, words(code)});
    }
    void say(Cell cell) const { blocks.emplace_back(Paragraph{std::move(cell)}); }
    void say(const std::string& code, Tone tone = Tone::Plain) const { say({words(code), tone}); }
};

void add_summary(const Section& section);
void add_moved(const Section& section);
void add_checks(const Section& section);
void add_sample(const Section& section);
void add_rejects(const Section& section);
void add_trend(const Section& section);
void add_signatures(const Section& section);
void add_promotion(const Section& section);
void add_ledger(const Section& section);

// The newest promotion of this rehearsal in the ledger; nullptr: none.
const sign_off::Told* promotion_of(const Input& input);
// What undid it; nullptr: nothing, or there is none.
const ledger::Entry* rollback_of(const Input& input);

}  // namespace hrbridge::report
