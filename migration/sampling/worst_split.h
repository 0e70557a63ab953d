#pragma once

#include <cstdint>
#include <vector>

#include "migration/sampling/check.h"

namespace hrbridge::sampling {

// A tenth of a second.
inline constexpr double kMostSteps = 1e8;

// What a stratified check lets through when its bad rows lie in the strata as badly as they can.
// With equal shares a stratum the plain formula is nearly right; with n_h rounded to whole rows it
// is too good, because the bad rows may all lie where the share is lowest.
//
// For allowed = 0 the worst split is exact and found greedily: the chance that nothing is found in
// stratum h, f_h(d) = E[(1-s)^X], is log-concave in d, since C(N_h,d) f_h(d) are the coefficients
// of (1+t)^(N_h-n_h) (1+(1-s)t)^n_h, which has only real zeros (Newton's inequalities; Hardy,
// Littlewood, Polya: Inequalities, 2.22), so the next bad row always goes where it is least found.
// For allowed > 0 it is the dynamic programme of split_programme.h, whose chance is that of the
// worst split or a little more, never less. Above `most_steps` its bad rows are put in lumps of q,
// and strata * (q-1) of them are left out, again on the safe side.
class WorstSplit {
  public:
    // Can tell of up to `most_bad` bad rows, which the strata together must be able to hold.
    WorstSplit(std::vector<Check> strata,
               std::int64_t allowed,
               std::int64_t most_bad,
               double most_steps = kMostSteps);

    // The chance that at most `allowed` are found of `bad` bad rows; grows never with `bad`.
    double acceptance(std::int64_t bad) const;
    // Whether that chance is at most `risk`. Within kRounding of it by exact arithmetic where the
    // programme is small, else no.
    bool accepts_at_most(Share risk, std::int64_t bad) const;

  private:
    void fill_greedily();
    void fill_by_programme(double most_steps);
    bool exactly_at_most(Share risk, std::int64_t bad) const;

    std::vector<Check> strata_;
    std::int64_t allowed_;
    std::int64_t most_bad_;
    std::int64_t lump_ = 1;
    std::vector<double> chances_;  // by lumps of bad rows
};

}  // namespace hrbridge::sampling
