#pragma once

#include <cstdint>
#include <functional>

#include "daemon/store/batch_writer.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/sql.h"

namespace hrbridge::people {

// Rows by id: first <= id < end.
struct IdRange {
    std::int64_t first = 0;
    std::int64_t end = 0;
};

// Deletes the entity's rows in the range that are of days before its term, but for those about
// people on hold. Gives their number. In the caller's transaction; an entity that was promoted has
// the ledger told, see store::BatchPlan::seal_content.
std::int64_t delete_old_facts(
    store::sql::Connection& connection,
    const store::EntityTable& table,
    const IdRange& range,
    const std::function<void(store::sql::Connection&, const store::SealedContent&)>& seal_content);

// Deletes the rules' figures of months before this day, but for those of people on hold.
std::int64_t delete_old_figures(store::sql::Connection& connection, base::Date before);

}  // namespace hrbridge::people
