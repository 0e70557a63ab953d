#pragma once

#include <cstdint>
#include <vector>

#include "daemon/base/result.h"
#include "migration/sampling/plan.h"

namespace hrbridge::sampling {

struct Interval {
    Share low;
    Share high;
};

// The checker's sensitivity after `found` of `planted` decoys, at least one: both ends are exact
// bounds at half the risk each, rounded outwards to a ten-thousandth, so that the interval holds
// the truth with at least this confidence whatever it is. Source: Clopper and Pearson, Biometrika
// 26 (1934) 404-413, by the beta quantiles.
Interval sensitivity_interval(std::int64_t found, std::int64_t planted, Share confidence);

// How many decoys to plant for a first sample of so many rows: the number, from 10 to 200, with the
// fewest rows to check in all (decoys and grown sample, sample / low end) that are expected of a
// checker who finds 19 of 20.
std::int64_t decoys_worth_planting(std::int64_t sample);

// What is planted where nobody says otherwise: for first samples of 150 to 1,200 rows within 5 % of
// the fewest rows to check. A checker may miss 8 of them and stay above the floor.
inline constexpr std::int64_t kDecoys = 50;

// A checker whose low end is below this fails the plan instead of checking a sample that is half as
// large again.
inline constexpr Share kSensitivityFloor{7, 10};

// What becomes of the plan when `found` of the decoys were found.
struct GrowthStep {
    std::int64_t found = 0;
    Share sensitivity;                 // the low end: what the sample is made for
    bool fails = false;                // below the floor, or no sample can be enough
    std::int64_t sample = 0;           // rows in all, the first sample among them; 0 where it fails
    std::vector<std::int64_t> strata;  // of each
};

// All that is fixed before the draw. The first sample is checked together with the decoys; then the
// row of `steps` that belongs to the decoys found says how many rows are checked in all.
struct GrowthRule {
    Plan first;  // for a checker who overlooks nothing
    std::int64_t planted = 0;
    Share floor;
    std::vector<GrowthStep> steps;  // steps[found], 0 to planted
    std::int64_t largest = 0;       // the largest sample of any step
    // The sample is made for the low end, which is above the truth with half of the interval's
    // risk; the lot at the limit is accepted with a chance of at most 1 - confidence beside that.
    // So both together hold with at least this confidence (Bonferroni).
    double joint_confidence = 0;
};

// With what confidence a bound holds that is made for the low end of the checker's sensitivity: the
// risk of the draw and half of the interval's together (Bonferroni).
double joint_confidence(Share draw, Share sensitivity);

// request.sensitivity is not used. A fault where the request is none, no decoy is planted, there
// are fewer rows outside the first sample than decoys, or the plan fails even when all are found.
base::Result<GrowthRule> fix_growth_rule(const PlanRequest& request,
                                         std::int64_t planted,
                                         Share floor,
                                         Share confidence);

}  // namespace hrbridge::sampling
