#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "connectors/odbc/layout.h"
#include "connectors/odbc/position.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/row_hash.h"

namespace hrbridge::odbc {

// Follows a reading: knows where it stands after each block, and leaves out the rows that were read
// before it was taken up again.
class Progress {
  public:
    // `key` are indexes of `layout`'s columns; empty: rows are counted. `after` is where to go on.
    // `digest` seals the hashes of ties and outlives this; nullptr: they stay plain.
    Progress(const Layout& layout,
             std::vector<std::size_t> key,
             Position after,
             base::KeyedDigest* digest);

    const Position& position() const { return position_; }
    // The statement was run anew at position(): its ties will come again.
    void expect_ties();
    // Drops rows that were read before; may leave none.
    void leave_out(base::RawBlock& block);
    // Moves behind the block's last row. False when more rows share one key than a position can
    // hold.
    bool advance(const base::RawBlock& block);

  private:
    void leave_out_ties(base::RawBlock& block);
    void leave_out_counted(base::RawBlock& block);
    bool same_key(const base::RawBlock& block, std::size_t row) const;
    std::vector<KeyValue> key_of(const base::RawBlock& block, std::size_t row) const;
    base::RowHash hash_of(const base::RawBlock& block, std::size_t row);

    const Layout* layout_;
    std::vector<std::size_t> key_;
    Position position_;
    std::vector<base::RowHash> expected_;  // ties still to come, sorted
    std::size_t patience_ = 0;             // rows of other keys to look at before giving up on them
    std::uint64_t to_skip_ = 0;            // rows, without a key
    base::RowHasher hasher_;
    base::KeyedDigest* digest_;
};

// Keeps the rows whose `keep` is not 0, in their order.
void keep_rows(base::RawBlock& block, const std::vector<char>& keep);

}  // namespace hrbridge::odbc
