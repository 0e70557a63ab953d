#include "daemon/store/errors.h"

namespace hrbridge::store {

bool is_unique_violation(const base::StoreError& error) {
    return error.code() == "23505" || error.code() == "SQLITE_CONSTRAINT_UNIQUE" ||
           error.code() == "SQLITE_CONSTRAINT_PRIMARYKEY";
}

bool is_write_conflict(const base::StoreError& error) {
    return error.code() == "40001" || error.code() == "40P01";
}

}  // namespace hrbridge::store
