#pragma once

#include <string>
#include <string_view>

#include "daemon/base/error.h"

struct sqlite3;

namespace hrbridge::store::sqlite {

// What an extended result code means to the caller. The text names tables and columns, never a
// value. `doing` says what was tried.
base::StoreError make_error(int extended_code, sqlite3* handle, std::string_view doing);

}  // namespace hrbridge::store::sqlite
