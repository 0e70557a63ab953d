#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/pip/exact_distribution.h"
#include "daemon/pip/kpi.h"

namespace hrbridge::pip {

// One month of one person beside his peers. Bad pieces are the numerator for "lower is better" and
// the rest for "higher is better".
struct SubjectMonth {
    base::Date month;
    Stratum counts;
    std::int64_t peers = 0;  // people in the group that month without the subject
    std::string peer_group;
    std::string inputs;  // digest over the group's facts of the month
    std::string lineage;
};

struct Subject {
    std::int64_t spell_id = 0;
    std::vector<SubjectMonth> months;  // ascending
};

// What makes a month comparable. A month that is not is as if it were missing.
struct Comparable {
    std::int64_t pieces_min = 1;
    std::int64_t peers_min = 1;
};

// A KPI's facts, each beside the leave-one-out totals of its peer group and month. Facts that
// cannot be compared are left out: no peer group, nothing made, more bad than made, too few peers.
class FactTable {
  public:
    FactTable(std::span<const model::KpiFact> facts, Direction direction, Comparable comparable);

    const std::vector<Subject>& subjects() const { return subjects_; }  // by spell
    // Facts that contradict themselves (a numerator that is negative or above the denominator).
    std::int64_t inconsistent() const { return inconsistent_; }
    // People with any fact in the month, comparable or not.
    std::int64_t people_in(base::Date month) const;

  private:
    std::vector<Subject> subjects_;
    std::vector<std::pair<base::Date, std::int64_t>> people_;
    std::int64_t inconsistent_ = 0;
};

// The subject's months in [first, last], first and last being months.
std::span<const SubjectMonth> months_in(const Subject& subject, base::Date first, base::Date last);

}  // namespace hrbridge::pip
