#include "daemon/store/merge_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/store/checkpoint.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/loader_columns.h"
#include "daemon/store/repositories.h"
#include "daemon/store/retired_rows.h"
#include "daemon/store/seal_check.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kStartBatch =
    "INSERT INTO batch (run_id, identity, position, rows_read, rows_inserted, rows_updated, "
    "rows_unchanged, rows_rejected, "
    "rows_held, content_hash, committed_at) VALUES ($1, $2, '', 0, 0, 0, 0, 0, 0, $3, $4) "
    "RETURNING id";
constexpr std::string_view kFinishBatch =
    "UPDATE batch SET identity = $2, position = $3, rows_read = $4, rows_inserted = $5, "
    "rows_updated = $6, rows_unchanged = $7, "
    "rows_rejected = $8, rows_held = $9, content_hash = $10 WHERE id = $1";
constexpr std::string_view kAddToRun =
    "UPDATE run SET rows_read = rows_read + $2, rows_inserted = rows_inserted + $3, rows_updated = "
    "rows_updated + $4, "
    "rows_unchanged = rows_unchanged + $5, rows_rejected = rows_rejected + $6, rows_held = "
    "rows_held + $7, "
    "batches = batches + 1 WHERE id = $1";
constexpr std::string_view kNextNumber = "SELECT count(*) FROM batch WHERE run_id = $1";

std::int64_t total(const std::map<std::string, std::int64_t>& by_rule) {
    std::int64_t sum = 0;
    for (const auto& [rule, count] : by_rule) {
        sum += count;
    }
    return sum;
}

// A block is thinned when it has more than so many rows for each that is staged.
constexpr std::size_t kWorthThinning = 2;

// The rows of the raw block of a batch, as far as the batch tells.
std::int64_t raw_rows(const base::Batch& batch) {
    return batch.source_rows.empty() ? 0 : std::int64_t{batch.source_rows.back()} + 1;
}

}  // namespace

MergeWriter::MergeWriter(sql::Connection& connection,
                         BatchPlan plan,
                         const base::SealKeys* keys,
                         const base::Clock& clock)
    : connection_(connection),
      plan_(std::move(plan)),
      keys_(keys),
      clock_(clock),
      map_(source_map(plan_, keys)),
      stager_(connection, plan_, keys),
      rejects_(connection, plan_, keys),
      first_load_(connection, plan_.table.name, plan_.mapping),
      watch_(connection, plan_) {
    if (keys != nullptr && plan_.run_id != 0) {
        use_seal_key(connection, *keys, clock.now());
    }
    {
        const auto rows = connection_.query(kNextNumber, {plan_.run_id});
        batch_number_ = rows->next() ? rows->integer(0) : 0;
    }
    // What this writer goes on from, not what the store says when a batch begins: of two writers
    // that went on from one place, the second must be recognised.
    const auto checkpoint = read_checkpoint(connection_, plan_.mapping);
    lower_position_ = checkpoint ? checkpoint->position : "";
    keys_changed_ = checkpoint && checkpoint->keys_changed;
}

bool MergeWriter::keeps_raw() const {
    return !plan_.rules.empty() || rejects_.worth_noting();
}

void MergeWriter::open_batch() {
    if (open_) {
        return;
    }
    now_ = clock_.now();
    stager_.begin_batch();
    if (plan_.run_id == 0) {
        // A preview belongs to no run and writes temporary tables only: without SQLite's write
        // lock.
        connection_.begin_reading();
        open_ = true;
        return;
    }
    connection_.begin();
    open_ = true;
    require_same_rules();
    if (connection_.dialect() == sql::Dialect::Postgres) {
        // A batch is small beside its entity, of whose keys it needs few and those are in memory:
        // by its default PostgreSQL takes them for so far apart on a disk that it rather reads the
        // whole index for each batch.
        connection_.run_script("SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '16MB'");
    }
    // The real identity is written at the end, with the window's bound; until then the row only
    // lends its number to the rows of the batch.
    const std::string provisional =
        fmt::format("run {} batch {} under way", plan_.run_id, batch_number_);
    const auto rows = connection_.query(
        kStartBatch,
        {plan_.run_id, base::Bytes{provisional}, base::Bytes{std::string(content_.view())}, now_});
    rows->next();
    batch_id_ = rows->integer(0);
    outcome_.batch_id = batch_id_;
}

