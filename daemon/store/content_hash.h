#pragma once

#include <string>

#include "daemon/store/sql.h"

namespace hrbridge::store {

// SHA-256 (hex) over the row hashes of an entity in byte order: equal for equal content, whatever
// the store, the order of loading and the surrogate ids.
std::string entity_content_hash(sql::Connection& connection, const std::string& table);

}  // namespace hrbridge::store
