#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/store/postgres/login.h"
#include "daemon/store/store_copy.h"

// Rows of whole tables as COPY's text form in files: what PostgreSQL documents as the same in all
// its versions, and psql reads too.
namespace hrbridge::store::postgres {

using OnBytes = std::function<void(std::int64_t bytes)>;  // so many more; what it throws ends it

// Writes tables as a snapshot sees them, over a session of its own. Throws base::StoreError.
class TableCopier {
  public:
    // `snapshot` is of pg_export_snapshot(), whose transaction is still open.
    TableCopier(const StoreOptions& from, const std::string& snapshot);
    // Makes the file in the folder, for the owner alone; gives the number of rows.
    std::int64_t copy_out(const CopiedFile& file,
                          const std::string& folder,
                          const OnBytes& on_bytes);

  private:
    Handle handle_;
};

// Reads such files into tables of `into`, in one transaction that ends with commit(). Throws
// base::StoreError.
class TableLoader {
  public:
    explicit TableLoader(const StoreOptions& into);
    // Gives the number of rows.
    std::int64_t copy_in(const CopiedFile& file,
                         const std::string& folder,
                         const OnBytes& on_bytes);
    // The next id that the table gives is the one behind it.
    void set_last_id(const std::string& table, std::int64_t last);
    void commit();

  private:
    Handle handle_;
};

}  // namespace hrbridge::store::postgres
