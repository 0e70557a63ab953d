#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/seal.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::engine {

// Tells the source rows apart that may come to one target key. Where every part of a row's source
// key stands unchanged in its target key, no other source row can have both that target key and an
// unchanged source key: such a row is number 0. Any other has a digest of its source key, which may
// be a personal one: under a key when there are `keys`.
class SourceRows {
  public:
    // A column of the source's key; `padded` where blanks behind the value are the type's.
    struct KeyColumn {
        std::string name;
        std::size_t raw = 0;  // index in the raw block
        bool padded = false;
    };
    SourceRows() = default;
    SourceRows(const Mapping& mapping,
               const std::vector<KeyColumn>& key,
               const base::SealKeys* keys);

    // Of row `row` of `batch`, which came from row `raw_row` of `raw`.
    std::int64_t number_of(const base::RawBlock& raw,
                           std::size_t raw_row,
                           const base::Batch& batch,
                           std::size_t row);

  private:
    struct Part {
        std::size_t raw = 0;
        bool padded = false;
        std::optional<std::size_t> field;  // of the target's key that takes this column
    };

    std::int64_t digest(const base::RawBlock& raw, std::size_t raw_row);

    std::string mapping_;
    std::vector<Part> parts_;
    base::RowHasher hasher_;
    std::optional<base::KeyedDigest> digest_;
};

}  // namespace hrbridge::engine
