#include "daemon/store/store_restore.h"

#include "daemon/store/postgres/schema_restore.h"
#include "daemon/store/sqlite/file_restore.h"

namespace hrbridge::store {

Present what_is_there(const StoreOptions& target) {
    return target.kind == "postgres" ? postgres::what_is_there(target)
                                     : sqlite::what_is_there(target);
}

std::unique_ptr<RestoredStore> begin_restore(const StoreOptions& target) {
    return target.kind == "postgres" ? postgres::begin_restore(target)
                                     : sqlite::begin_restore(target);
}

}  // namespace hrbridge::store
