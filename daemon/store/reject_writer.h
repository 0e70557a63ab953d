#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "daemon/base/packed_row.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/row_hash.h"
#include "daemon/base/seal.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/key_filter.h"

namespace hrbridge::store {

// Collects what a batch refuses, writes it at the batch's end and closes the rejects of rows that
// have become good. A source row is known again by its key: the keyed digest (SHA-256 without seal
// keys) of mapping and key cells, or of the whole row without a key. Rows of a batch are numbered
// in the order in which they came: of one source row, the last one counts.
class RejectWriter {
  public:
    RejectWriter(sql::Connection& connection, const BatchPlan& plan, const base::SealKeys* keys);

    // A reject made from a raw row for a rule of the store.
    Reject make(const base::RawBlock& raw, std::size_t row) const;
    void refuse(Reject reject, std::int64_t order);
    // A row was taken into the store: its reject is over, open or of this batch but older.
    void note_good(const base::RawBlock& raw, std::size_t row, std::int64_t order);
    // Whether there is any reject that a good row could end.
    bool worth_noting() const { return many_open_ || !open_.empty() || !refused_.empty(); }
    // Takes out the refused rows that a later good row of the batch has overtaken, and gives them.
    std::vector<Reject> drop_overtaken();
    // What the batch refuses, in order.
    const std::vector<Reject>& refused() const { return pending_; }

    // In the batch's transaction, behind drop_overtaken(); their packed rows are gone then.
    void write(base::Timestamp now);
    // Closes the open rejects of rows without a key that these parts of the source held before run
    // `first_run`; gives their number. Behind write(), which renews those that came again.
    std::int64_t close_gone(const std::vector<std::string>& parts,
                            std::int64_t first_run,
                            base::Timestamp now);
    // About what note_good() has put aside for the batch.
    std::size_t noted_bytes() const { return good_.size() * kNotedBytes; }
    // The batch was committed.
    void settle();
    // Forgets the batch and asks the store what is open: at the start and after a rollback.
    void reload();
    // Forgets the batch; when the store cannot be asked.
    void forget();

  private:
    // Where a refused row came in the batch, and whose it is.
    struct Place {
        std::string digest;
        base::Value part;  // reject.part: NULL with a key, the file's name, or ""
        std::int64_t order = 0;
        bool is_new = false;  // surely the first of its digest that this writer or the store has
        bool is_sealed = false;
    };

    bool has_key(const base::RawBlock& raw, std::size_t row) const;
    base::Value part_of(std::string_view place) const;
    // Of the key, so that a later row of it takes the reject's place; of the whole row when a part
    // of the key is missing, so that rows without one do not take each other's. A hash is for
    // refused_, a digest for the store. `cell` gives the bytes of a column.
    template <typename Cell>
    std::uint64_t hash_of(bool keyed, const Cell& cell);
    template <typename Cell>
    std::string digest_of_key(const Cell& cell);
    std::string digest_of_packed(const std::string& packed);
    std::string digest_of_row(const base::RawBlock& raw, std::size_t row);
    std::string digest(std::string_view canonical);
    std::string sealed(Reject& reject, const std::string& digest) const;
    void sort_pending();
    std::size_t count_known();
    void close_good(base::Timestamp now);
    void add_open(const std::string& digest);

    sql::Connection& connection_;
    const BatchPlan& plan_;
    const base::SealKeys* keys_;
    std::optional<base::KeyedDigest> key_digest_;
    std::vector<std::size_t> key_columns_;
    std::optional<std::size_t> place_column_;
    base::RowHasher hasher_;               // of the row under way
    std::vector<base::PackedCell> cells_;  // likewise
    // An open reject is in open_ or in refused_. In open_ are the beginnings of the digests of
    // those that the store had already; it is empty when they are too many to hold (many_open_):
    // then every good row may have one. In refused_ are hashes of those that this writer refused:
    // to compare them takes no digest of each good row, which costs as much as to map it.
    std::unordered_set<std::uint64_t> open_;
    bool many_open_ = false;
    KeyFilter refused_;
    bool had_none_ = false;  // no reject of the mapping, open or closed, when the store was asked
    std::vector<Reject> pending_;
    std::vector<Place> places_;                           // of pending_
    static constexpr std::size_t kNotedBytes = 128;       // of a node with a digest
    std::unordered_map<std::string, std::int64_t> good_;  // digest → order of its last good row
};

}  // namespace hrbridge::store
