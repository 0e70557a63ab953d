#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/merge_writer.h"

// The part of a batch's writing that brings the staged rows into their entity.
namespace hrbridge::store {

void MergeWriter::merge() {
    if (!staging_made_) {
        return;
    }
    if (!sql_->keep_history().empty()) {
        connection_.execute(sql_->keep_history(), {now_});
    }
    std::int64_t changed = 0;
    if (!plan_.insert_only || any_gone()) {
        changed = connection_.execute(sql_->update(), {batch_id_, now_});
    }
    const std::int64_t added = insert_new();
    if (!sql_->confirm().empty() && changed + added < staged_) {
        connection_.execute(sql_->confirm(), {});
    }
    outcome_.updated += changed;
    outcome_.inserted += added;
    outcome_.unchanged += staged_ - changed - added;
}

bool MergeWriter::any_gone() {
    const auto rows = connection_.query(sql_->any_gone(), {});
    return rows->next() && !rows->is_null(0);
}

// A reading from the beginning has come to its end: what it did not find no longer stands in the
// way of another source row.
void MergeWriter::forget_missing(const Checkpoint& checkpoint) {
    if (!checkpoint.complete || checkpoint.window_from || !keys_changed_ || plan_.insert_only) {
        return;
    }
    outcome_.abandoned = connection_.execute(forget_source_rows(plan_, map_.in_way), {});
    connection_.execute(forget_source_rows(plan_, map_.before), {});
}

// Another run may store a key between the look at the entity and the insert (PostgreSQL): the batch
// then finds it there when it is tried again.
std::int64_t MergeWriter::insert_new() {
    try {
        return connection_.execute(sql_->insert(), {batch_id_, now_});
    } catch (const base::StoreError& error) {
        const std::string_view what = error.what();
        if (error.code() != "23505" ||
            what.find("constraint " + plan_.table.name + "_key]") == std::string_view::npos) {
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
