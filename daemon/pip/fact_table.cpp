#include "daemon/pip/fact_table.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "daemon/base/ids.h"

namespace hrbridge::pip {

namespace {

struct Group {
    std::int64_t n = 0;
    std::int64_t bad = 0;
    std::int64_t people = 0;
    std::string inputs;
};

using Groups = std::map<std::pair<base::Date, std::string>, Group>;

std::int64_t bad_of(const model::KpiFact& fact, Direction direction) {
    return direction == Direction::LowerIsBetter ? fact.numerator
                                                 : fact.denominator - fact.numerator;
}

bool contradicts_itself(const model::KpiFact& fact) {
    return fact.numerator < 0 || fact.denominator < 0 || fact.numerator > fact.denominator;
}

bool is_usable(const model::KpiFact& fact, const Comparable& comparable) {
    return !contradicts_itself(fact) && !fact.peer_group.empty() &&
           fact.denominator >= std::max<std::int64_t>(1, comparable.pieces_min);
}

void add_number(std::string& bytes, std::int64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes.push_back(static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xFFU));
    }
}

Groups group(std::span<const model::KpiFact> facts,
             Direction direction,
             const Comparable& comparable) {
    Groups groups;
    for (const model::KpiFact& fact : facts) {
        if (!is_usable(fact, comparable)) {
            continue;
        }
        Group& group = groups[{fact.period, fact.peer_group}];
        group.n += fact.denominator;
        group.bad += bad_of(fact, direction);
        ++group.people;
        add_number(group.inputs, fact.spell_id);
        add_number(group.inputs, fact.numerator);
        add_number(group.inputs, fact.denominator);
        group.inputs += fact.lineage;
    }
    for (auto& [key, group] : groups) {
        group.inputs = base::sha256(group.inputs);
    }
    return groups;
}

}  // namespace

FactTable::FactTable(std::span<const model::KpiFact> facts,
                     Direction direction,
                     Comparable comparable) {
    std::vector<const model::KpiFact*> ordered;
    std::map<base::Date, std::int64_t> people;
    for (const model::KpiFact& fact : facts) {
        ordered.push_back(&fact);
        ++people[fact.period];
        inconsistent_ += contradicts_itself(fact) ? 1 : 0;
    }
    people_.assign(people.begin(), people.end());
    std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
        return std::pair(a->spell_id, a->period) < std::pair(b->spell_id, b->period);
    });
    const Groups groups = group(facts, direction, comparable);
    for (const model::KpiFact* fact : ordered) {
        if (!is_usable(*fact, comparable)) {
            continue;
        }
        const Group& group = groups.at({fact->period, fact->peer_group});
        const std::int64_t bad = bad_of(*fact, direction);
        const Stratum counts{fact->denominator, bad, group.n - fact->denominator, group.bad - bad};
        if (counts.peer_n == 0 || group.people - 1 < comparable.peers_min) {
            continue;
        }
        if (subjects_.empty() || subjects_.back().spell_id != fact->spell_id) {
            subjects_.push_back({fact->spell_id, {}});
        }
        subjects_.back().months.push_back({fact->period,
                                           counts,
                                           group.people - 1,
                                           fact->peer_group,
                                           group.inputs,
                                           fact->lineage});
    }
}

std::int64_t FactTable::people_in(base::Date month) const {
    const auto found = std::lower_bound(
        people_.begin(), people_.end(), month, [](const auto& entry, base::Date wanted) {
            return entry.first < wanted;
        });
    return found != people_.end() && found->first == month ? found->second : 0;
}

std::span<const SubjectMonth> months_in(const Subject& subject, base::Date first, base::Date last) {
    const auto from = std::lower_bound(
        subject.months.begin(),
        subject.months.end(),
        first,
        [](const SubjectMonth& month, base::Date wanted) { return month.month < wanted; });
    const auto to = std::upper_bound(
        from, subject.months.end(), last, [](base::Date wanted, const SubjectMonth& month) {
            return wanted < month.month;
        });
    return {from, to};
}

}  // namespace hrbridge::pip
