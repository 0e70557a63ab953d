#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "daemon/base/row_hash.h"

namespace hrbridge::store {

// What a sweep keeps of a row of the source or of the store. It goes into the spool file as it lies
// in memory: the file is read by the same machine only.
struct SweepRow {
    enum Flag : std::uint32_t {
        kUnmapped = 1,   // source: the mapper refuses it; `hash` is of its bytes
        kGone = 2,       // store: not live
        kNew = 4,        // store: written since the sweep began
        kRefused = 8,    // store: no row, but an open reject or hold with this key
        kUnhashed = 16,  // store: `hash` is of the row's values and not the one kept beside them
    };
    base::RowHash key;        // of the target's key
    base::RowHash hash;       // row hash; zero in a sweep of keys
    std::int64_t number = 0;  // source: base::Batch::times; store: id, of a reject too
    std::uint32_t block = 0;  // source: the block that it came in
    std::uint32_t flags = 0;

    bool is(Flag flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(SweepRow) == 48 && std::is_trivially_copyable_v<SweepRow>);

// One side of a sweep on disk: rows in partitions by the first bits of their key's hash, so that
// both sides can be joined partition by partition in bounded memory, and the positions of the
// source's blocks. One file that only its owner may read. One thread at a time. Throws
// base::SystemError.
class SweepSpool {
  public:
    // A new file; one of the same name is replaced. `id` is the sweep's, `partitions` a power of
    // two.
    static SweepSpool create(const std::string& path, std::int64_t id, std::uint32_t partitions);
    // The file as it was when settle() gave `bytes`; nullopt when there is no such file of this
    // sweep, or it is shorter or damaged.
    static std::optional<SweepSpool> reopen(const std::string& path,
                                            std::int64_t id,
                                            std::uint32_t partitions,
                                            std::int64_t bytes);
    SweepSpool(SweepSpool&&) noexcept;
    SweepSpool& operator=(SweepSpool&&) noexcept;
    ~SweepSpool();

    void add(const SweepRow& row) {
        const std::uint32_t partition = partition_of(row.key);
        SweepRow* const begin = &rows_[std::size_t{partition} * buffered_];
        begin[counts_[partition]] = row;
        if (++counts_[partition] == buffered_) {
            flush(partition);
        }
    }
    // Of the next block; blocks are numbered from 0.
    void add_position(std::string_view position);
    // Brings everything to the disk; gives the file's size for reopen().
    std::int64_t settle();
    // As settle(), but not to the disk; frees the buffers. Nothing can be added any more.
    void finish();

    std::uint32_t partitions() const { return partitions_; }
    // The partition's rows [pass of `passes`]: those whose key's hash falls into this pass, in no
    // order. Replaces `out`. After settle() or finish().
    void read(std::uint32_t partition,
              std::uint32_t pass,
              std::uint32_t passes,
              std::vector<SweepRow>& out) const;
    std::size_t rows(std::uint32_t partition) const { return totals_[partition]; }
    // By block. After settle() or finish().
    std::vector<std::string> positions() const;
    std::uint32_t blocks() const { return blocks_; }

    static void remove(const std::string& path) noexcept;

  private:
    // A piece of the file behind its head, which says where the one before it of its kind is: only
    // the newest of each is in memory, however many rows there are.
    struct Extent {
        std::int64_t offset;  // 0: none
        std::uint32_t bytes;
        std::uint32_t check;
    };
    struct ExtentHead;
    struct File;

    SweepSpool(std::unique_ptr<File> file, std::uint32_t partitions);
    std::uint32_t partition_of(const base::RowHash& key) const {
        const std::uint32_t head = (std::uint32_t{key.bytes[0]} << 8U) | key.bytes[1];
        return head >> shift_;
    }
    static std::uint32_t check_of(ExtentHead head, std::string_view payload);
    void flush(std::uint32_t partition);
    void flush_all();
    void append(std::uint32_t kind, std::string_view payload);
    bool index(std::int64_t bytes);
    // Reads an extent's payload; gives the one before it of its kind.
    Extent load(const Extent& extent, std::uint32_t kind, std::string& payload) const;

    std::unique_ptr<File> file_;
    std::uint32_t partitions_;
    std::uint32_t shift_;
    std::uint16_t buffered_;  // rows of a partition in memory
    std::uint32_t blocks_ = 0;
    std::vector<SweepRow> rows_;
    std::vector<std::uint16_t> counts_;
    std::vector<std::size_t> totals_;
    std::vector<Extent> newest_;  // by partition; the last one are positions
    std::string positions_;       // not yet in the file
};

// As many partitions as keep each of about `rows` rows small enough to be joined in memory.
std::uint32_t sweep_partitions(std::int64_t rows);

}  // namespace hrbridge::store
