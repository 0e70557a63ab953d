#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/row_hash.h"
#include "daemon/store/batch_identity.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/content_watch.h"
#include "daemon/store/first_load.h"
#include "daemon/store/merge_sql.h"
#include "daemon/store/reject_staging.h"
#include "daemon/store/reject_writer.h"
#include "daemon/store/seen_keys.h"
#include "daemon/store/staged_block.h"
#include "daemon/store/unchanged_rows.h"

namespace hrbridge::store {

// The batch writer for both stores. A first load into an empty entity without logic rules goes
// straight into the entity's table: at first block by block behind savepoints, and the first block
// that the table refuses (a repeated key) and all after it take the way of every other load:
// staging, rules, merge. When a first load turns out to be large, FirstLoad puts indexes and
// foreign keys off, and where it goes directly, all rows of a batch go in one stream: a batch that
// is refused then is DirectLoadRefused.
class MergeWriter final : public BatchWriter {
  public:
    MergeWriter(sql::Connection& connection,
                BatchPlan plan,
                const base::SealKeys* keys,
                const base::Clock& clock);

    void append(const base::Batch& batch, std::shared_ptr<const base::RawBlock> raw) override;
    void reject(Reject reject) override;
    void count_read(std::int64_t rows) override;
    std::size_t kept_bytes() const override { return kept_bytes_ + rejects_.noted_bytes(); }
    void retire(RetiredKeys keys) override;
    BatchOutcome commit(const Checkpoint& checkpoint) override;
    BatchOutcome preview(std::vector<RecordChange>& changes, std::size_t limit) override;
    void abandon() noexcept override;

  private:
    // Raw rows of a block: all of them, or those with these numbers. `before` rows of the batch
    // came before the block.
    struct KeptBlock {
        std::shared_ptr<const base::RawBlock> rows;
        std::int64_t before = 0;
        std::vector<std::uint32_t> numbers;  // empty: all

        std::int64_t order(std::uint32_t row) const {
            return before + (numbers.empty() ? row : numbers[row]);
        }
    };
    // A staged row and where it came from; `raw` counts in raws_ from 1, 0: not kept or taken out;
    // `row` counts in that block.
    struct Origin {
        std::size_t raw = 0;
        std::uint32_t row = 0;
        base::RowHash hash;
        std::int64_t time = 0;    // base::Batch::times
        std::int64_t source = 0;  // base::Batch::sources

        // Whether the rows of one key are in the order in which the last of them is to stay.
        bool is_before(const Origin& later_read) const {
            return time < later_read.time ||
                   (time == later_read.time && source <= later_read.source);
        }
    };

    // Whatever fails, the batch is rolled back before the caller learns of it.
    template <typename Work>
    auto guarded(Work&& work) {
        try {
            return work();
        } catch (const base::StoreError& error) {
            const bool refused =
                put_off_ && direct_.value_or(false) && error.remedy() == base::Remedy::Row;
            abandon();
            if (is_known_reject(error)) {
                throw base::StoreError(error.code(), base::Remedy::Retry, error.what());
            }
            if (refused) {
                throw DirectLoadRefused(error);
            }
            throw;
        } catch (...) {
            abandon();
            throw;
        }
    }
    static void mix(base::RowHash& into, const base::RowHash& hash);

