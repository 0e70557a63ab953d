#include "daemon/store/sweep_repository.h"

#include <string_view>

#include "daemon/base/error.h"
#include "daemon/store/local_transaction.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kOpen =
    "SELECT id, mapping, kind, mapping_hash, run_id, started_at, before_batch, partitions, "
    "position, blocks, spooled_bytes, rows_read, rows_unkeyed FROM sweep WHERE mapping = $1 AND "
    "kind = $2 AND "
    "mapping_hash = $3 AND outcome = 'running' ORDER BY id DESC LIMIT 1";
constexpr std::string_view kEndOthers =
    "UPDATE sweep SET outcome = 'failed', finished_at = $3 WHERE mapping = $1 AND kind = $2 AND "
    "outcome = 'running'";
constexpr std::string_view kStart =
    "INSERT INTO sweep (mapping, kind, mapping_hash, run_id, outcome, started_at, before_batch, "
    "partitions, position, blocks, spooled_bytes, rows_read, rows_unkeyed, rows_changed, "
    "rows_added, rows_missing, rows_pending, rows_gone) VALUES ($1, $2, $3, $4, 'running', $5, $6, "
    "$7, '', 0, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING id";
constexpr std::string_view kNote =
    "UPDATE sweep SET run_id = $2, position = $3, blocks = $4, spooled_bytes = $5, rows_read = $6, "
    "rows_unkeyed = $7 WHERE id = $1";
constexpr std::string_view kFinish =
    "UPDATE sweep SET outcome = $2, finished_at = $3, rows_read = $4, rows_changed = $5, "
    "rows_added = $6, rows_missing = $7, rows_pending = $8, rows_gone = $9 WHERE id = $1 AND "
    "outcome = "
    "'running'";
constexpr std::string_view kFinished =
    "SELECT rows_changed, rows_added, rows_missing, rows_pending, rows_gone FROM sweep WHERE "
    "run_id = $1 AND outcome = 'done'";
constexpr std::string_view kNewest =
    "SELECT mapping, kind, outcome, started_at, finished_at, rows_read, rows_changed, rows_added, "
    "rows_missing, rows_pending, rows_gone FROM sweep WHERE id IN (SELECT max(id) FROM sweep GROUP "
    "BY mapping, kind) ORDER BY mapping, kind";

}  // namespace

std::optional<SweepState> SweepRepository::open(const std::string& mapping,
                                                const std::string& kind,
                                                const std::string& mapping_hash) {
    const auto rows = connection_.query(kOpen, {mapping, kind, mapping_hash});
    if (!rows->next()) {
        return std::nullopt;
    }
    return SweepState{rows->integer(0),
                      rows->text(1),
                      rows->text(2),
                      rows->text(3),
                      rows->integer(4),
                      rows->timestamp(5),
                      rows->integer(6),
                      rows->integer(7),
                      rows->text(8),
                      rows->integer(9),
                      rows->integer(10),
                      rows->integer(11),
                      rows->integer(12)};
}

void SweepRepository::start(SweepState& state) {
    LocalTransaction transaction(connection_);
    connection_.execute(kEndOthers, {state.mapping, state.kind, state.started_at});
    {
        const auto rows = connection_.query(kStart,
                                            {state.mapping,
                                             state.kind,
                                             state.mapping_hash,
                                             state.run_id,
                                             state.started_at,
                                             state.before_batch,
                                             state.partitions});
        rows->next();
        state.id = rows->integer(0);
    }
    transaction.commit();
}

std::int64_t SweepRepository::newest_batch() {
    const auto rows = connection_.query("SELECT max(id) FROM batch", {});
    return rows->next() ? rows->optional_integer(0).value_or(0) : 0;
}

void SweepRepository::note(const SweepState& state) {
    connection_.execute(kNote,
                        {state.id,
                         state.run_id,
                         state.position,
                         state.blocks,
                         state.spooled_bytes,
                         state.rows_read,
                         state.rows_unkeyed});
}

void SweepRepository::finish(std::int64_t id,
                             const std::string& outcome,
                             const SweepFound& found,
                             std::int64_t rows_read,
                             base::Timestamp at) {
    const std::int64_t ended = connection_.execute(kFinish,
                                                   {id,
                                                    outcome,
                                                    at,
                                                    rows_read,
                                                    found.changed,
                                                    found.added,
                                                    found.missing,
                                                    found.pending,
                                                    found.gone});
    if (ended != 1) {
        throw base::StoreError("sweep",
                               base::Remedy::Stop,
                               "the sweep has ended already; what it found stands in the store");
    }
}

std::optional<SweepFound> SweepRepository::finished(std::int64_t run_id) {
    const auto rows = connection_.query(kFinished, {run_id});
    if (!rows->next()) {
        return std::nullopt;
    }
    return SweepFound{
        rows->integer(0), rows->integer(1), rows->integer(2), rows->integer(3), rows->integer(4)};
}

std::vector<FinishedSweep> SweepRepository::newest() {
    std::vector<FinishedSweep> sweeps;
    const auto rows = connection_.query(kNewest, {});
    while (rows->next()) {
        sweeps.push_back({rows->text(0),
                          rows->text(1),
                          rows->text(2),
                          rows->timestamp(3),
                          rows->optional_timestamp(4),
                          rows->integer(5),
                          {rows->integer(6),
                           rows->integer(7),
                           rows->integer(8),
                           rows->integer(9),
                           rows->integer(10)}});
    }
    return sweeps;
}

}  // namespace hrbridge::store
