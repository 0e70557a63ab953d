#include "migration/sampling/found.h"

#include <algorithm>
#include <numeric>

namespace hrbridge::sampling {
namespace {

// A weight below this part of the largest one changes no sum that holds the largest.
constexpr long double kNegligible = 1e-30L;

// Weights that are proportional to P(bad rows in the sample = first), ...; sum is their sum.
struct Weights {
    std::int64_t first = 0;
    std::vector<long double> of;
    long double sum = 0;
};

long double real(std::int64_t number) {
    return static_cast<long double>(number);
}

// From the mode outwards, where the weight is 1, so that nothing overflows, and what underflows is
// nothing beside any risk that a person can write.
Weights weigh(const Check& check, std::int64_t bad) {
    const std::int64_t good_unseen = check.rows - bad - check.sample;
    const std::int64_t least = std::max<std::int64_t>(0, -good_unseen);
    const std::int64_t greatest = std::min(check.sample, bad);
    const auto ratio = [&](std::int64_t x) {
        return real(bad - x) * real(check.sample - x) / (real(x + 1) * real(good_unseen + x + 1));
    };
    const auto middle =
        static_cast<std::int64_t>(real(check.sample + 1) * real(bad + 1) / real(check.rows + 2));
    const std::int64_t mode = std::clamp(middle, least, greatest);

    std::vector<long double> below;
    long double weight = 1;
    for (std::int64_t x = mode; x > least && weight > 0; --x) {
        weight /= ratio(x - 1);
        below.push_back(weight);
    }
    Weights weights{mode - static_cast<std::int64_t>(below.size()), {}, 0};
    weights.of.assign(below.rbegin(), below.rend());
    weights.of.push_back(1);
    weight = 1;
    for (std::int64_t x = mode; x < greatest; ++x) {
        const long double step = ratio(x);
        weight *= step;
        if (step < 0.5L && weight < kNegligible) {
            break;
        }
        weights.of.push_back(weight);
    }
    weights.sum = std::accumulate(weights.of.begin(), weights.of.end(), 0.0L);
    return weights;
}

// P(found = 0), ... of x bad rows: call next() x times.
class Finding {
  public:
    Finding(Share sensitivity, std::int64_t most)
        : hit_(real(sensitivity.parts) / real(sensitivity.of)),
          miss_(real(sensitivity.of - sensitivity.parts) / real(sensitivity.of)),
          chances_(static_cast<std::size_t>(most) + 1, 0.0L) {
        chances_[0] = 1;
    }
    void next() {
        for (std::size_t y = chances_.size() - 1; y > 0; --y) {
            chances_[y] = chances_[y] * miss_ + chances_[y - 1] * hit_;
        }
        chances_[0] *= miss_;
    }
    const std::vector<long double>& chances() const { return chances_; }

  private:
    long double hit_;
    long double miss_;
    std::vector<long double> chances_;
};

// Of `rows` rows `drawn` are drawn and `marked` are marked; which of the two are the sample and
// which the bad rows makes no difference. C(marked, x) C(rows-marked, drawn-x) for every x that can
// be.
struct ExactWeights {
    std::int64_t first = 0;
    std::vector<Integer> of;
    Integer sum;
};

ExactWeights weigh_exactly(std::int64_t rows, std::int64_t drawn, std::int64_t marked) {
    const std::int64_t rest = rows - drawn - marked;
    ExactWeights weights{std::max<std::int64_t>(0, -rest), {}, choose(rows, drawn)};
    Integer weight = choose(marked, weights.first) * choose(rows - marked, drawn - weights.first);
    for (std::int64_t x = weights.first; x <= std::min(drawn, marked); ++x) {
        weights.of.push_back(weight);
        weight *= Integer(marked - x) * (drawn - x);
        weight /= Integer(x + 1) * (rest + x + 1);
    }
    return weights;
}

// `looks` is at least the greatest number of bad rows that can be looked at.
ExactChances exactly_found(const ExactWeights& weights,
                           Share sensitivity,
                           std::int64_t looks,
                           std::int64_t most) {
    const bool sure = sensitivity.is_one();
    const std::int64_t of = sure ? 1 : sensitivity.of;
    const std::int64_t hit = sure ? 1 : sensitivity.parts;
    const auto last = weights.first + static_cast<std::int64_t>(weights.of.size()) - 1;
    ExactChances chances{std::vector<Integer>(static_cast<std::size_t>(most) + 1),
                         weights.sum * power(of, looks)};
    for (std::int64_t y = 0; y <= std::min(most, last); ++y) {
        Integer sum = 0;
        Integer found = power(hit, y);  // hit^y miss^(x-y)
        for (std::int64_t x = y; x <= last; ++x) {
            sum *= of;
            if (x >= weights.first) {
                sum +=
                    weights.of[static_cast<std::size_t>(x - weights.first)] * choose(x, y) * found;
            }
            found *= of - hit;
        }
        chances.parts[static_cast<std::size_t>(y)] = sum * power(of, looks - last);
    }
    return chances;
}

}  // namespace

Integer choose(std::int64_t from, std::int64_t count) {
    Integer product = 1;
    const std::int64_t factors = std::min(count, from - count);
    for (std::int64_t i = 0; i < factors; ++i) {
        product *= from - i;
        product /= i + 1;
    }
    return product;
}

Integer power(Integer base, std::int64_t exponent) {
    Integer product = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) {
            product *= base;
        }
        base *= base;
    }
    return product;
}

std::vector<double> chances_found(const Check& check, std::int64_t bad, std::int64_t most) {
    const Weights weights = weigh(check, bad);
    std::vector<long double> sums(static_cast<std::size_t>(most) + 1, 0.0L);
    if (check.sensitivity.is_one()) {
        for (std::size_t i = 0; i < weights.of.size(); ++i) {
            const std::int64_t x = weights.first + static_cast<std::int64_t>(i);
            if (x <= most) {
                sums[static_cast<std::size_t>(x)] = weights.of[i];
            }
        }
    } else {
        Finding finding(check.sensitivity, most);
        for (std::int64_t x = 0; x < weights.first; ++x) {
            finding.next();
        }
        for (const long double weight : weights.of) {
            for (std::size_t y = 0; y < sums.size(); ++y) {
                sums[y] += weight * finding.chances()[y];
            }
            finding.next();
        }
    }
    std::vector<double> chances(sums.size());
    std::transform(sums.begin(), sums.end(), chances.begin(), [&](long double sum) {
        return static_cast<double>(sum / weights.sum);
    });
    return chances;
}

ExactChances exact_chances_found(const Check& check, std::int64_t bad, std::int64_t most) {
    const auto [few, many] = std::minmax(check.sample, bad);
    return exactly_found(weigh_exactly(check.rows, few, many), check.sensitivity, few, most);
}

ExactChances exact_chances_of_sample(const Check& check, std::int64_t bad, std::int64_t most) {
    return exactly_found(
        weigh_exactly(check.rows, check.sample, bad), check.sensitivity, check.sample, most);
}

}  // namespace hrbridge::sampling
