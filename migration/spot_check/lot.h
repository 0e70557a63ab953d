#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/store/store.h"
#include "migration/check/scope.h"
#include "migration/project/project.h"
#include "migration/spot_check/plan.h"

namespace hrbridge::spot_check {

struct LotRow {
    std::size_t stratum = 0;
    std::int64_t id = 0;   // in the rehearsal's store
    std::string_view key;  // its natural key's cells (ARCHITECTURE.md, "Content root")
};

// All live rows that a frozen rehearsal loaded for its module, by entity and mapping. Reads the
// rehearsal's store; `scope` outlives it. Throws check::CannotCheck where a mapping's entity or a
// must-check predicate does not fit the store.
class Lot {
  public:
    Lot(const check::Scope& scope, const std::vector<std::string>& entities);

    // By entity in the order given, then by mapping; those without rows are left out.
    const std::vector<Stratum>& strata() const { return strata_; }
    // In any order.
    void scan(const std::function<void(const LotRow&)>& row) const;
    // Stratum and key.
    using Keys = std::set<std::pair<std::size_t, std::string>>;
    Keys must_check(const std::vector<project::MustCheck>& conditions) const;

  private:
    void scan_entity(const std::string& entity,
                     const std::string& where,
                     const std::function<void(const LotRow&)>& row) const;

    const check::Scope& scope_;
    std::vector<store::EntityTable> tables_;
    std::vector<std::string> entities_;
    std::map<std::int64_t, std::string> mapping_of_batch_;
    std::vector<Stratum> strata_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_;
};

}  // namespace hrbridge::spot_check
