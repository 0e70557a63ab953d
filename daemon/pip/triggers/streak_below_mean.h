#pragma once

#include <cstdint>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/pip/fact_table.h"
#include "daemon/pip/policy.h"

namespace hrbridge::pip {

// Counts up when the same facts may be judged otherwise than before.
inline constexpr int kStreakVersion = 3;

// What R2 says of one person.
struct Streak {
    std::int64_t spell_id = 0;
    bool found = false;
    double chance = 0;  // at most: of this streak for a person who is as good as the peers
    std::vector<SubjectMonth> months;  // the k newest observed ones
};

struct StreakResult {
    std::vector<Streak> people;  // everyone with k observed months that end with the newest
    std::int64_t looked_at = 0;
    std::int64_t too_few_data = 0;
    double chance_watches = 0;  // at most
};

// The published rule: worse than the peers' mean at the same operations, the person not counted
// among them, in k consecutive closed months, both by the tested comparison and by the one that
// people are shown. Equal is not worse.
StreakResult evaluate_streak(const FactTable& facts,
                             base::Date newest_month,
                             const StreakPolicy& policy);

}  // namespace hrbridge::pip
