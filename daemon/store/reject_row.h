#pragma once

#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/seal.h"

namespace hrbridge::store {

// "reject.packed_row/<mapping>/<digest hex>"
std::string packed_row_place(std::string_view mapping, std::string_view key_digest);

// How a packed row is kept: sealed at that place, or behind the marker "unsealed:" when there are
// no keys. No copy of it is made when it is moved in with the room that base::pack_row() leaves.
std::string seal_packed_row(std::string packed,
                            std::string_view mapping,
                            std::string_view key_digest,
                            const base::SealKeys* keys);
base::Result<std::string> open_packed_row(std::string_view stored,
                                          std::string_view mapping,
                                          std::string_view key_digest,
                                          const base::SealKeys* keys);

}  // namespace hrbridge::store
