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
// left_out[{reason, n, bad}] (of the months looked at, compared or not), open_rows (refused or
// waiting rows that may be of these months), subject{n, bad, rate, low,
// high}, peers{people, n, bad, rate, expected}, gap, tested_gap, tail, phi, alpha, alpha_each,
// n_min, people, chance_warnings, chance_watches, causes[{code, name, controllable, bad, expected,
// excess}]. Every peer_rate, and rate and expected of `peers`, is that of the peers at the person's
// own mix of operations; gap is the rates' difference, and the causes add up to bad and expected.
// `in_force` is the finding's own level, which decides what it is called.
std::string defect_level_evidence(model::FindingLevel in_force,
                                  const DefectLevel& level,
                                  const DefectLevelResult& result,
                                  const DefectLevelPolicy& policy,
                                  const Subject& subject,
                                  std::int64_t open_rows,
                                  const std::vector<CauseShare>& causes);
std::string streak_evidence(const Streak& streak,
                            const StreakResult& result,
                            const StreakPolicy& policy,
                            const Subject& subject,
                            std::int64_t open_rows);

// Digest of what a finding says and was computed from: rule and its version, level, every number of
// its evidence, the facts of the person and his peers, the policy. Not of `history` and
// `open_rows`, on which nothing rests.
std::string inputs_digest(const model::Finding& finding,
                          const std::vector<SubjectMonth>& months,
                          const std::string& policy);

}  // namespace hrbridge::pip
