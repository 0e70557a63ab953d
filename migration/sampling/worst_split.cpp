#include "migration/sampling/worst_split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <tuple>

#include "migration/sampling/found.h"
#include "migration/sampling/split_programme.h"

namespace hrbridge::sampling {
namespace {

constexpr double kMostExactSteps = 1e5;

// One stratum that bad rows are put into, one by one.
class Lane {
  public:
    explicit Lane(const Check* check) : check_(check) { look_ahead(); }
    long double ratio() const { return ratio_; }  // what the next bad row multiplies the chance by
    bool operator<(const Lane& other) const { return ratio_ < other.ratio_; }
    bool full() const { return bad_ == check_->rows; }
    void put() {
        ++bad_;
        look_ahead();
    }

  private:
    void look_ahead() {
        if (full()) {
            return;
        }
        if (check_->sensitivity.is_one()) {
            const std::int64_t unseen =
                std::max<std::int64_t>(0, check_->rows - check_->sample - bad_);
            ratio_ =
                static_cast<long double>(unseen) / static_cast<long double>(check_->rows - bad_);
            return;
        }
        const long double next = chances_found(*check_, bad_ + 1, 0).front();
        ratio_ = chance_ > 0 ? next / chance_ : 0;
        chance_ = next;
    }

    const Check* check_;
    std::int64_t bad_ = 0;
    long double chance_ = 1;
    long double ratio_ = 0;
};

double steps(std::size_t strata, std::int64_t allowed, std::int64_t lumps) {
    const auto width = static_cast<double>(lumps);
    const auto rests = static_cast<double>(allowed) + 1;
    return static_cast<double>(strata) * width * width * rests * (rests + 1) / 4;
}

FoundTable<double> found_table(const Check& check,
                               std::int64_t allowed,
                               std::int64_t lumps,
                               std::int64_t lump) {
    const std::int64_t holds = std::min(lumps, check.rows / lump);
    FoundTable<double> table(static_cast<std::size_t>(allowed) + 1);
    for (std::int64_t m = 0; m <= holds; ++m) {
        const auto chances = chances_found(check, m * lump, allowed);
        for (std::size_t found = 0; found < table.size(); ++found) {
            table[found].push_back(chances[found]);
        }
    }
    return table;
}

// Parts of the stratum's C(N, n) s^n, for every number of bad rows.
FoundTable<Integer> exact_table(const Check& check, std::int64_t allowed, std::int64_t most_bad) {
    FoundTable<Integer> table(static_cast<std::size_t>(allowed) + 1);
    for (std::int64_t bad = 0; bad <= std::min(most_bad, check.rows); ++bad) {
        const ExactChances chances = exact_chances_of_sample(check, bad, allowed);
        for (std::size_t found = 0; found < table.size(); ++found) {
            table[found].push_back(chances.parts[found]);
        }
    }
    return table;
}

// Strata of the same size and sample share a table.
template <class Number, class Make>
std::vector<Number> place(const std::vector<Check>& strata,
                          std::int64_t allowed,
                          std::int64_t lumps,
                          const Make& make) {
    std::map<std::tuple<std::int64_t, std::int64_t>, FoundTable<Number>> tables;
    std::vector<const FoundTable<Number>*> used;
    for (const Check& check : strata) {
        auto [at, is_new] = tables.try_emplace({check.rows, check.sample});
        if (is_new) {
            at->second = make(check);
        }
        used.push_back(&at->second);
    }
    return best_placement(used, allowed, lumps);
}

}  // namespace

WorstSplit::WorstSplit(std::vector<Check> strata,
                       std::int64_t allowed,
                       std::int64_t most_bad,
                       double most_steps)
    : strata_(std::move(strata)), allowed_(allowed), most_bad_(most_bad) {
    std::erase_if(strata_, [](const Check& check) { return check.rows == 0; });
    // So that the order in which the strata are listed changes nothing.
    std::sort(strata_.begin(), strata_.end(), [](const Check& a, const Check& b) {
        return std::tie(a.rows, a.sample) > std::tie(b.rows, b.sample);
    });
    if (allowed_ == 0) {
        fill_greedily();
    } else {
        fill_by_programme(most_steps);
    }
}

void WorstSplit::fill_greedily() {
    std::priority_queue<Lane> lanes;
    for (const Check& check : strata_) {
        lanes.emplace(&check);
    }
    long double chance = 1;
    chances_.push_back(1);
    while (static_cast<std::int64_t>(chances_.size()) <= most_bad_ && !lanes.empty()) {
        Lane lane = lanes.top();
        lanes.pop();
        chance *= lane.ratio();
        chances_.push_back(static_cast<double>(chance));
        lane.put();
        if (!lane.full()) {
            lanes.push(lane);
        }
    }
}

void WorstSplit::fill_by_programme(double most_steps) {
    while (steps(strata_.size(), allowed_, most_bad_ / lump_) > most_steps) {
        ++lump_;
    }
    const std::int64_t lumps = (most_bad_ + lump_ - 1) / lump_;
    chances_ = place<double>(strata_, allowed_, lumps, [&](const Check& check) {
        return found_table(check, allowed_, lumps, lump_);
    });
}

double WorstSplit::acceptance(std::int64_t bad) const {
    const std::int64_t left_out = static_cast<std::int64_t>(strata_.size()) * (lump_ - 1);
    const std::int64_t kept = std::max<std::int64_t>(0, bad - left_out);
    const std::int64_t lumps = (kept + lump_ - 1) / lump_;
    return std::min(1.0, chances_[static_cast<std::size_t>(lumps)]);
}

bool WorstSplit::accepts_at_most(Share risk, std::int64_t bad) const {
    const double chance = acceptance(bad);
    if (chance < risk.value() * (1 - kRounding)) {
        return true;
    }
    if (chance > risk.value() * (1 + kRounding)) {
        return false;
    }
    return lump_ == 1 && steps(strata_.size(), allowed_, bad) <= kMostExactSteps &&
           exactly_at_most(risk, bad);
}

bool WorstSplit::exactly_at_most(Share risk, std::int64_t bad) const {
    const auto parts = place<Integer>(strata_, allowed_, bad, [&](const Check& check) {
        return exact_table(check, allowed_, bad);
    });
    Integer of = 1;
    for (const Check& check : strata_) {
        of *= exact_chances_of_sample(check, 0, 0).of;
    }
    return parts.back() * risk.of <= of * risk.parts;
}

}  // namespace hrbridge::sampling
