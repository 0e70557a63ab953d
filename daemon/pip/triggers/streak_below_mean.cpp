#include "daemon/pip/triggers/streak_below_mean.h"

#include <algorithm>

#include "daemon/pip/months.h"
#include "daemon/pip/streak_chance.h"

namespace hrbridge::pip {

StreakResult evaluate_streak(const FactTable& facts,
                             base::Date newest_month,
                             const StreakPolicy& policy) {
    StreakResult result;
    const auto length = static_cast<std::size_t>(policy.months);
    const base::Date first = add_months(newest_month, 1 - policy.months - policy.max_missing);
    for (const Subject& subject : facts.subjects()) {
        const auto window = months_in(subject, first, newest_month);
        if (window.empty() || window.back().month != newest_month) {
            continue;
        }
        ++result.looked_at;
        if (window.size() < length) {
            ++result.too_few_data;
            continue;
        }
        const auto newest = window.last(length);
        Streak streak;
        streak.spell_id = subject.spell_id;
        streak.months.assign(newest.begin(), newest.end());
        std::vector<MonthChance> chances;
        for (const SubjectMonth& month : newest) {
            chances.push_back({month.month, chance_of_worse(strata_of(std::span(&month, 1)))});
        }
        streak.chance = chance_of_streak_now(chances, policy.months, policy.max_missing);
        streak.found = std::all_of(newest.begin(), newest.end(), [](const SubjectMonth& month) {
            return is_worse(strata_of(std::span(&month, 1)));
        });
        result.chance_watches += streak.chance;
        result.people.push_back(std::move(streak));
    }
    return result;
}

}  // namespace hrbridge::pip
