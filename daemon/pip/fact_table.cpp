#include "daemon/pip/fact_table.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "daemon/base/ids.h"

namespace hrbridge::pip {

namespace {

struct Group {
    std::int64_t n = 0;
    std::int64_t bad = 0;
    std::shared_ptr<std::vector<std::int64_t>> people =
        std::make_shared<std::vector<std::int64_t>>();
    std::string inputs;
};

using Groups = std::map<std::pair<base::Date, std::string>, Group>;
using Facts = std::vector<const model::KpiFact*>;

std::int64_t bad_of(const model::KpiFact& fact, Direction direction) {
    return direction == Direction::LowerIsBetter ? fact.numerator
                                                 : fact.denominator - fact.numerator;
}

// Why the fact can be compared with nobody's, whoever his peers are.
std::optional<NotCompared> unusable(const model::KpiFact& fact, const Comparable& comparable) {
    if (fact.numerator < 0 || fact.denominator < 0 || fact.numerator > fact.denominator ||
        fact.unplaced * kPlacedPerUnplaced > fact.numerator) {
        return NotCompared::Inconsistent;
    }
    if (fact.peer_group.empty()) {
        return NotCompared::NoTeam;
    }
    if (fact.denominator < std::max<std::int64_t>(1, comparable.pieces_min)) {
        return NotCompared::TooFewPieces;
    }
    return std::nullopt;
}

void add_number(std::string& bytes, std::int64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes.push_back(static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xFFU));
    }
}

Facts in_order(std::span<const model::KpiFact> facts) {
    Facts ordered;
    for (const model::KpiFact& fact : facts) {
        ordered.push_back(&fact);
    }
    std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
        return std::tie(a->spell_id, a->period, a->operation) <
               std::tie(b->spell_id, b->period, b->operation);
    });
    return ordered;
}

Groups group(const Facts& facts, Direction direction, const Comparable& comparable) {
    Groups groups;
    for (const model::KpiFact* fact : facts) {
        if (unusable(*fact, comparable)) {
            continue;
        }
        Group& group = groups[{fact->period, fact->peer_group}];
        group.n += fact->denominator;
        group.bad += bad_of(*fact, direction);
        group.people->push_back(fact->spell_id);
        add_number(group.inputs, fact->spell_id);
        add_number(group.inputs, fact->numerator);
        add_number(group.inputs, fact->denominator);
        group.inputs += fact->lineage;
    }
    for (auto& [key, group] : groups) {
        group.inputs = base::sha256(group.inputs);
    }
    return groups;
}

// Puts one person's month together from his facts at each operation.
class MonthBuilder {
  public:
    MonthBuilder(const Groups& groups, Direction direction, Comparable comparable)
        : groups_(groups), direction_(direction), comparable_(comparable) {}

    void add(const model::KpiFact& fact) {
        month_.month = fact.period;
        const auto reason = unusable(fact, comparable_);
        if (reason) {
            leave_out(fact, *reason);
            return;
        }
        const Group& group = groups_.at({fact.period, fact.peer_group});
        const auto peers = static_cast<std::int64_t>(group.people->size()) - 1;
        const std::int64_t bad = bad_of(fact, direction_);
        const Stratum counts{fact.denominator, bad, group.n - fact.denominator, group.bad - bad};
        if (counts.peer_n == 0 || peers < comparable_.peers_min) {
            leave_out(fact, NotCompared::NoPeers);
            return;
        }
        month_.operations.push_back({fact.operation, fact.peer_group, counts, peers, group.people});
        month_.counts.n += counts.n;
        month_.counts.bad += counts.bad;
        month_.counts.peer_n += counts.peer_n;
        month_.counts.peer_bad += counts.peer_bad;
        month_.expected += expected_at_peers(std::span(&counts, 1));
        month_.inputs += group.inputs;
        if (fact.unplaced > 0) {
            add_left_out(fact.period, NotCompared::Inconsistent, 0, fact.unplaced);
        }
    }

    bool compares() const { return !month_.operations.empty(); }
    NotCompared reason() const { return left_out_.rbegin()->first; }
    SubjectMonth take() {
        month_.peers = peers_of(std::span(&month_, 1));
        return std::move(month_);
    }
    const std::map<NotCompared, LeftOut>& left_out() const { return left_out_; }

