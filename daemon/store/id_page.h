#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "daemon/base/value.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// What the long values of a page take together, but for one that is longer alone.
inline constexpr std::int64_t kPageBytes = 1 << 20;

// A page of rows with long values ends where they take kPageBytes together: with one value of many
// MiB each, a number of rows is no bound for memory. Of the ids, in their order, and lengths in
// bytes that the SELECT gives, the last id of the page; one at the least. nullopt: it gives none.
std::optional<std::int64_t> page_end(sql::Connection& connection,
                                     std::string_view ids_and_lengths,
                                     std::span<const base::Value> values);

}  // namespace hrbridge::store
