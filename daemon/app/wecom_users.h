#pragma once

#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/store.h"

namespace hrbridge::app {

// The WeCom userids of all who worked here at `from` or later, sorted: who leaves is read until his
// last day is behind the window.
std::vector<std::string> wecom_users(store::Store& store, base::Timestamp from);

}  // namespace hrbridge::app
