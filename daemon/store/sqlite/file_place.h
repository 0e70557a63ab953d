#pragma once

#include <sqlite3.h>

namespace hrbridge::store::sqlite {

// Whether the path still leads to the file that this connection has open: after a restore it is
// another one, and what is written to the old one is lost.
inline bool is_at_its_path(sqlite3* handle) {
    int moved = 0;
    return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved == 0;
}

}  // namespace hrbridge::store::sqlite
