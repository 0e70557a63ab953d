#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "migration/promotion/last_promotion.h"
#include "migration/promotion/rollback.h"
#include "migration/promotion/undo.h"

namespace hrbridge::promotion {

// What was written since a promotion, and what becomes of it when the promotion is undone.
class Changes {
  public:
    // All outlive it; `tables` are all entities of the store.
    Changes(store::sql::Connection& live,
            const std::vector<store::EntityTable>& tables,
            const Promoted& promoted,
            const Decisions& decisions)
        : live_(live), tables_(tables), promoted_(promoted), decisions_(decisions) {}

    // Rows that the promotion touched and that are not as it left them. False when the entity's sum
    // is gone, by which they are told.
    bool look(const PromotedEntity& entity);
    const std::vector<Conflict>& open() const { return open_; }
    std::int64_t decided() const { return static_cast<std::int64_t>(used_.size()); }
    // Decisions about what look() did not find.
    std::vector<std::pair<std::string, std::int64_t>> needless() const;
    // Rows that the promotion touched and that stay as they are.
    const std::set<std::int64_t>& left(const std::string& entity) { return left_[entity]; }
    // They, and the rows that it did not touch and that came or changed since.
    struct Kept {
        std::int64_t rows = 0;
        std::vector<std::string> keys;  // of the first ones
    };
    Kept kept(const PromotedEntity& entity);

  private:
    void decide(Conflict conflict);
    std::vector<std::string> keys_of(const store::EntityTable& table,
                                     const std::vector<std::int64_t>& ids);

    store::sql::Connection& live_;
    const std::vector<store::EntityTable>& tables_;
    const Promoted& promoted_;
    const Decisions& decisions_;
    std::vector<Conflict> open_;
    std::set<std::pair<std::string, std::int64_t>> used_;
    std::map<std::string, std::set<std::int64_t>> left_;
    std::map<std::string, std::vector<std::string>> kept_;
};

}  // namespace hrbridge::promotion
