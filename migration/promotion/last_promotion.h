#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "migration/ledger/bodies.h"

namespace hrbridge::promotion {

struct PromotedMapping {
    std::string mapping;
    std::string entity;
    std::int64_t run = 0;
    std::int64_t batch = 0;
};

// A promotion as the store lists it, with what the ledger says of it.
struct Promoted {
    std::int64_t id = 0;
    std::string module;
    std::int64_t rehearsal_id = 0;
    bool rolled_back = false;
    base::Timestamp at;
    std::int64_t last_batch = 0;
    std::int64_t entry = 0;
    bool forgotten = false;             // what undoes it was removed
    std::vector<std::string> entities;  // parents first
    std::vector<PromotedMapping> mappings;
};

// The module's newest one, rolled back or not; nullopt: it was never promoted.
std::optional<Promoted> last_promotion(store::sql::Connection& live, const std::string& module);
// The one that this entry of the ledger tells of.
std::optional<Promoted> promotion_of_entry(store::sql::Connection& live, std::int64_t entry);
// Not rolled back, newest first, of all modules.
std::vector<Promoted> standing_promotions(store::sql::Connection& live);

// What the ledger's entry says; nullopt when there is none that is a promotion of this module.
std::optional<ledger::Promotion> told(store::sql::Connection& live, const Promoted& promotion);

}  // namespace hrbridge::promotion
