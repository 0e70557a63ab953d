#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/store/store.h"

// A store's rows as they are at one moment, in files of a folder: in SQLite the database file, in
// PostgreSQL a file a table (COPY's text form). Writers go on meanwhile.
namespace hrbridge::store {

// A file of a copy. SQLite's has neither table nor columns.
struct CopiedFile {
    std::string file;                  // its name in the folder
    std::string table;                 // whose rows it holds
    std::vector<std::string> columns;  // in the order of its cells
};

struct StoreCopy {
    std::string kind;  // sqlite or postgres
    int schema = 0;    // schema_version()
    std::vector<CopiedFile> files;
    std::map<std::string, std::int64_t> rows;      // by table
    std::map<std::string, std::int64_t> last_ids;  // PostgreSQL: what each table gave last
};

struct CopyWork {
    std::function<void(sql::Connection&)> look;  // shown the store as it was copied; may be empty
    std::function<void(std::int64_t bytes)> progress;  // so much was copied; may be empty
    std::stop_token stop;                              // throws base::Stopped
};

// Copies into `folder`, which is there and empty; files for the owner alone, not synced. In SQLite
// the copy is also held against its own structure. Throws base::StoreError, also for what the
// folder refuses; then files may be left there.
StoreCopy copy_store(const StoreOptions& from, const std::string& folder, const CopyWork& work);

// About how many bytes a copy takes.
std::int64_t copy_size(const StoreOptions& from);

// The tables that migrations up to the store's own version make and that are there, sorted. What
// others keep beside them is none of the store's.
std::vector<std::string> store_tables(sql::Connection& connection);

// Whether any of them holds a row, but the schema's own version.
bool has_rows(sql::Connection& connection);

}  // namespace hrbridge::store
