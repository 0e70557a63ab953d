#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/sql.h"
#include "migration/ledger/note.h"
#include "migration/promotion/plan.h"
#include "migration/promotion/promotion.h"

namespace hrbridge::promotion {

// Brings the rows of a rehearsal's store into the live one, set by set, in the caller's
// transaction. Which row is which is told by natural keys, references by their parents'.
class Merge {
  public:
    // `side` is the prefix of the rehearsal's tables.
    Merge(store::sql::Connection& live, std::string side, const ModulePlan& plan)
        : live_(live), side_(std::move(side)), plan_(plan) {}

    // Only temporary tables: which rows are the same, and what would become of the others. Gives
    // what stands in the way, such as rows whose parent the live store does not have.
    std::vector<ledger::Note> compare();
    const std::vector<EntityCount>& counts() const { return counts_; }
    // Ids for new rows and all acts. Before write().
    void settle_acts();
    // Which batch of the live store stands for each batch of the rehearsal's.
    void name_batches();
    void write(const EntityPlan& entity, base::Timestamp now);
    // Rows of the entity by batch and act, as [batch, act, rows].
    struct Written {
        std::int64_t batch = 0;
        Act act = Act::Inserted;
        std::int64_t rows = 0;
    };
    std::vector<Written> written(const EntityPlan& entity);

  private:
    void make_map(const EntityPlan& entity);
    void make_acts(const EntityPlan& entity);
    void count(const EntityPlan& entity);
    void look_for_orphans(const EntityPlan& entity, std::vector<ledger::Note>& found);
    void look_for_gone_parents(const EntityPlan& entity,
                               const std::string& column,
                               std::vector<ledger::Note>& found);
    void insert(const EntityPlan& entity, base::Timestamp now);
    void update(const EntityPlan& entity, base::Timestamp now);
    void confirm(const EntityPlan& entity);
    void deactivate(const EntityPlan& entity, base::Timestamp now);
    void keep_history(const EntityPlan& entity, base::Timestamp now);
    void make_table(const std::string& name, const std::string& columns);
    void analyze(const std::string& table);
    std::int64_t number(const std::string& sql);
    bool is_postgres() const { return live_.dialect() == store::sql::Dialect::Postgres; }

    store::sql::Connection& live_;
    std::string side_;
    const ModulePlan& plan_;
    std::vector<EntityCount> counts_;
};

}  // namespace hrbridge::promotion
