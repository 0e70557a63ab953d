#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/model/findings.h"
#include "daemon/pip/announce.h"
#include "daemon/pip/policy.h"
#include "daemon/store/sql.h"

namespace hrbridge::pip {

struct EvaluationReport {
    base::Date period;  // the newest closed month that is read to its end
    // What the newest closed month waits for. Then an earlier one that is read to its end is
    // evaluated once more, or, when there is none that could be the newest, nothing.
    std::optional<model::EvaluationWait> wait;
    std::int64_t facts_written = 0;
    std::vector<model::Evaluation> rules;  // one a rule
    std::vector<model::Finding> findings;  // in force for the period
    std::int64_t changed = 0;              // new or with other inputs than before
    std::int64_t retracted = 0;
    std::int64_t announced = 0;  // outbox rows written that can be sent
    std::vector<UnbuiltCard> unbuilt;
};

struct EvaluationParts {
    store::sql::Connection& connection;
    const Policy& policy;
    base::Zone zone;  // of the plant
    base::Timestamp now;
    const Announcer* announcer = nullptr;  // null: nobody is told
    // The mappings that write production_fact and defect. A month is closed only when each has been
    // read past its end. Empty: they come in some other way, and nothing is waited for.
    std::vector<std::string> fed_by = {};
};

// Measures the KPIs of all closed months, judges everyone by the rules for the newest one, stores
// what was found, retracts what no longer holds and writes the outbox events, all in one
// transaction that sees one state of the store, and that is run again when what others write at the
// same time is in its way. The same facts give the same findings and no writes. Throws StoreError.
EvaluationReport evaluate(const EvaluationParts& parts);

}  // namespace hrbridge::pip