  private:
    void leave_out(const model::KpiFact& fact, NotCompared reason) {
        add_left_out(
            fact.period, reason, fact.denominator, bad_of(fact, direction_) + fact.unplaced);
    }

    void add_left_out(base::Date month, NotCompared reason, std::int64_t n, std::int64_t bad) {
        LeftOut& sum = left_out_[reason];
        sum.month = month;
        sum.reason = reason;
        sum.n += n;
        sum.bad += bad;
    }

    const Groups& groups_;
    Direction direction_;
    Comparable comparable_;
    SubjectMonth month_;
    std::map<NotCompared, LeftOut> left_out_;
};

}  // namespace

const char* to_string(NotCompared reason) {
    switch (reason) {
        case NotCompared::Inconsistent:
            return "inconsistent";
        case NotCompared::NoTeam:
            return "no_team";
        case NotCompared::TooFewPieces:
            return "too_few_pieces";
        case NotCompared::NoPeers:
            return "no_peers";
    }
    return "inconsistent";
}

FactTable::FactTable(std::span<const model::KpiFact> facts,
                     Direction direction,
                     Comparable comparable)
    : comparable_(comparable) {
    const Facts ordered = in_order(facts);
    const Groups groups = group(ordered, direction, comparable);
    Subject subject;
    for (auto at = ordered.begin(); at != ordered.end();) {
        const model::KpiFact& first = **at;
        if (first.spell_id != subject.spell_id) {
            keep(std::exchange(subject, {first.spell_id, {}, {}}));
        }
        MonthBuilder month(groups, direction, comparable);
        for (; at != ordered.end() && (*at)->spell_id == first.spell_id &&
               (*at)->period == first.period;
             ++at) {
            month.add(**at);
        }
        for (const auto& [reason, sum] : month.left_out()) {
            subject.left_out.push_back(sum);
        }
        if (month.compares()) {
            subject.months.push_back(month.take());
        } else {
            ++not_compared_[first.period][month.reason()];
        }
    }
    keep(std::move(subject));
}

void FactTable::keep(Subject subject) {
    if (!subject.months.empty()) {
        subjects_.push_back(std::move(subject));
    }
}

std::map<NotCompared, std::int64_t> FactTable::not_compared(base::Date month) const {
    const auto found = not_compared_.find(month);
    return found == not_compared_.end() ? std::map<NotCompared, std::int64_t>{} : found->second;
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

std::vector<Stratum> strata_of(std::span<const SubjectMonth> months) {
    std::vector<Stratum> strata;
    for (const SubjectMonth& month : months) {
        for (const OperationMonth& each : month.operations) {
            strata.push_back(each.counts);
        }
    }
    return strata;
}

Stratum total_of(std::span<const SubjectMonth> months) {
    Stratum total;
    for (const SubjectMonth& month : months) {
        total.n += month.counts.n;
        total.bad += month.counts.bad;
        total.peer_n += month.counts.peer_n;
        total.peer_bad += month.counts.peer_bad;
    }
    return total;
}

double expected_of(std::span<const SubjectMonth> months) {
    double expected = 0;
    for (const SubjectMonth& month : months) {
        expected += month.expected;
    }
    return expected;
}

std::int64_t peers_of(std::span<const SubjectMonth> months) {
    std::set<std::int64_t> people;
    for (const SubjectMonth& month : months) {
        for (const OperationMonth& each : month.operations) {
            people.insert(each.people->begin(), each.people->end());
        }
    }
    return static_cast<std::int64_t>(people.size()) - 1;
}

std::map<NotCompared, LeftOut> left_out_of(const Subject& subject,
                                           base::Date first,
                                           base::Date last) {
    std::map<NotCompared, LeftOut> sums;
    for (const LeftOut& each : subject.left_out) {
        if (each.month < first || last < each.month) {
            continue;
        }
        LeftOut& sum =
            sums.try_emplace(each.reason, LeftOut{each.month, each.reason, 0, 0}).first->second;
        sum.n += each.n;
        sum.bad += each.bad;
    }
    return sums;
}

}  // namespace hrbridge::pip