// Before anything is written: an erasure that has the rows of somebody waits for nobody who waits
// for it.
void MergeWriter::require_same_rules() {
    if (plan_.erased_epoch && !nobody_erased_since(connection_, *plan_.erased_epoch)) {
        throw base::StoreError(
            "erasure",
            base::Remedy::Retry,
            "somebody was erased since these rows were read; they are read again");
    }
    if (plan_.term_epoch && !has_term_of(connection_, plan_.table.name, *plan_.term_epoch)) {
        throw base::StoreError(
            "fact_term",
            base::Remedy::Retry,
            "the term of facts was moved since these rows were read; they are read again");
    }
}

void MergeWriter::append(const base::Batch& batch, std::shared_ptr<const base::RawBlock> raw) {
    guarded([&] {
        open_batch();
        take(batch, raw);
        rows_announced_ = std::max(rows_announced_, rows_before_ + raw_rows(batch));
        rows_before_ = rows_announced_;
    });
}

void MergeWriter::count_read(std::int64_t rows) {
    outcome_.read += rows;
    rows_before_ = rows_announced_;
    rows_announced_ += rows;
}

void MergeWriter::take(const base::Batch& batch, const std::shared_ptr<const base::RawBlock>& raw) {
    StagedBlock block = stager_.stage(batch, false);
    refuse_orphans(block, batch, raw);
    if (block.rows() == 0) {
        return;
    }
    timed_ = !block.batch->times.empty();
    keys_changed_ = keys_changed_ || std::any_of(block.batch->sources.begin(),
                                                 block.batch->sources.end(),
                                                 [](std::int64_t source) { return source != 0; });
    if (!direct_) {
        direct_ = goes_directly();
    }
    drop_unchanged(block, raw);
    if (block.rows() == 0) {
        return;
    }
    stager_.finish(block);
    count_first_rows(block.rows());
    if (!*direct_ || !insert_directly(block)) {
        insert_staged(block);
        remember(block, raw);
        return;
    }
    outcome_.inserted += static_cast<std::int64_t>(block.rows());
    for (std::size_t row = 0; row < block.rows(); ++row) {
        pass_by_staging(*block.batch, row, raw);
    }
}

void MergeWriter::insert_staged(const StagedBlock& block) {
    if (!sql_) {
        sql_.emplace(plan_,
                     block.columns,
                     connection_.dialect(),
                     timed_ ? std::optional(map_) : std::nullopt);
    }
    if (!staging_made_) {
        connection_.run_script(sql_->create());
        staging_made_ = true;
    }
    base::Column numbers("row_no", base::FieldType{base::Kind::Int});
    for (std::size_t row = 0; row < block.rows(); ++row) {
        numbers.append_word(next_row_++);
    }
    const base::Column hashes = hash_column(block.batch->hashes);
    std::vector<const base::Column*> columns{&numbers};
    columns.insert(columns.end(), block.columns.begin(), block.columns.end());
    columns.push_back(&hashes);
    const base::Column sources = word_column("source_row", block.batch->sources);
    const base::Column times = word_column("source_time", block.batch->times);
    if (timed_) {
        columns.insert(columns.end(), {&sources, &times});
    }
    connection_.bulk_insert(sql_->staging(), columns);
    staged_ += static_cast<std::int64_t>(block.rows());
}

void MergeWriter::remember(const StagedBlock& block,
                           const std::shared_ptr<const base::RawBlock>& raw) {
    const bool keep = keeps_raw() && raw != nullptr;
    const bool thinned = keep && !keep_raw(*block.batch, raw).numbers.empty();
    for (std::size_t row = 0; row < block.rows(); ++row) {
        const base::RowHash& hash = block.batch->hashes[row];
        const std::int64_t source = timed_ ? block.batch->sources[row] : 0;
        origins_.push_back(
            {keep ? raws_.size() : 0,
             thinned ? static_cast<std::uint32_t>(row) : block.batch->source_rows[row],
             hash,
             timed_ ? block.batch->times[row] : 0,
             source});
        any_source_ = any_source_ || source != 0;
        mix(content_, hash);
        note_key(block.keys[row]);
    }
}

// Of a snapshot few rows are staged: all its others would fill the batch's room.
const MergeWriter::KeptBlock& MergeWriter::keep_raw(
    const base::Batch& batch, const std::shared_ptr<const base::RawBlock>& raw) {
    KeptBlock& kept = raws_.emplace_back(KeptBlock{raw, rows_before_, {}});
    if (batch.rows() * kWorthThinning < raw->rows) {
        kept.numbers = batch.source_rows;
        kept.rows = std::make_shared<const base::RawBlock>(base::rows_of(*raw, kept.numbers));
    }
    kept_bytes_ += kept.rows->byte_size();
    return kept;
}

