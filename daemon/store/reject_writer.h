#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// Writes what a run refuses and closes the rejects of rows that have become good. A source row is
// known again by its key: the SHA-256 of mapping and key cells, or of the whole row without a key.
class RejectWriter {
  public:
    RejectWriter(sql::Connection& connection, const BatchPlan& plan, const base::SealKeys* keys);

    // In the batch's transaction.
    void write(const Reject& reject, base::Timestamp now);
    // A row of a raw block was taken into the store: its open reject, if any, is over.
    void note_good(const base::RawBlock& raw, std::size_t row);
    // Whether any reject of the mapping is open, so that good rows are worth noting.
    bool any_open() const { return !open_.empty(); }
    void close_good(base::Timestamp now);
    // Reads the open rejects of the mapping anew: at the start and after a rollback.
    void reload();
    void forget_good() { good_.clear(); }

    // A reject made from a raw row for a rule of the store.
    Reject make(const base::RawBlock& raw, std::size_t row) const;

  private:
    std::string digest_of_row(const base::RawBlock& raw, std::size_t row) const;
    std::string digest_of_packed(const std::string& packed) const;
    std::string key_shown(const base::RawBlock& raw, std::size_t row) const;

    sql::Connection& connection_;
    const BatchPlan& plan_;
    const base::SealKeys* keys_;
    std::vector<std::size_t> key_columns_;
    std::unordered_map<std::string, std::int64_t> open_;  // key digest → reject id
    std::vector<std::string> good_;                       // digests that became good in this batch
};

}  // namespace hrbridge::store
