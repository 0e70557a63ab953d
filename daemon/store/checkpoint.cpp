#include "daemon/store/checkpoint.h"

#include <string_view>

#include "daemon/store/local_transaction.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kRead =
    "SELECT mapping, mapping_hash, run_id, position, complete, window_from, window_to, "
    "memory, reached, first_run, epoch, keys_changed, own_clock FROM checkpoint WHERE mapping = $1";
constexpr std::string_view kWrite =
    "INSERT INTO checkpoint (mapping, mapping_hash, run_id, position, complete, window_from, "
    "window_to, memory, reached, first_run, epoch, keys_changed, own_clock, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
    "ON CONFLICT (mapping) DO UPDATE SET mapping_hash = excluded.mapping_hash, "
    "run_id = excluded.run_id, position = excluded.position, complete = excluded.complete, "
    "window_from = excluded.window_from, window_to = excluded.window_to, "
    "memory = excluded.memory, reached = excluded.reached, "
    "first_run = excluded.first_run, epoch = excluded.epoch, "
    "keys_changed = excluded.keys_changed, own_clock = excluded.own_clock, "
    "updated_at = excluded.updated_at";

}  // namespace

std::optional<Checkpoint> read_checkpoint(sql::Connection& connection, const std::string& mapping) {
    const auto rows = connection.query(kRead, {mapping});
    if (!rows->next()) {
        return std::nullopt;
    }
    return Checkpoint{rows->text(0),
                      rows->text(1),
                      rows->integer(2),
                      rows->text(3),
                      rows->boolean(4),
                      rows->optional_timestamp(5),
                      rows->optional_timestamp(6),
                      rows->text(7),
                      rows->optional_timestamp(8),
                      rows->integer(9),
                      rows->integer(10),
                      rows->boolean(11),
                      rows->text(12),
                      {}};
}

void write_checkpoint(sql::Connection& connection,
                      const Checkpoint& checkpoint,
                      base::Timestamp now) {
    connection.execute(kWrite,
                       {checkpoint.mapping,
                        checkpoint.mapping_hash,
                        checkpoint.run_id,
                        checkpoint.position,
                        checkpoint.complete,
                        to_value(checkpoint.window_from),
                        to_value(checkpoint.window_to),
                        checkpoint.memory,
                        to_value(checkpoint.reached),
                        checkpoint.first_run,
                        checkpoint.epoch,
                        checkpoint.keys_changed,
                        checkpoint.own_clock,
                        now});
}

}  // namespace hrbridge::store
