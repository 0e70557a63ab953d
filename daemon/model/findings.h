#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace hrbridge::model {

// A KPI of one employee in one month at one operation.
struct KpiFact {
    std::string kpi_code;
    int kpi_version = 1;
    std::int64_t spell_id = 0;
    base::Date period;       // first day of the month
    std::string operation;   // its code
    std::string peer_group;  // people compared with each other: team and operation
    std::int64_t numerator = 0;
    std::int64_t denominator = 0;
    std::int64_t unplaced = 0;  // defects without a report that they can belong to; not counted
    std::string lineage;        // 32 bytes over the source rows' hashes
};

enum class FindingLevel { Watch, Warning };

// What a rule found about one person. `evidence` is JSON with every number it rests on.
struct Finding {
    std::int64_t id = 0;
    std::string rule;
    int rule_version = 1;
    FindingLevel level = FindingLevel::Watch;
    std::string kpi_code;
    std::int64_t spell_id = 0;
    base::Date period;
    std::string state = "raised";  // raised, watching, ended (by a later month), retracted
    std::string evidence;
    std::string inputs_hash;  // 32 bytes
    base::Timestamp raised_at;
    base::Timestamp updated_at;
    // The event by which HR was told: its own, or that of an earlier month since when it goes on.
    std::optional<std::string> card;
    std::int64_t cards = 0;  // of its own so far, those taken back too
};

// One evaluation of one rule over one month.
struct Evaluation {
    std::string rule;
    std::string kpi_code;
    base::Date period;
    std::int64_t people = 0;
    std::int64_t too_few_data = 0;
    std::map<std::string, std::int64_t> not_compared;  // people with facts by reason
    // Refused and waiting rows that may be of the months looked at; whose is not known.
    std::int64_t open_rows = 0;
    std::int64_t warnings = 0;
    std::int64_t watches = 0;
    std::string chance_warnings;  // at most so many expected by chance alone, decimal text
    std::string chance_watches;
    std::string policy;  // JSON
    base::Timestamp evaluated_at;
};

// A closed month that is not evaluated yet, since a mapping is not read past its end.
struct EvaluationWait {
    base::Date period;
    std::string mapping;                        // the one that is read least far
    std::optional<base::Timestamp> read_until;  // nullopt: never read

    bool operator==(const EvaluationWait&) const = default;
};

// What a person said on a finding, e.g. that he has read it.
struct FindingNote {
    std::int64_t finding_id = 0;
    base::Timestamp at;
    std::string actor;  // "wecom/hr01"
    std::string note;   // seen
};

// Who a finding is about, for cards and pages.
struct EmployeeLabel {
    std::int64_t spell_id = 0;
    std::string employee_no;
    std::string name;
    std::string org_unit;
    std::string wecom_userid;
};

}  // namespace hrbridge::model
