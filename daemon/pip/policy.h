#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/base/result.h"

namespace hrbridge::pip {

enum class Mode { Off, Shadow, Watch, Live };

// R1: a person's share of defects against the peers', pooled over the newest closed months.
struct DefectLevelPolicy {
    Mode mode = Mode::Live;
    int months = 3;
    double alpha = 0.05;  // chance of any false warning in one evaluation, all people together
    double watch_alpha = 0.005;      // for a watch, one person
    double gap = 0.01;               // the difference of shares that matters in practice
    std::int64_t n_min = 138;        // pieces; fewer are "too few data"
    bool correct_for_people = true;  // alpha is divided by the number of people looked at
    bool over_dispersion = true;     // evidence is weakened when people differ more than by chance
};

// R2: worse than the peers in each of k consecutive closed months. Shown as a watch, never more:
// among equal people chance alone gives it to most of them within a year.
struct StreakPolicy {
    Mode mode = Mode::Watch;
    int months = 3;
    int max_missing = 1;  // a month without data neither counts nor resets
};

struct Policy {
    int settle_delay_days = 3;
    int history_months = 24;
    std::int64_t month_pieces_min = 20;  // fewer in a month at an operation are as if missing
    std::int64_t peers_min = 3;          // at the same operation
    DefectLevelPolicy defect_level;
    StreakPolicy streak;
};

struct LoadedPolicy {
    std::optional<Policy> policy;  // absent when there are faults
    base::Faults faults;
};

// Reads pip.rules.yaml; all faults with file and line. What the file leaves out keeps the default.
LoadedPolicy load_policy(const std::string& path);

// The policy as JSON, kept with each evaluation.
std::string to_json(const Policy& policy);

}  // namespace hrbridge::pip
