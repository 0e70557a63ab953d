#include "migration/rehearsal/compare.h"

#include <algorithm>

namespace hrbridge::rehearsal {
namespace {

const MappingCount* find_mapping(const Rehearsal& rehearsal, const std::string& name) {
    for (const MappingCount& mapping : rehearsal.mappings) {
        if (mapping.mapping == name) {
            return &mapping;
        }
    }
    return nullptr;
}

// The element that `is` says is the same; made at the end when there is none.
template <typename Trend, typename Is>
Trend& trend_of(std::vector<Trend>& trends, Is&& is, Trend made) {
    const auto found = std::find_if(trends.begin(), trends.end(), is);
    return found == trends.end() ? trends.emplace_back(std::move(made)) : *found;
}

void add_mappings(const std::vector<Rehearsal>& all, std::size_t at, Comparison& out) {
    for (const MappingCount& count : all[at].mappings) {
        const Series none(all.size());
        MappingTrend& trend = trend_of(
            out.mappings,
            [&](const MappingTrend& each) { return each.mapping == count.mapping; },
            MappingTrend{count.mapping, none, none, none, none, {}});
        trend.read[at] = count.read;
        trend.stored[at] = count.stored;
        trend.rejected[at] = count.rejected;
        trend.held[at] = count.held;
        for (std::size_t before = at; before-- > 0;) {
            if (const MappingCount* const was = find_mapping(all[before], count.mapping)) {
                if (was->hash != count.hash) {
                    trend.changed_at.push_back(at);
                }
                break;
            }
        }
    }
}

void add_rules(const std::vector<Rehearsal>& all, std::size_t at, Comparison& out) {
    for (const RuleCount& count : all[at].rejects) {
        RuleTrend& trend = trend_of(
            out.rules,
            [&](const RuleTrend& each) {
                return each.mapping == count.mapping && each.kind == count.kind &&
                       each.rule == count.rule;
            },
            RuleTrend{count.mapping, count.kind, count.rule, Series(all.size())});
        trend.rows[at] = count.rows;
    }
}

void fill_zeros(const std::vector<Rehearsal>& all, Comparison& out) {
    for (RuleTrend& trend : out.rules) {
        for (std::size_t at = 0; at < all.size(); ++at) {
            if (!trend.rows[at] && find_mapping(all[at], trend.mapping) != nullptr) {
                trend.rows[at] = 0;
            }
        }
    }
}

void add_steps(const std::vector<Rehearsal>& all, std::size_t at, Comparison& out) {
    for (const Step& step : all[at].steps) {
        StepTrend& trend = trend_of(
            out.steps,
            [&](const StepTrend& each) {
                return each.kind == step.kind && each.mapping == step.mapping;
            },
            StepTrend{step.kind, step.mapping, Series(all.size())});
        trend.microseconds[at] = step.microseconds;
    }
}

}  // namespace

Comparison compare(const std::vector<Rehearsal>& rehearsals) {
    Comparison out;
    for (std::size_t at = 0; at < rehearsals.size(); ++at) {
        out.numbers.push_back(rehearsals[at].number);
        out.microseconds.emplace_back(rehearsals[at].microseconds());
        add_mappings(rehearsals, at, out);
        add_rules(rehearsals, at, out);
        add_steps(rehearsals, at, out);
    }
    fill_zeros(rehearsals, out);
    return out;
}

}  // namespace hrbridge::rehearsal
