#include "daemon/jobs/hold_replay.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kRowsABatch = 2000;

std::int64_t stored(const store::BatchOutcome& outcome) {
    return outcome.inserted + outcome.updated + outcome.unchanged;
}

}  // namespace

// Page by page behind the last id: a hold that stays one is not looked at twice.
std::int64_t KeptRows::release(const store::Checkpoint& checkpoint,
                               std::vector<std::string>& notes,
                               const std::function<void()>& before_batch) {
    std::vector<store::RejectRepository::Parent> parents;
    for (const engine::FieldRule& field : parts_.mapping.fields) {
        if (field.ref) {
            parents.push_back({field.ref->entity, field.ref->column});
        }
    }
    store::RejectRepository rejects(parts_.connection);
    std::int64_t released = 0;
    std::int64_t last = 0;
    while (true) {
        const auto ids = rejects.ready_holds(parts_.mapping.name, parents, last, kRowsABatch);
        if (ids.empty()) {
            return released;
        }
        last = ids.back();
        before_batch();
        released += replay_some(ids, checkpoint, notes);
    }
}

std::int64_t KeptRows::replay(const std::vector<std::int64_t>& ids,
                              const store::Checkpoint& checkpoint,
                              std::vector<std::string>& notes) {
    std::int64_t done = 0;
    for (std::size_t begin = 0; begin < ids.size(); begin += kRowsABatch) {
        const std::size_t end = std::min(begin + kRowsABatch, ids.size());
        done += replay_some({ids.begin() + static_cast<std::ptrdiff_t>(begin),
                             ids.begin() + static_cast<std::ptrdiff_t>(end)},
                            checkpoint,
                            notes);
    }
    return done;
}

std::int64_t KeptRows::replay_some(const std::vector<std::int64_t>& ids,
                                   const store::Checkpoint& checkpoint,
                                   std::vector<std::string>& notes) {
    auto block = std::make_shared<base::RawBlock>();
    store::RejectRepository rejects(parts_.connection);
    for (const std::int64_t id : ids) {
        const auto packed = rejects.packed_row(id, *parts_.keys);
        if (!packed) {
            notes.push_back(fmt::format("reject {}: {}", id, packed.fault().what));
        } else if (!base::unpack_row(*packed, parts_.columns, *block)) {
            notes.push_back(fmt::format("reject {}: its kept row cannot be read", id));
        }
    }
    if (block->rows == 0) {
        return 0;
    }
    engine::MapOutcome mapped;
    parts_.mapper.map(*block, mapped);
    for (const engine::RowFault& fault : mapped.rejects) {
        parts_.writer.reject(rejects_.make(fault, *block));
    }
    if (mapped.batch.rows() > 0) {
        parts_.writer.append(mapped.batch, block);
    }
    return stored(parts_.writer.commit(checkpoint));
}

}  // namespace hrbridge::jobs
