#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/jobs/sync_run.h"
#include "daemon/store/repositories.h"

// The part of a run that maps kept rows again.
namespace hrbridge::jobs {

// Kept rows bring their own names: the contract's columns, and what else the mapping reads.
std::vector<base::DescribedColumn> SyncRun::replay_columns() const {
    std::vector<base::DescribedColumn> columns;
    for (const engine::ContractColumn& column : mapping_.columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    const auto add = [&](const std::string& name) {
        const bool known = std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
            return base::to_lower_ascii(column.name) == base::to_lower_ascii(name);
        });
        if (!name.empty() && !known) {
            columns.push_back({name, "varchar", 0, 0, true});
        }
    };
    for (const std::string& name : mapping_.key) {
        add(name);
    }
    for (const engine::FieldRule& field : mapping_.fields) {
        add(field.from);
    }
    add(std::string(base::kMalformedColumn));
    return columns;
}

void SyncRun::replay_rows(const std::vector<std::int64_t>& ids, ReplayReport& out) {
    if (parts_.keys == nullptr) {
        throw std::runtime_error("kept rows are sealed and there is no key: configure seal_keys");
    }
    if (!prepare()) {
        return;
    }
    const auto last = store::read_checkpoint(*session_->connection, mapping_.name);
    if (!last) {
        throw std::runtime_error("the mapping has never run: there is nothing to replay");
    }
    out.notes.clear();
    std::vector<std::int64_t> own;
    store::RejectRepository rejects(*session_->connection);
    for (const std::int64_t id : ids) {
        const auto row = rejects.find(id);
        if (row && row->mapping == mapping_.name) {
            own.push_back(id);
        } else {
            out.notes.push_back(fmt::format("reject {} is not one of {}", id, mapping_.name));
        }
    }
    reading_.emplace();
    reading_->start = *last;
    start_record("replay");
    store::Checkpoint checkpoint = *last;
    checkpoint.run_id = report_.run_id;
    const auto columns = replay_columns();
    auto mapper = engine::Mapper::make(mapping_, columns, today());
    if (!mapper) {
        fault(SyncOutcome::FaultsFound, mapper.fault());
        return;
    }
    const auto writer =
        store::make_batch_writer(*session_->connection, plan(columns), parts_.keys, parts_.clock);
    KeptRows kept({*session_->connection, *writer, mapper.value(), mapping_, columns, parts_.keys});
    out.released += kept.replay(own, checkpoint, out.notes);
    out.remaining = out.rows - out.released;
}

}  // namespace hrbridge::jobs
