#include "daemon/jobs/hold_replay.h"

#include <memory>

#include <fmt/format.h>

#include "daemon/base/packed_row.h"
#include "daemon/store/id_page.h"
#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kRowsABatch = 2000;

// A row that a newer one of its key has overtaken waits no longer either.
std::int64_t settled(const store::BatchOutcome& outcome) {
    return outcome.inserted + outcome.updated + outcome.unchanged + outcome.duplicates;
}

}  // namespace

void KeptRows::release(const store::Checkpoint& checkpoint, KeptRowsResult& result) {
    std::vector<store::RejectRepository::Parent> parents;
    for (const engine::FieldRule& field : parts_.mapping.fields) {
        if (field.ref) {
            parents.push_back({field.ref->entity, field.ref->column});
        }
    }
    store::RejectRepository rejects(parts_.connection);
    map_pages(
        [&](std::int64_t after) {
            return rejects.ready_holds(parts_.mapping.name, parents, after, kRowsABatch);
        },
        checkpoint,
        result);
}

void KeptRows::replay(const store::Checkpoint& checkpoint, KeptRowsResult& result) {
    store::RejectRepository rejects(parts_.connection);
    map_pages(
        [&](std::int64_t after) {
            return rejects.open_ids(parts_.mapping.name, after, kRowsABatch);
        },
        checkpoint,
        result);
}

void note_unopened(const KeptRowsResult& result, std::vector<std::string>& notes) {
    if (result.unopened > 0) {
        notes.push_back(
            fmt::format("{} kept rows cannot be opened and stay as they are; the first is {}",
                        result.unopened,
                        result.first_unopened));
    }
}

// Page by page behind the last id: a row that stays refused is not looked at twice.
void KeptRows::map_pages(const Page& page,
                         const store::Checkpoint& checkpoint,
                         KeptRowsResult& result) {
    std::int64_t last = 0;
    for (auto ids = page(last); !ids.empty(); ids = page(last)) {
        last = ids.back();
        for (std::span<const std::int64_t> left = ids; !left.empty();) {
            if (!may_go_on_()) {
                return;
            }
            left = left.subspan(map_some(left, checkpoint, result));
        }
    }
}

std::size_t KeptRows::map_some(std::span<const std::int64_t> ids,
                               const store::Checkpoint& checkpoint,
                               KeptRowsResult& result) {
    auto block = std::make_shared<base::RawBlock>();
    std::vector<std::int64_t> unpacked;
    store::RejectRepository rejects(parts_.connection);
    // Otherwise PostgreSQL would begin and end a transaction for each row.
    parts_.connection.begin_reading();
    std::size_t taken = 0;
    while (taken < ids.size() && block->byte_size() < static_cast<std::size_t>(store::kPageBytes)) {
        const std::int64_t id = ids[taken++];
        const auto found = rejects.open_row(id, *parts_.keys);
        if (!found) {
            continue;  // somebody was done with it since the page was read
        }
        const auto& kept = *found;
        if (kept && base::unpack_row(kept->packed, parts_.columns, *block)) {
            block->kept_as.push_back(kept->digest);
            unpacked.push_back(id);
            continue;
        }
        if (result.unopened++ == 0) {
            result.first_unopened = fmt::format(
                "reject {}: {}", id, kept ? "its kept row cannot be read" : kept.fault().what);
        }
    }
    parts_.connection.commit();
    result.rows += static_cast<std::int64_t>(taken);
    leave_out_barred(unpacked, block);
    if (block->rows == 0) {
        return taken;
    }
    engine::MapOutcome mapped;
    parts_.mapper.map(*block, mapped);
    for (const engine::RowFault& fault : mapped.rejects) {
        parts_.writer.reject(rejects_.make(fault, *block));
    }
    if (mapped.batch.rows() > 0) {
        parts_.writer.append(mapped.batch, block);
    }
    const store::BatchOutcome outcome = parts_.writer.commit(checkpoint);
    result.stored += settled(outcome);
    if (parts_.committed) {
        parts_.committed(outcome);
    }
    return taken;
}

// An erasure could not open them, or did not know their mapping; or they have become too old.
void KeptRows::leave_out_barred(const std::vector<std::int64_t>& ids,
                                std::shared_ptr<base::RawBlock>& block) {
    if (parts_.barred == nullptr || block->rows == 0) {
        return;
    }
    parts_.barred->judge(*block);
    if (!parts_.barred->found_any()) {
        return;
    }
    store::RejectRepository rejects(parts_.connection);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        if (parts_.barred->is_barred(row)) {
            rejects.remove(ids[row]);
        }
    }
    block = std::make_shared<base::RawBlock>(parts_.barred->without(*block));
}

}  // namespace hrbridge::jobs
