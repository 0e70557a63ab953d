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

// A promotion as the store lists it.
struct Promoted {
    std::int64_t id = 0;
    std::string module;
    std::int64_t rehearsal_id = 0;
    std::string state;  // promoted, rolled_back
    base::Timestamp at;
    std::int64_t last_batch = 0;
    std::int64_t entry = 0;
    bool forgotten = false;  // what undoes it was removed
    struct Entity {
        std::int64_t place = 0;
        std::string name;
    };
    std::vector<Entity> entities;  // parents first
    std::vector<PromotedMapping> mappings;

    bool rolled_back() const { return state == "rolled_back"; }
    const Entity* find(const std::string& entity) const;
};

// The module's newest one, rolled back or not; nullopt: it was never promoted.
std::optional<Promoted> last_promotion(store::sql::Connection& live, const std::string& module);
// The one that this entry of the ledger tells of.
std::optional<Promoted> promotion_of_entry(store::sql::Connection& live, std::int64_t entry);
// Not rolled back, newest first, of all modules.
std::vector<Promoted> standing_promotions(store::sql::Connection& live);

// A promotion as the ledger tells of it.
struct Told {
    std::int64_t entry = 0;
    std::string module;
    base::Timestamp at;
    ledger::Promotion body;
    bool undone = false;  // a later entry says so
};
// In the order of the ledger. Throws StoreError(Stop) where an entry cannot be read.
std::vector<Told> told_promotions(store::sql::Connection& live);

// Whether the list says exactly this of it, by its digest too.
bool is_listed(store::sql::Connection& live, const Told& told);

}  // namespace hrbridge::promotion
