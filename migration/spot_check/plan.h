#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "migration/ledger/digest.h"
#include "migration/sampling/draw.h"
#include "migration/sampling/sensitivity.h"

namespace hrbridge::spot_check {

// Rows of one entity that one mapping loaded.
struct Stratum {
    std::string entity;
    std::string mapping;
    std::int64_t rows = 0;

    std::string name() const { return entity + " " + mapping; }  // as the draw names it
};

// All that is fixed before the draw.
struct Plan {
    std::int64_t limit_ppm = 0;
    std::int64_t confidence_ppm = 0;
    std::vector<Stratum> strata;
    sampling::GrowthRule rule;
    std::vector<std::int64_t> reserve;  // of each stratum: drawn rows behind the first sample
    // Rows drawn for decoys, up to twice as many as become some: of others the source may have
    // nothing that could be altered.
    std::int64_t decoys_drawn = 0;

    std::int64_t population() const;
    std::int64_t reserve_rows() const;
    std::vector<sampling::DrawStratum> to_draw() const;
};

// The reserve has room for what the weakest checker who passes must look at, and for a twentieth of
// the sample: rows that their source changed after they were read are replaced. Fewer decoys than
// sampling::kDecoys are planted where the lot is small. `must_check` rows cannot become decoys. A
// fault where no plan holds, with what can be done.
base::Result<Plan> make_plan(std::vector<Stratum> strata,
                             std::int64_t limit_ppm,
                             std::int64_t confidence_ppm,
                             std::int64_t must_check = 0);

// For the store: a plan that was drawn by must come back as it was.
std::string to_json(const Plan& plan);
// Throws base::StoreError (Stop) on what is none.
Plan plan_from_json(const std::string& text);

// SHA-256 over cells (ARCHITECTURE.md, "Spot check"): the growth rule as the ledger keeps it.
ledger::Digest growth_digest(const Plan& plan);

}  // namespace hrbridge::spot_check
