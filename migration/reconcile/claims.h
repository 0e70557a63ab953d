#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/store/sql.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::reconcile {

// Which mapping wrote a row, by the row's batch: several may fill one entity. A row of a batch that
// none of them wrote is held against the first of them, so that no row is left out.
class Claims {
  public:
    Claims(store::sql::Connection& side,
           const std::vector<const engine::Mapping*>& mappings,
           const engine::Mapping& mapping);

    bool is_ours(std::int64_t batch) const;
    bool shared() const { return shared_; }  // other mappings fill the entity too

  private:
    bool shared_ = false;
    bool first_ = true;
    std::string name_;
    std::unordered_map<std::int64_t, std::string> mapping_of_;  // of this entity's mappings
};

}  // namespace hrbridge::reconcile
