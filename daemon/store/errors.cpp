#include "daemon/store/errors.h"

namespace hrbridge::store {

bool is_unique_violation(const base::StoreError& error) {
    return error.code() == "23505" || error.code() == "SQLITE_CONSTRAINT_UNIQUE" ||
           error.code() == "SQLITE_CONSTRAINT_PRIMARYKEY";
}

}  // namespace hrbridge::store
