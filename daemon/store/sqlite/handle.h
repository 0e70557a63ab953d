#pragma once

#include <memory>
#include <string>

struct sqlite3;

namespace hrbridge::store::sqlite {

struct Closer {
    void operator()(sqlite3* handle) const;
};
using Handle = std::unique_ptr<sqlite3, Closer>;

// Opens the store's file, or creates an empty one, set as every connection of a store is. Throws
// base::StoreError; also when the file belongs to another user or has tables and is no store.
Handle open_file(const std::string& path);

}  // namespace hrbridge::store::sqlite