    void open_batch();
    void require_same_rules();
    void take(const base::Batch& batch, const std::shared_ptr<const base::RawBlock>& raw);
    void refuse_orphans(const StagedBlock& block,
                        const base::Batch& batch,
                        const std::shared_ptr<const base::RawBlock>& raw);
    void pass_by_staging(const base::Batch& batch,
                         std::size_t row,
                         const std::shared_ptr<const base::RawBlock>& raw);
    void drop_unchanged(StagedBlock& block, const std::shared_ptr<const base::RawBlock>& raw);
    void keep_repeated(const StagedBlock& block, std::vector<std::uint8_t>& keep) const;
    bool goes_directly();
    void count_first_rows(std::size_t rows);
    bool insert_directly(const StagedBlock& block);
    bool insert_behind_savepoint(std::span<const base::Column* const> columns);
    void insert_staged(const StagedBlock& block);
    void remember(const StagedBlock& block, const std::shared_ptr<const base::RawBlock>& raw);
    const KeptBlock& keep_raw(const base::Batch& batch,
                              const std::shared_ptr<const base::RawBlock>& raw);
    void judge_rows();
    void drop_outdated();
    std::vector<std::int64_t> repeated_rows();
    std::vector<std::int64_t> rows_older_than_stored();
    void count_outdated(const std::vector<std::int64_t>& row_numbers);
    void apply_rules(bool of_rows);
    void apply_rule(const StagedRule& rule);
    void remove_staged(const std::vector<std::int64_t>& row_numbers);
    void forget_origins(const std::vector<std::int64_t>& row_numbers);
    void merge();
    bool any_gone();
    bool is_late(std::int64_t time) const;
    std::int64_t write_rows(const std::string& statement, std::string_view times);
    std::int64_t insert_new(const std::string& statement);
    bool is_behind_all() const;
    void note_key(const std::string& key);
    bool is_kept() const { return outcome_.read == 0 && plan_.run_id != 0; }
    void refuse(Reject reject, std::int64_t order);
    void note_good_rows();
    void settle_rejects();
    std::string write_batch_row(const Checkpoint& checkpoint);
    void add_to_run();
    void check_lease();
    void forget_missing(const Checkpoint& checkpoint);
    void expect_last_batch();
    void settle_disk(const Checkpoint& checkpoint);
    void reset();
    bool keeps_raw() const;
    bool entity_is_empty();
    bool entity_has_source_rows();
    void preview_changes(std::vector<RecordChange>& changes, std::size_t limit);

    sql::Connection& connection_;
    BatchPlan plan_;
    const base::SealKeys* keys_;
    const base::Clock& clock_;
    SourceMap map_;
    bool keys_changed_ = false;  // Checkpoint::keys_changed, with what was seen since
    BlockStager stager_;
    RejectWriter rejects_;
    std::optional<MergeSql> sql_;
    std::optional<UnchangedRows> unchanged_;
    FirstLoad first_load_;
    ContentWatch watch_;
    std::optional<bool> direct_;   // decided at the first block
    bool is_first_ = false;        // the entity was empty, or its first load is under way
    std::int64_t first_rows_ = 0;  // of this writer
    bool put_off_ = false;
    bool was_empty_ = false;  // the entity, when this writer began: all of its mapping is its own
    // The highest of the keys that this writer has brought into an entity that was empty, all by
    // staging; "" at its first batch. Absent: the store may have others.
    std::optional<std::string> highest_key_;
    bool open_ = false;
    bool staging_made_ = false;
    std::int64_t batch_id_ = 0;
    std::int64_t batch_number_ = 0;
    std::string last_batch_;  // identity of the last one that this writer committed
    std::int64_t next_row_ = 1;
    std::int64_t staged_ = 0;
    std::string lower_position_;
    base::Timestamp now_;
    BatchOutcome outcome_;
    RetiredKeys retired_;
    base::RowHash content_;
    std::vector<Origin> origins_;  // of staged rows, by row_no - 1
    std::vector<KeptBlock> raws_;
    std::size_t kept_bytes_ = 0;       // of raws_, and of rows that references refused
    std::int64_t rows_before_ = 0;     // the block under way
    std::int64_t rows_announced_ = 0;  // it included
    std::string lowest_staged_;        // key of the batch
    std::string highest_staged_;
    SeenKeys keys_seen_;                  // of staged rows, by row_no
    std::vector<std::int64_t> repeated_;  // row_no of rows that seem to share a key
    bool timed_ = false;                  // the rows say when they changed
    bool any_source_ = false;             // a staged row's source row is not 0
};

}  // namespace hrbridge::store
