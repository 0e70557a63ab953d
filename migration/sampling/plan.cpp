#include "migration/sampling/plan.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <queue>
#include <string>

#include <fmt/core.h>

#include "migration/sampling/bisect.h"
#include "migration/sampling/size.h"
#include "migration/sampling/worst_split.h"

namespace hrbridge::sampling {
namespace {

// It is computed once, where a plan tries a dozen samples.
constexpr double kMostStepsOfALimit = 20 * kMostSteps;
constexpr std::int64_t kMostRows = 1'000'000'000;

std::int64_t total(std::span<const std::int64_t> numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

bool inside(Share share) {
    return share.of > 0 && share.of <= kMostRows && share.parts > 0 && share.parts < share.of;
}

std::optional<base::Fault> fault_of(const PlanRequest& request) {
    const bool negative = std::any_of(
        request.strata.begin(), request.strata.end(), [](std::int64_t rows) { return rows < 0; });
    const std::int64_t rows = negative ? 0 : total(request.strata);
    if (rows < 1 || rows > kMostRows) {
        return base::Fault{"rows", "a plan is for 1 to 1,000,000,000 rows"};
    }
    if (!inside(request.limit) && !(request.limit == Share{1, 1})) {
        return base::Fault{"limit", "write the share of bad rows above 0 % and up to 100 %"};
    }
    if (!inside(request.confidence)) {
        return base::Fault{"confidence", "write a confidence between 0 % and 100 %, such as 95 %"};
    }
    if (!inside(request.sensitivity) && !(request.sensitivity == Share{1, 1})) {
        return base::Fault{"sensitivity", "a checker who finds nothing can accept nothing"};
    }
    if (request.allowed < 0 || request.allowed > 1000) {
        return base::Fault{"allowed", "write how many bad rows may be found, from 0 to 1000"};
    }
    return std::nullopt;
}

std::vector<Check> checks(const PlanRequest& request, const std::vector<std::int64_t>& samples) {
    std::vector<Check> out;
    for (std::size_t h = 0; h < samples.size(); ++h) {
        out.push_back({request.strata[h], samples[h], request.sensitivity});
    }
    return out;
}

base::Fault no_plan(const Plan& plan) {
    return {
        "sample",
        fmt::format("no check of these {} rows can refuse {} bad ones with this confidence when "
                    "{} may be found; allow fewer, set a higher limit, or let a checker check "
                    "who overlooks less",
                    plan.rows,
                    plan.bad,
                    plan.allowed)};
}

// With the sample shared out; one more than all rows where none is enough. The bad rows may lie at
// random too, which makes the plain formula true, so never below the unstratified sample.
std::int64_t smallest_for_worst_split(const PlanRequest& request,
                                      const Plan& plan,
                                      std::int64_t guess) {
    const auto safe = [&](std::int64_t sample) {
        return WorstSplit(
                   checks(request, share_out(request.strata, sample)), plan.allowed, plan.bad)
            .accepts_at_most(request.confidence.rest(), plan.bad);
    };
    const std::int64_t with_rows = std::count_if(
        request.strata.begin(), request.strata.end(), [](std::int64_t rows) { return rows > 0; });
    const std::int64_t least = std::max(plan.unstratified, with_rows);
    return first_that_holds_near(least - 1, plan.rows, std::min(guess, plan.rows), safe);
}

struct Taken {
    std::int64_t rows;
    std::int64_t taken;
    std::size_t index;
};

// Whether of `a` the larger share is taken.
bool later(const Taken& a, const Taken& b) {
    const auto left = static_cast<base::Int128>(a.taken) * b.rows;
    const auto right = static_cast<base::Int128>(b.taken) * a.rows;
    return left != right ? left > right : a.index > b.index;
}

}  // namespace

std::vector<std::int64_t> share_out(std::span<const std::int64_t> strata, std::int64_t sample) {
    std::priority_queue<Taken, std::vector<Taken>, decltype(&later)> waiting(&later);
    for (std::size_t h = 0; h < strata.size(); ++h) {
        if (strata[h] > 0) {
            waiting.push({strata[h], 0, h});
        }
    }
    std::vector<std::int64_t> samples(strata.size(), 0);
    for (; sample > 0 && !waiting.empty(); --sample) {
        Taken next = waiting.top();
        waiting.pop();
        ++next.taken;
        samples[next.index] = next.taken;
        if (next.taken < next.rows) {
            waiting.push(next);
        }
    }
    return samples;
}

base::Result<Plan> make_plan(const PlanRequest& request, std::int64_t guess) {
    if (const auto fault = fault_of(request)) {
        return *fault;
    }
    Plan plan;
    plan.rows = total(request.strata);
    plan.bad = bad_at_limit(plan.rows, request.limit);
    plan.allowed = request.allowed;
    const auto unstratified = smallest_sample(
        plan.rows, plan.bad, request.allowed, request.confidence.rest(), request.sensitivity);
    if (!unstratified) {
        return no_plan(plan);
    }
    plan.unstratified = *unstratified;
    plan.sample = smallest_for_worst_split(request, plan, guess);
    if (plan.sample > plan.rows) {
        return no_plan(plan);
    }
    plan.strata = share_out(request.strata, plan.sample);
    plan.acceptance =
        WorstSplit(checks(request, plan.strata), plan.allowed, plan.bad).acceptance(plan.bad);
    return plan;
}

UpperLimit upper_limit(std::span<const Check> strata, std::int64_t found, Share confidence) {
    Check whole{0, 0, strata.empty() ? Share{1, 1} : strata.front().sensitivity};
    for (const Check& stratum : strata) {
        whole.rows += stratum.rows;
        whole.sample += stratum.sample;
    }
    const Share risk = confidence.rest();
    UpperLimit limit;
    limit.unstratified = upper_limit(whole, found, confidence);
    const std::vector<Check> checked(strata.begin(), strata.end());
    for (std::int64_t most = limit.unstratified + limit.unstratified / 8 + 2;; most *= 2) {
        most = std::min(most, whole.rows);
        const WorstSplit split(checked, found, most, kMostStepsOfALimit);
        const bool refuted = split.accepts_at_most(risk, most);
        if (refuted || most == whole.rows) {
            const auto refutes = [&](std::int64_t bad) { return split.accepts_at_most(risk, bad); };
            limit.worst_split = refuted ? first_that_holds(found, most, refutes) - 1 : most;
            break;
        }
    }
    limit.worst_split = std::max(limit.worst_split, limit.unstratified);
    return limit;
}

}  // namespace hrbridge::sampling
