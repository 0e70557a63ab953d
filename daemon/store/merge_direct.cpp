#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/store/loader_columns.h"
#include "daemon/store/merge_writer.h"

// The part of a batch's writing that makes a first load fast.
namespace hrbridge::store {
namespace {

// A small first load is not worth making indexes anew.
constexpr std::int64_t kRowsBeforePuttingOff = 10'000;

}  // namespace

bool MergeWriter::entity_is_empty() {
    const auto rows =
        connection_.query(fmt::format("SELECT 1 FROM {} LIMIT 1", plan_.table.name), {});
    return !rows->next();
}

// Whoever does not go on with a first load makes first again what it put off.
bool MergeWriter::goes_directly() {
    put_off_ = plan_.may_put_off && first_load_.is_under_way();
    was_empty_ = plan_.may_put_off && !put_off_ && entity_is_empty() && !watch_.is_on();
    is_first_ = put_off_ || was_empty_;
    if (!is_first_ && plan_.run_id != 0) {
        first_load_.make_again(plan_.foreign_keys);
    }
    const bool directly =
        is_first_ && plan_.may_load_directly && plan_.rules.empty() && plan_.unstored.empty();
    if (was_empty_ && !directly) {
        highest_key_ = "";
    }
    return directly;
}

// Before rows are written, so that a load which begins large pays for none.
void MergeWriter::count_first_rows(std::size_t rows) {
    first_rows_ += static_cast<std::int64_t>(rows);
    if (is_first_ && !put_off_ && first_rows_ > kRowsBeforePuttingOff) {
        first_load_.put_off(now_);
        put_off_ = true;
    }
}

bool MergeWriter::insert_directly(const StagedBlock& block) {
    const std::size_t rows = block.rows();
    std::vector<const base::Column*> columns = block.columns;
    const base::Column hashes = hash_column(block.batch->hashes);
    const base::Column batch_ids = constant_column("batch_id", base::Kind::Int, batch_id_, rows);
    const base::Column known =
        constant_column("known_from", base::Kind::Timestamp, now_.time_since_epoch().count(), rows);
    columns.insert(columns.end(), {&hashes, &batch_ids, &known});
    const base::Column sources = word_column("source_row", block.batch->sources);
    const base::Column times = word_column("source_time", block.batch->times);
    const base::Column mapping =
        constant_column("source_map", base::Kind::Int, map_.found, timed_ ? rows : 0);
    if (timed_) {
        columns.insert(columns.end(), {&sources, &times, &mapping});
    }
    if (!put_off_) {
        return insert_behind_savepoint(columns);
    }
    connection_.bulk_insert(plan_.table.name, columns);
    return true;
}

bool MergeWriter::insert_behind_savepoint(std::span<const base::Column* const> columns) {
    connection_.execute("SAVEPOINT block", {});
    bool taken = true;
    try {
        connection_.bulk_insert(plan_.table.name, columns);
        connection_.execute("RELEASE SAVEPOINT block", {});
    } catch (const base::StoreError& error) {
        if (error.remedy() != base::Remedy::Row) {
            throw;
        }
        connection_.execute("ROLLBACK TO SAVEPOINT block", {});
        connection_.execute("RELEASE SAVEPOINT block", {});
        direct_ = false;
        taken = false;
    }
    return taken;
}

}  // namespace hrbridge::store
