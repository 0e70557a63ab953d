#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "daemon/store/batch_writer.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// Rows of an entity that in their source came to be about somebody who was erased, by its key,
// which is one text: of whom the store still says that they are, they are no longer. They get a
// gone_at, as by a sweep; those about the erased stay. Gives their number. Within the caller's
// transaction or one of its own; an entity that was promoted has the ledger told, as by this
// mapping.
std::int64_t retire_rows(
    sql::Connection& connection,
    const EntityTable& table,
    const std::set<std::string>& keys,
    base::Timestamp now,
    const std::function<void(sql::Connection&, const SealedContent&)>& seal_content,
    const std::string& mapping);

}  // namespace hrbridge::store
