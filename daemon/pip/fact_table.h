#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/pip/exact_distribution.h"
#include "daemon/pip/kpi.h"

namespace hrbridge::pip {

// One operation of one month of one person, beside the peers who did the same. Bad pieces are the
// numerator for "lower is better" and the rest for "higher is better".
struct OperationMonth {
    std::string operation;
    std::string peer_group;
    Stratum counts;
    std::int64_t peers = 0;  // people in the group that month without the subject
    std::shared_ptr<const std::vector<std::int64_t>> people = {};  // they and the subject
};

struct SubjectMonth {
    base::Date month;
    std::vector<OperationMonth> operations;  // that can be compared; never empty
    Stratum counts;                          // their sum
    double expected = 0;                     // bad pieces at the peers' rate of each operation
    std::int64_t peers = 0;                  // people in any of the groups, each once
    std::string inputs;                      // digests over the groups' facts of the month
};

// What makes a month at an operation comparable. One that is not is as if it were missing.
struct Comparable {
    std::int64_t pieces_min = 1;
    std::int64_t peers_min = 1;
};

// With more unplaced defects than one beside so many placed ones, the records of a person's month
// at an operation are too much at odds to show how he works: then he is neither judged by them nor
// anybody's peer.
inline constexpr std::int64_t kPlacedPerUnplaced = 9;

// Why a person's month can be compared with nobody's. Of several operations the last reason in this
// order counts.
enum class NotCompared { Inconsistent, NoTeam, TooFewPieces, NoPeers };
// "inconsistent", "no_team", "too_few_pieces", "no_peers"
const char* to_string(NotCompared reason);

// One person's pieces in a month at operations that cannot be compared, for one reason.
struct LeftOut {
    base::Date month;
    NotCompared reason = NotCompared::Inconsistent;
    std::int64_t n = 0;
    std::int64_t bad = 0;
};

struct Subject {
    std::int64_t spell_id = 0;
    std::vector<SubjectMonth> months;  // ascending
    std::vector<LeftOut> left_out;     // ascending; also of months that are not among `months`
};

// A KPI's facts, each beside the leave-one-out totals of its peer group and month.
class FactTable {
  public:
    // `facts` are one a person, month and operation.
    FactTable(std::span<const model::KpiFact> facts, Direction direction, Comparable comparable);

    const std::vector<Subject>& subjects() const { return subjects_; }  // by spell
    // People who have facts in the month of which none can be compared.
    std::map<NotCompared, std::int64_t> not_compared(base::Date month) const;
    Comparable comparable() const { return comparable_; }

  private:
    void keep(Subject subject);

    std::vector<Subject> subjects_;
    std::map<base::Date, std::map<NotCompared, std::int64_t>> not_compared_;
    Comparable comparable_;
};

// The subject's months in [first, last], first and last being months.
std::span<const SubjectMonth> months_in(const Subject& subject, base::Date first, base::Date last);
// The months' operations, one stratum each.
std::vector<Stratum> strata_of(std::span<const SubjectMonth> months);
// The sum over months.
Stratum total_of(std::span<const SubjectMonth> months);
double expected_of(std::span<const SubjectMonth> months);
// People in any of the months' groups without the subject, each once.
std::int64_t peers_of(std::span<const SubjectMonth> months);
// What is left out in [first, last], summed by reason.
std::map<NotCompared, LeftOut> left_out_of(const Subject& subject,
                                           base::Date first,
                                           base::Date last);

}  // namespace hrbridge::pip
