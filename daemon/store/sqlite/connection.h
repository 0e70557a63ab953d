#pragma once

#include <memory>
#include <string>

#include "daemon/store/sql.h"

namespace hrbridge::store::sqlite {

// Opens or creates (mode 0600) the database file. Refuses a file that another user owns: SQLite's
// side files would be created under the wrong owner. Throws StoreError.
std::unique_ptr<sql::Connection> connect(const std::string& path);

}  // namespace hrbridge::store::sqlite
