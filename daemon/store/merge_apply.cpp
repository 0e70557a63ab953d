#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/merge_writer.h"

// The part of a batch's writing that brings the staged rows into their entity.
namespace hrbridge::store {
namespace {

// Whether the entity refused a row because it has its key: PostgreSQL names the index, SQLite its
// columns.
bool is_of_key(const base::StoreError& error, const EntityTable& table) {
    const std::string_view what = error.what();
    if (error.code() == "23505") {
        return what.find("constraint " + table.name + "_key]") != std::string_view::npos;
    }
    std::string columns;
    for (const std::string& column : table.key) {
        columns += fmt::format("{}{}.{}", columns.empty() ? "" : ", ", table.name, column);
    }
    return error.code() == "SQLITE_CONSTRAINT_UNIQUE" && what.ends_with(": " + columns);
}

}  // namespace

void MergeWriter::merge() {
    if (!staging_made_) {
        return;
    }
    const bool watched = plan_.run_id != 0 && watch_.is_on();
    if (!watched && is_behind_all()) {
        outcome_.inserted += insert_new(sql_->insert_all());
        return;
    }
    if (watched) {
        const bool kept = !sql_->keep_history().empty();
        watch_.before(sql_->changing(), kept ? std::optional(now_) : std::nullopt);
    }
    if (!sql_->keep_history().empty()) {
        connection_.execute(sql_->keep_history(), {now_});
    }
    std::int64_t changed = 0;
    if (!plan_.insert_only || any_gone()) {
        changed = write_rows(sql_->update(), sql_->updated_times());
    }
    const std::int64_t added = changed < staged_ ? insert_new(sql_->insert()) : 0;
    if (watched && changed + added > 0) {
        watch_.after(sql_->written(batch_id_));
    }
    if (!sql_->confirm().empty() && changed + added < staged_) {
        connection_.execute(sql_->confirm(), {});
    }
    outcome_.updated += changed;
    outcome_.inserted += added;
    outcome_.unchanged += staged_ - changed - added;
}

// Most batches have none. A row that says no time has the lowest.
bool MergeWriter::is_late(std::int64_t time) const {
    return time < *plan_.late_before && time != std::numeric_limits<std::int64_t>::min();
}

// Which rows were written is told by the statement that writes them: to look for them afterwards by
// their batch, which no index knows, PostgreSQL read the whole entity, for each staged row anew.
std::int64_t MergeWriter::write_rows(const std::string& statement, std::string_view times) {
    const bool may_be_late =
        timed_ && plan_.late_before &&
        std::any_of(origins_.begin(), origins_.end(), [&](const Origin& origin) {
            return is_late(origin.time);
        });
    if (!may_be_late) {
        return connection_.execute(statement, {batch_id_, now_});
    }
    std::int64_t written = 0;
    const auto rows = connection_.query(fmt::format("{}{}", statement, times), {batch_id_, now_});
    for (; rows->next(); ++written) {
        if (is_late(rows->integer(0))) {
            outcome_.late.push_back(rows->integer(0));
        }
    }
    return written;
}

bool MergeWriter::any_gone() {
    const auto rows = connection_.query(sql_->any_gone(), {});
    return rows->next() && !rows->is_null(0);
}

// A reading from the beginning has come to its end: what it did not find no longer stands in the
// way of another source row. In an entity that was empty there is nothing that it did not find, and
// to look for it reads all rows twice.
void MergeWriter::forget_missing(const Checkpoint& checkpoint) {
    if (!checkpoint.complete || checkpoint.window_from || !keys_changed_ || plan_.insert_only ||
        was_empty_) {
        return;
    }
    outcome_.abandoned = connection_.execute(forget_source_rows(plan_, map_.in_way), {});
    connection_.execute(forget_source_rows(plan_, map_.before), {});
}

void MergeWriter::note_key(const std::string& key) {
    const auto row_no = static_cast<std::int64_t>(origins_.size());
    const std::int64_t first = keys_seen_.first_row(base::hash64(key), row_no);
    if (first != row_no) {
        repeated_.insert(repeated_.end(), {first, row_no});
    }
    if (!highest_key_) {
        return;
    }
    if (origins_.size() == 1 || key < lowest_staged_) {
        lowest_staged_ = key;
    }
    if (key > highest_staged_) {
        highest_staged_ = key;
    }
}

// Rows that come in the order of their keys, as of a snapshot, are all new to a first load: they
// need not be looked up in the entity three times. Keys are compared as texts, which are equal when
// they are so in the store.
bool MergeWriter::is_behind_all() const {
    return highest_key_ && (highest_key_->empty() || lowest_staged_ > *highest_key_);
}

// Another run may store a key between the look at the entity and the insert: the batch then finds
// it there when it is tried again.
std::int64_t MergeWriter::insert_new(const std::string& statement) {
    try {
        return write_rows(statement, " RETURNING source_time");
    } catch (const base::StoreError& error) {
        if (!is_of_key(error, plan_.table)) {
            throw;
        }
        throw base::StoreError(error.code(),
                               base::Remedy::Retry,
                               fmt::format("another run stored a row of {} with the same key at "
                                           "the same time",
                                           plan_.table.name));
    }
}

}  // namespace hrbridge::store
