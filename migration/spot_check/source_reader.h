#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/base/value.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::spot_check {

// How rows of source and target find each other: the natural key's values as text. No two keys have
// the same one.
std::string match_key(std::span<const base::Value> parts);

// A row of the source as it is now.
struct FreshRow {
    struct Cell {
        std::string column;
        std::optional<std::string> text;  // decoded, nothing trimmed or mapped; nullopt: NULL
    };
    std::vector<Cell> cells;  // all columns in the source's order
    std::int64_t rows = 1;    // that come to this key; the one that was changed last is shown
    // When the source says that the row was changed last, by its own clock; nullopt where the
    // mapping names no such column or the row says none.
    std::optional<base::Timestamp> changed_at;
};

// Reads the sources fresh. Whoever draws brings it.
class SourceReader {
  public:
    virtual ~SourceReader() = default;
    // Those rows of the mapping's source that come to one of the keys (match_key() of target.key),
    // by key. A fault says why the source could not be read. Throws base::Stopped.
    virtual base::Result<std::map<std::string, FreshRow>> read(const engine::Mapping& mapping,
                                                               const std::set<std::string>& keys,
                                                               const std::stop_token& stop) = 0;
};

}  // namespace hrbridge::spot_check
