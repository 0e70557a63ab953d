#pragma once

#include <memory>

#include "daemon/store/store_restore.h"

namespace hrbridge::store::sqlite {

Present what_is_there(const StoreOptions& target);
std::unique_ptr<RestoredStore> begin_restore(const StoreOptions& target);

}  // namespace hrbridge::store::sqlite
