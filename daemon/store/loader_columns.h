#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/base/batch.h"

// The loader's own columns beside a batch's.
namespace hrbridge::store {

base::Column hash_column(const std::vector<base::RowHash>& hashes);
base::Column word_column(const char* name, const std::vector<std::int64_t>& words);
// The same word in each of so many rows.
base::Column constant_column(const char* name,
                             base::Kind kind,
                             std::int64_t word,
                             std::size_t rows);

}  // namespace hrbridge::store
