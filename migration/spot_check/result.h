#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "migration/check/verdict.h"
#include "migration/sampling/sensitivity.h"
#include "migration/spot_check/draw.h"
#include "migration/spot_check/sheet.h"

namespace hrbridge::spot_check {

inline constexpr const char* kSpotCheck = "spot_check";
inline constexpr const char* kRule = "S01";
// Who judges a row with values faster than this has hardly read it.
inline constexpr std::int64_t kHastyMs = 2'000;

// What a worked-through sheet says.
struct Tally {
    std::int64_t open = 0;     // rows without a verdict
    std::int64_t checked = 0;  // rows of the sample that count
    std::int64_t wrong =
        0;  // of the sample, among them what the source is not shown to have changed
    std::int64_t source_changed = 0;  // of the sample, and the source says so itself: replaced
    std::int64_t cannot_tell = 0;     // of the sample and the extras
    std::int64_t extras = 0;
    std::int64_t extras_wrong = 0;
    std::int64_t decoys = 0;
    std::int64_t decoys_found = 0;  // wrong, and the altered field is named
    // Decoys of which other fields are called wrong: real rows outside the sample.
    std::int64_t beside = 0;
    std::int64_t hasty = 0;
    std::int64_t overturned = 0;  // judgements whose place another one took
    sampling::Interval sensitivity;
    bool fails_checker = false;  // below the floor
    // Rows of the sample that each stratum must have by the growth rule; a row that its source
    // changed is replaced.
    std::vector<std::int64_t> wanted;
    bool grows = false;           // more than the sheet has
    bool beyond_reserve = false;  // and more than was drawn
    std::int64_t wrong_at_most =
        0;  // rows of the population, by the worst split, found ones included
    ledger::Outcome outcome =
        ledger::Outcome::NotChecked;  // where nothing is open and nothing grows
    bool given_up = false;            // before its end

    bool finds_fault() const { return wrong > 0 || extras_wrong > 0 || beside > 0; }
};
// Follows from plan and sheet alone.
Tally tally(const Plan& plan, const std::vector<SheetRow>& rows);
// Of a sheet that nobody goes on with.
Tally tally_given_up(const Plan& plan, std::vector<SheetRow> rows);

// SHA-256 over cells (ARCHITECTURE.md, "Spot check"): every row's kind, key and verdict.
ledger::Digest sheet_digest(const std::vector<SheetRow>& rows);

// The module's draws up to one, and what became of those before it.
struct DrawCounts {
    std::int64_t draws = 0;
    std::int64_t failed = 0;
    std::int64_t not_checked = 0;
};

// As a verdict of the rehearsal.
check::Verdict verdict_of(const DrawRecord& draw,
                          const Tally& tally,
                          const std::vector<SheetRow>& rows,
                          const DrawCounts& counts);

struct ResultOutcome {
    Tally tally;
    std::int64_t added = 0;                 // rows that the growth rule has added to the sheet
    std::optional<check::Verdict> verdict;  // of a sheet that is done
    std::vector<ledger::Note> refused;
};
// Ends an open draw: enlarges its sheet where the rule says so, else keeps the verdict in the
// rehearsal's store, closes the draw and records it in the ledger, with who judged most of its rows
// as the actor of check_verdicts. Nothing is written while rows are open.
ResultOutcome conclude(const Parts& parts,
                       const Subject& subject,
                       const DrawRecord& draw,
                       const std::stop_token& stop);

}  // namespace hrbridge::spot_check
