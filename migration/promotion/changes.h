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
    // The first kConflictsNamed of them, and how many there are.
    const std::vector<Conflict>& open() const { return open_; }
    std::int64_t open_rows() const { return open_rows_; }
    std::int64_t decided() const { return static_cast<std::int64_t>(used_.size()); }
    // Decisions about what look() did not find.
    std::vector<std::pair<std::string, std::int64_t>> needless() const;
    // Rows that the promotion touched and that stay as they are, which look() put into
    // entity.left(), and those that it did not touch and that came or changed since.
    struct Kept {
        std::int64_t rows = 0;
        std::vector<std::string> keys;  // of the first ones
    };
    Kept kept(const PromotedEntity& entity);

  private:
    struct Changed {
        std::int64_t row = 0;
        std::int64_t batch = 0;
    };
    // What becomes of rows that the promotion did this to.
    void decide(const PromotedEntity& entity, Act act, const std::vector<Changed>& changed);
    bool stays(const std::string& entity, Act act, std::int64_t row, bool& decided);

    store::sql::Connection& live_;
    const std::vector<store::EntityTable>& tables_;
    const Promoted& promoted_;
    const Decisions& decisions_;
    std::vector<Conflict> open_;
    std::int64_t open_rows_ = 0;
    std::set<std::pair<std::string, std::int64_t>> used_;
    std::map<std::string, Kept> kept_;  // of entity.left()
};

}  // namespace hrbridge::promotion
