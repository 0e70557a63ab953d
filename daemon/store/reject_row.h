#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/seal.h"

namespace hrbridge::store {

// "reject.packed_row/<mapping>/<digest hex>"
std::string packed_row_place(std::string_view mapping, std::string_view key_digest);

// How reject.packed_row is kept: sealed at that place, or
// behind the marker "unsealed:" when there are no keys.
std::string seal_packed_row(std::string_view packed,
                            std::string_view mapping,
                            std::string_view key_digest,
                            const base::SealKeys* keys);
base::Result<std::string> open_packed_row(std::string_view stored,
                                          std::string_view mapping,
                                          std::string_view key_digest,
                                          const base::SealKeys* keys);

}  // namespace hrbridge::store
