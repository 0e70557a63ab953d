#pragma once

#include <string>
#include <vector>

#include "daemon/pip/drill_down.h"
#include "daemon/pip/triggers/defect_level.h"
#include "daemon/pip/triggers/streak_below_mean.h"

namespace hrbridge::pip {

// The evidence of a finding as JSON: every number it rests on, for people, pages and replays.
// Keys: rule, reason, months[{month, n, bad, peers, peer_n, peer_bad, peer_rate, operations[{
// operation, n, bad, peers, peer_n, peer_bad}]}], history (the same for all months up to then),
// left_out{n, bad} (at operations that cannot be compared), subject{n, bad, rate, low, high},
// peers{people, n, bad, rate}, gap, tail, phi, alpha, alpha_each, n_min, people, chance_warnings,
// chance_watches, causes[{code, name, controllable, bad, expected, excess}]. Every peer_rate, and
// the rate of `peers`, is that of the peers at the person's own mix of operations.
std::string defect_level_evidence(const DefectLevel& level,
                                  const DefectLevelResult& result,
                                  const DefectLevelPolicy& policy,
                                  const Subject& subject,
                                  const std::vector<CauseShare>& causes);
std::string streak_evidence(const Streak& streak,
                            const StreakResult& result,
                            const StreakPolicy& policy,
                            const Subject& subject);

// Digest of what a finding says and was computed from: rule and its version, level, every number of
// its evidence, the facts of the person and his peers, the policy. Not of `history`, on which
// nothing rests.
std::string inputs_digest(const model::Finding& finding,
                          const std::vector<SubjectMonth>& months,
                          const std::string& policy);

}  // namespace hrbridge::pip
