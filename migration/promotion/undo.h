#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"
#include "migration/promotion/last_promotion.h"

namespace hrbridge::promotion {

// One entity of a promotion that is to be undone.
struct PromotedEntity {
    std::int64_t place = 0;
    store::EntityTable table;

    std::string rows() const { return "rollback_row_" + table.name; }
    std::string left() const { return "rollback_left_" + table.name; }  // by Changes
    std::string before() const { return table.name + "_before"; }
};

// Undoes what a promotion did to rows, set by set, in the caller's transaction.
class Undo {
  public:
    // All outlive it; `tables` are all entities of the store, `promoted_at` is the ledger's.
    Undo(store::sql::Connection& live,
         const std::vector<store::EntityTable>& tables,
         const Promoted& promoted,
         base::Timestamp promoted_at)
        : live_(live), tables_(tables), promoted_(promoted), promoted_at_(promoted_at) {}

    // Only a temporary table: the rows to undo, all that the promotion touched but those in
    // entity.left().
    void choose(const PromotedEntity& entity);
    std::int64_t restore(const PromotedEntity& entity);
    // What becomes of rows that the promotion brought, once all entities are restored and those
    // that refer to this one have been through remove(): they go, unless something refers to them.
    struct Removed {
        std::int64_t deleted = 0;
        std::int64_t stays = 0;
        std::int64_t gone = 0;
    };
    Removed remove(const PromotedEntity& entity, std::int64_t batch, base::Timestamp now);
    // Indexes that remove() looks references up by, and without which each deleted row would read
    // whole tables. Gone at the end of the transaction by forget_indexes().
    void make_indexes(const std::vector<PromotedEntity>& entities);
    void forget_indexes();
    // Checkpoint, rejects and sweeps of a mapping as they were, but for what people did to rejects
    // since.
    void restore_state(const std::string& mapping, std::int64_t run, base::Timestamp now);

  private:
    // A column that names rows of an entity, by a foreign key or in superseded versions, which have
    // none.
    struct Reference {
        std::string table;
        std::string column;
        bool has_gone = false;  // the table is an entity, whose rows may be gone
    };
    std::vector<Reference> references_to(const std::string& entity);
    void spare(const PromotedEntity& entity, const Reference& reference, bool live);
    std::int64_t count(const PromotedEntity& entity, int fate);
    void forget_history(const PromotedEntity& entity);
    // Some of an entity's rows to undo, by their ids: `rows` is the right side of a condition with
    // `above` as $1 and `last` as $2.
    struct Page {
        std::string rows;
        std::int64_t above = 0;
        std::int64_t last = 0;
    };
    void in_pages(const PromotedEntity& entity,
                  const std::string& which,
                  std::int64_t size,
                  const std::function<void(const Page&)>& work);
    std::int64_t remove_going(const PromotedEntity& entity,
                              const std::vector<Reference>& references);
    void restore_rejects(const std::vector<std::string>& columns,
                         const std::string& mapping,
                         bool with_ids);

    store::sql::Connection& live_;
    const std::vector<store::EntityTable>& tables_;
    const Promoted& promoted_;
    base::Timestamp promoted_at_;
    std::vector<std::string> indexes_;
};

}  // namespace hrbridge::promotion
