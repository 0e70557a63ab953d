#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "daemon/people/kept_rows.h"

namespace hrbridge::people {

using RowCounts = std::map<std::string, std::int64_t>;  // by table

struct Forgotten {
    RowCounts deleted;
    std::int64_t named = 0;     // refused rows of others from which a number was taken
    std::int64_t unopened = 0;  // refused rows that no key opens
    std::int64_t unknown = 0;   // refused rows of mappings that are not there
};

// Deletes what is kept of them as it came: refused rows, what terminals and WeCom sent. A refused
// row of somebody else that names them loses their number. Looks first and writes then, a few rows
// a transaction; what is cut off is done by the next call. `dry_run` only counts. Throws
// StoreError.
Forgotten forget_received(const LookFor& look, bool dry_run = false);

}  // namespace hrbridge::people
