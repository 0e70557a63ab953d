#pragma once

#include <string>
#include <string_view>

namespace hrbridge::jobs {

// Who holds a lease: machine (its id, "@", its host name), boot, process namespace, process and its
// start, and a random part for each holding, so that two runs in one process exclude each other
// too.
std::string new_holder();

// Whether the holder's process certainly no longer exists: it ran on this machine in an earlier
// boot, or in this boot and process namespace and its process is gone. So a daemon that was killed
// goes on at once instead of waiting for its own lease to expire.
bool is_gone(std::string_view holder);

}  // namespace hrbridge::jobs
