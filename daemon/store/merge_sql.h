#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::store {

// What stands in entity.source_map for a version of a mapping under one digest key: only what one
// version says of source rows and times can be compared. A reading from the beginning finds the
// source rows of the store again, or not.
struct SourceMap {
    std::int64_t found = 0;   // by the reading under way, or by the last
    std::int64_t before = 0;  // not yet found by the reading under way
    std::int64_t in_way = 0;  // the same, and another source row of its key gave way to it
};
// `keys` made the source rows' digests; nullptr: they are plain.
SourceMap source_map(const BatchPlan& plan, const base::SealKeys* keys);
// Entity rows with this source_map are of no source row any more.
std::string forget_source_rows(const BatchPlan& plan, std::int64_t map);

// The statements that bring a staged batch into its entity, written for one plan. $1 is the batch's
// id, $2 the time at which the rows became known.
class MergeSql {
  public:
    // `staged` are the columns of the staged table beside row_no and row_hash, as types say;
    // `timed` when it also has source_row and source_time, of which this is the version.
    MergeSql(const BatchPlan& plan,
             const std::vector<const base::Column*>& staged,
             sql::Dialect dialect,
             const std::optional<SourceMap>& timed);

    // The staged table's name, which tells its columns: the connection keeps the table.
    const std::string& staging() const { return staging_; }
    // Makes the staged table where it is not there yet; it is empty then at a batch's beginning.
    const std::string& create() const { return create_; }
    // The rows whose key comes again: their row_no and that of their key's last row, by which they
    // are sorted. Of those with these numbers; empty: of all.
    std::string repeated(const std::vector<std::int64_t>& row_numbers = {}) const;
    // Gives NULL when the entity has no row whose source row is not 0.
    const std::string& any_source() const { return any_source_; }
    // Entity rows that were written by a staged source row and whose key is no longer its key: they
    // keep their values until any row has that key.
    const std::string& release() const { return release_; }
    // The row_no of rows to whose key another source row has brought something newer, and 1 when
    // that one was not found by the reading under way. Of a kept row that was read before, also of
    // those that the same source row has brought.
    const std::string& outdated(bool kept) const { return kept ? outdated_kept_ : outdated_; }
    // Superseded versions into the history; empty when the plan keeps none.
    const std::string& keep_history() const { return keep_history_; }
    // Entity rows that were not found by the reading under way and are in the way of such rows.
    const std::string& mark() const { return mark_; }
    // Gives NULL when no row of the entity is gone from its source.
    const std::string& any_gone() const { return any_gone_; }
    // Rows that are back in their source and, unless the plan only inserts, changed ones.
    const std::string& update() const { return update_; }
    // Behind update(): makes it give the times of the rows that it wrote.
    std::string_view updated_times() const { return updated_times_; }
    const std::string& insert() const { return insert_; }
    // The same where none of the staged keys is in the entity.
    const std::string& insert_all() const { return insert_all_; }
    // Source row and time of unchanged rows.
    const std::string& confirm() const { return confirm_; }
    // For a preview: row_no, 1 when the row is new, 1 when it is back in its source, then the
    // staged values and the stored ones. Without changed rows when the plan only inserts.
    const std::string& compare() const { return compare_; }
    const std::vector<std::string>& stored() const { return stored_; }
    // Behind "SELECT … ", with the entity as t: the rows that update() is about to change, and
    // those that a batch has written.
    const std::string& changing() const { return changing_; }
    std::string written(std::int64_t batch) const;

  private:
    void write_timed(const BatchPlan& plan, const std::string& same, const SourceMap& map);

    std::string staging_;
    std::string create_;
    std::string key_;
    std::string any_source_;
    std::string release_;
    std::string outdated_;
    std::string outdated_kept_;
    std::string mark_;
    std::string keep_history_;
    std::string any_gone_;
    std::string update_;
    std::string_view updated_times_;
    std::string insert_;
    std::string insert_all_;
    std::string confirm_;
    std::string compare_;
    std::string staged_of_entity_;
    std::string changing_;
    std::vector<std::string> stored_;  // columns that go into the entity
};

}  // namespace hrbridge::store