std::string MergeWriter::write_batch_row(const Checkpoint& checkpoint) {
    std::string identity = batch_identity(
        {plan_.mapping_hash, plan_.run_id, batch_number_, lower_position_, checkpoint.window_to});
    if (batch_committed(connection_, identity)) {
        throw base::StoreError(
            "batch",
            base::Remedy::Stop,
            "this batch is in the store already; another process runs the same mapping");
    }
    connection_.execute(kFinishBatch,
                        {batch_id_,
                         base::Bytes{identity},
                         checkpoint.position,
                         outcome_.read,
                         outcome_.inserted,
                         outcome_.updated,
                         outcome_.unchanged,
                         total(outcome_.rejected),
                         total(outcome_.held),
                         base::Bytes{std::string(content_.view())}});
    return identity;
}

void MergeWriter::add_to_run() {
    // Kept rows were counted by the run when they were refused first.
    const bool from_source = outcome_.read > 0;
    connection_.execute(kAddToRun,
                        {plan_.run_id,
                         outcome_.read,
                         outcome_.inserted,
                         outcome_.updated,
                         outcome_.unchanged,
                         from_source ? total(outcome_.rejected) : 0,
                         from_source ? total(outcome_.held) : 0});
}

void MergeWriter::check_lease() {
    if (!plan_.lease.empty() &&
        !LeaseRepository(connection_).holds(plan_.lease, plan_.fencing_token)) {
        throw base::StoreError(
            "lease",
            base::Remedy::Stop,
            "another process has taken over " + plan_.lease + "; this batch was not stored");
    }
}

void MergeWriter::retire(RetiredKeys keys) {
    retired_ = std::move(keys);
}

BatchOutcome MergeWriter::commit(const Checkpoint& checkpoint) {
    return guarded([&] {
        open_batch();
        expect_last_batch();
        judge_rows();
        merge();
        settle_rejects();
        rejects_.write(now_);
        if (checkpoint.complete) {
            outcome_.corrected =
                rejects_.close_gone(checkpoint.parts_read, checkpoint.first_run, now_);
        }
        forget_missing(checkpoint);
        if (checkpoint.complete) {
            first_load_.make_again(plan_.foreign_keys);
            put_off_ = false;
        }
        const std::string identity = write_batch_row(checkpoint);
        add_to_run();
        Checkpoint seen = checkpoint;
        seen.keys_changed = keys_changed_;
        write_checkpoint(connection_, seen, now_);
        check_lease();
        watch_.seal(identity);
        if (!retired_.empty()) {
            outcome_.retired = retire_rows(connection_, plan_, retired_, now_);
        }
        settle_disk(checkpoint);
        try {
            connection_.commit();
        } catch (const base::StoreError& error) {
            throw CommitUnknown(error, identity);
        }
        open_ = false;
        last_batch_ = identity;
        ++batch_number_;
        lower_position_ = checkpoint.position;
        if (highest_key_ && highest_staged_ > *highest_key_) {
            highest_key_ = highest_staged_;
        }
        rejects_.settle();
        BatchOutcome done = outcome_;
        reset();
        return done;
    });
}

void MergeWriter::reset() {
    outcome_ = {};
    retired_.clear();
    content_ = {};
    origins_.clear();
    raws_.clear();
    kept_bytes_ = 0;
    rows_before_ = 0;
    rows_announced_ = 0;
    lowest_staged_.clear();
    highest_staged_.clear();
    keys_seen_.clear();
    repeated_.clear();
    any_source_ = false;
    staging_made_ = false;
    next_row_ = 1;
    staged_ = 0;
    watch_.forget();
}

void MergeWriter::abandon() noexcept {
    if (open_) {
        connection_.rollback();
        open_ = false;
    }
    direct_.reset();  // what was put off may have been so in this batch
    put_off_ = false;
    was_empty_ = false;
    highest_key_.reset();
    stager_.forget_references();
    reset();
    try {
        rejects_.reload();
    } catch (const std::exception&) {
        rejects_.forget();  // the connection is gone; a new writer reads them again
    }
}

std::unique_ptr<BatchWriter> make_batch_writer(sql::Connection& connection,
                                               BatchPlan plan,
                                               const base::SealKeys* keys,
                                               const base::Clock& clock) {
    return std::make_unique<MergeWriter>(connection, std::move(plan), keys, clock);
}

}  // namespace hrbridge::store
