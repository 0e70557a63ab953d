#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/pip/fact_table.h"
#include "daemon/pip/policy.h"
#include "daemon/pip/stats.h"

namespace hrbridge::pip {

// Counts up when the same facts may be judged otherwise than before.
inline constexpr int kDefectLevelVersion = 3;

// What R1 says of one person: every number it rests on.
struct DefectLevel {
    enum class Verdict { Nothing, Watch, Warning, TooFewData };

    std::int64_t spell_id = 0;
    Verdict verdict = Verdict::Nothing;
    Stratum total;           // over the months and operations looked at
    std::int64_t peers = 0;  // people in any of the months, each once
    double rate = 0;
    double expected = 0;        // bad pieces at the peers' rates, month by month and by operation
    double peer_rate = 0;       // expected / n: the peers' rate at the person's mix of operations
    double gap = 0;             // rate - peer_rate
    double tested_gap = 0;      // Mantel-Haenszel difference of the shares over the strata
    double tail = 1;            // exact, conditional on each stratum's total; widened by phi
    Interval interval;          // Clopper-Pearson 95 % of the person's own share
    double chance_warning = 0;  // at most: that chance alone would warn, given the totals
    double chance_watch = 0;
    std::vector<SubjectMonth> months;
};

// One evaluation of R1 over a month.
struct DefectLevelResult {
    std::vector<DefectLevel> people;  // everyone looked at, by spell
    double phi = 1;                   // over-dispersion among them
    double alpha_each = 0;            // after the correction
    std::int64_t looked_at = 0;
    std::int64_t too_few_data = 0;
    double chance_warnings = 0;  // expected number by chance alone, at most
    double chance_watches = 0;
};

// The exact test is conditional on how many defects a person and his peers made together in each
// month at each operation (hypergeometric, summed): treating the peers' share as known would call a
// small team's accident evidence, and comparing over all operations would accuse whoever does the
// harder one. Evidence is only what is also seen in the comparison that people are shown, at his
// own mix of operations: both gaps must matter. Where the rule may only watch, what would be a
// warning is counted among the watches of chance; the verdict stays. Somebody with fewer pieces
// than n_min is counted as too few data and judged no further. The same input gives the same
// result.
DefectLevelResult evaluate_defect_level(const FactTable& facts,
                                        base::Date newest_month,
                                        const DefectLevelPolicy& policy);

}  // namespace hrbridge::pip
