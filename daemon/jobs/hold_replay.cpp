#include "daemon/jobs/hold_replay.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "daemon/store/repositories.h"

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kRowsABatch = 2000;
constexpr std::size_t kMostHolds = 100'000;

std::int64_t stored(const store::BatchOutcome& outcome) {
    return outcome.inserted + outcome.updated + outcome.unchanged;
}

}  // namespace

// "org_unit.code=D0404"; the names come from a checked mapping, the value is bound.
bool KeptRows::parent_is_there(const std::string& waits_for) {
    const std::size_t dot = waits_for.find('.');
    const std::size_t equals = waits_for.find('=');
    if (dot == std::string::npos || equals == std::string::npos || dot > equals) {
        return true;
    }
    const std::string entity = waits_for.substr(0, dot);
    const std::string column = waits_for.substr(dot + 1, equals - dot - 1);
    const bool known = std::any_of(
        parts_.mapping.fields.begin(), parts_.mapping.fields.end(), [&](const auto& field) {
            return field.ref && field.ref->entity == entity && field.ref->column == column;
        });
    if (!known) {
        return true;  // the mapping has changed since: mapping the row again tells
    }
    const auto rows =
        parts_.connection.query(fmt::format("SELECT 1 FROM {} WHERE {} = $1", entity, column),
                                {waits_for.substr(equals + 1)});
    return rows->next();
}

std::vector<std::int64_t> KeptRows::ready_holds() {
    store::RejectFilter filter;
    filter.mapping = parts_.mapping.name;
    filter.kind = "hold";
    filter.limit = kMostHolds;
    std::map<std::string, bool> there;
    std::vector<std::int64_t> ids;
    for (const model::RejectedRow& row : store::RejectRepository(parts_.connection).list(filter)) {
        if (row.waits_for) {
            const auto known = there.find(*row.waits_for);
            const bool ready =
                known != there.end() ? known->second : parent_is_there(*row.waits_for);
            there.emplace(*row.waits_for, ready);
            if (!ready) {
                continue;
            }
        }
        ids.push_back(row.id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
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
