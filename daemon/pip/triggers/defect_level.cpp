#include "daemon/pip/triggers/defect_level.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "daemon/pip/months.h"

namespace hrbridge::pip {
namespace {

constexpr double kWinsorised = 0.1;
constexpr double kConfidence = 0.95;

// A person as first looked at: counts, and the distribution of his defects by chance.
struct Look {
    DefectLevel level;
    ExactDistribution chance;
};

std::vector<Look> look(const FactTable& facts, base::Date newest, int months) {
    std::vector<Look> looks;
    for (const Subject& subject : facts.subjects()) {
        const auto window = months_in(subject, add_months(newest, 1 - months), newest);
        if (window.empty() || window.back().month != newest) {
            continue;
        }
        DefectLevel level;
        level.spell_id = subject.spell_id;
        level.months.assign(window.begin(), window.end());
        level.peers = peers_of(window);
        level.total = total_of(window);
        level.expected = expected_of(window);
        ExactDistribution chance(strata_of(window));
        level.rate = static_cast<double>(level.total.bad) / static_cast<double>(level.total.n);
        level.peer_rate = level.expected / static_cast<double>(level.total.n);
        level.gap = level.rate - level.peer_rate;
        level.tested_gap = (static_cast<double>(level.total.bad) - chance.mean()) / chance.weight();
        level.interval = clopper_pearson(level.total.bad, level.total.n, kConfidence);
        looks.push_back({std::move(level), std::move(chance)});
    }
    return looks;
}

double dispersion(const std::vector<Look>& looks) {
    std::vector<double> residuals;
    for (const Look& each : looks) {
        if (each.chance.variance() > 0) {
            residuals.push_back((static_cast<double>(each.level.total.bad) - each.chance.mean()) /
                                std::sqrt(each.chance.variance()));
        }
    }
    return winsorised_dispersion(std::move(residuals), kWinsorised);
}

// The smallest count that is evidence at `alpha` after widening by phi.
std::int64_t evident_count(const ExactDistribution& chance, double alpha, double phi) {
    std::int64_t low = chance.critical_count(alpha);
    std::int64_t high = std::max(low, chance.largest() + 1);
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        if (widen_tail(chance.upper_tail(middle), phi) <= alpha) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

// The smallest count whose tested gap matters.
std::int64_t wide_count(const ExactDistribution& chance, double gap) {
    return static_cast<std::int64_t>(std::ceil(chance.mean() + gap * chance.weight() - 1e-9));
}

// Whether the comparison that is shown says so too. It weighs the strata by the person's own
// pieces, the tested one by his and his peers': few peers at one operation can make them disagree.
bool shows(const DefectLevel& level, double gap) {
    return static_cast<double>(level.total.bad) - level.expected >=
           gap * static_cast<double>(level.total.n) - 1e-9;
}

void judge(Look& each, const DefectLevelResult& result, const DefectLevelPolicy& policy) {
    DefectLevel& level = each.level;
    level.tail = widen_tail(each.chance.upper_tail(level.total.bad), result.phi);
    if (level.total.n < policy.n_min) {
        level.verdict = DefectLevel::Verdict::TooFewData;
        return;
    }
    const std::int64_t wide_from = wide_count(each.chance, policy.gap);
    const std::int64_t warn_from =
        std::max(evident_count(each.chance, result.alpha_each, result.phi), wide_from);
    const std::int64_t watch_from = std::max(
        evident_count(each.chance, std::max(policy.watch_alpha, result.alpha_each), result.phi),
        wide_from);
    level.chance_warning = widen_tail(each.chance.upper_tail(warn_from), result.phi);
    level.chance_watch =
        widen_tail(each.chance.upper_tail(watch_from), result.phi) - level.chance_warning;
    if (!shows(level, policy.gap)) {
        return;
    }
    if (level.total.bad >= warn_from) {
        level.verdict = DefectLevel::Verdict::Warning;
    } else if (level.total.bad >= watch_from) {
        level.verdict = DefectLevel::Verdict::Watch;
    }
}

}  // namespace

DefectLevelResult evaluate_defect_level(const FactTable& facts,
                                        base::Date newest_month,
                                        const DefectLevelPolicy& policy) {
    DefectLevelResult result;
    std::vector<Look> looks = look(facts, newest_month, policy.months);
    result.looked_at = static_cast<std::int64_t>(looks.size());
    result.phi = policy.over_dispersion ? std::max(1.0, dispersion(looks)) : 1.0;
    result.alpha_each =
        policy.correct_for_people
            ? policy.alpha / static_cast<double>(std::max<std::int64_t>(1, result.looked_at))
            : policy.alpha;
    for (Look& each : looks) {
        judge(each, result, policy);
        result.too_few_data += each.level.total.n < policy.n_min ? 1 : 0;
        result.chance_warnings += each.level.chance_warning;
        result.chance_watches += each.level.chance_watch;
        result.people.push_back(std::move(each.level));
    }
    if (policy.mode == Mode::Watch) {
        result.chance_watches += std::exchange(result.chance_warnings, 0.0);
    }
    return result;
}

}  // namespace hrbridge::pip
