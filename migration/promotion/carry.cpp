#include "migration/promotion/carry.h"

#include <fmt/format.h>

#include "daemon/store/batch_identity.h"
#include "daemon/store/checkpoint.h"
#include "daemon/store/column_list.h"
#include "daemon/store/repositories.h"
#include "migration/promotion/record.h"

namespace hrbridge::promotion {
namespace {

constexpr std::string_view kCheckpoint =
    "SELECT mapping_hash, position, complete, window_from, window_to, memory, reached, epoch, "
    "keys_changed, own_clock FROM {}checkpoint WHERE mapping = $1";
constexpr std::string_view kReadingBegan =
    "SELECT started_at FROM {}run WHERE mapping = $1 ORDER BY id LIMIT 1";
constexpr std::string_view kRowsRead =
    "SELECT CAST(coalesce(sum(rows_read), 0) AS bigint) FROM {}run WHERE mapping = $1";
constexpr std::string_view kStartBatch =
    "INSERT INTO batch (run_id, identity, position, rows_read, rows_inserted, rows_updated, "
    "rows_unchanged, rows_rejected, rows_held, content_hash, committed_at) VALUES ($1, $2, '', 0, "
    "0, 0, 0, 0, 0, $3, $4) RETURNING id";
constexpr std::string_view kFinishBatch =
    "UPDATE batch SET rows_inserted = $2, rows_updated = $3, rows_unchanged = $4, content_hash = "
    "$5 WHERE id = $1";
constexpr std::string_view kFinishRun =
    "UPDATE run SET rows_read = $2, batches = 1, rows_inserted = (SELECT rows_inserted FROM batch "
    "WHERE id = $3), rows_updated = (SELECT rows_updated FROM batch WHERE id = $3), "
    "rows_unchanged = (SELECT rows_unchanged FROM batch WHERE id = $3), rows_rejected = $4, "
    "rows_held = $5 WHERE id = $1";
// What the rehearsal, which has read all, does not refuse is refused no more.
constexpr std::string_view kCloseRejects =
    "UPDATE reject SET state = 'corrected', last_seen = $2 WHERE mapping = $1 AND state = 'open' "
    "AND NOT EXISTS (SELECT 1 FROM {}reject s WHERE s.mapping = $1 AND s.key_digest = "
    "reject.key_digest AND s.state = 'open')";
// What a person has dismissed stays so as long as the same rule says the same.
constexpr std::string_view kTakeRejects =
    "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
    "key_digest, waits_for, packed_row, long_row, part, state, seen, first_seen, last_seen) "
    "SELECT s.mapping, s.mapping_hash, CAST($2 AS bigint), s.kind, s.rule, s.field, s.reason, "
    "s.source_key, s.key_digest, s.waits_for, s.packed_row, s.long_row, s.part, 'open', s.seen, "
    "s.first_seen, s.last_seen FROM {}reject s WHERE s.mapping = $1 AND s.state = 'open' "
    "ORDER BY s.id "
    "ON CONFLICT (mapping, key_digest) DO UPDATE SET mapping_hash = excluded.mapping_hash, run_id "
    "= excluded.run_id, kind = excluded.kind, rule = excluded.rule, field = excluded.field, reason "
    "= excluded.reason, source_key = excluded.source_key, waits_for = excluded.waits_for, "
    "packed_row = excluded.packed_row, long_row = excluded.long_row, part = excluded.part, "
    "state = CASE WHEN reject.state = 'dismissed' AND reject.rule = excluded.rule THEN 'dismissed' "
    "ELSE 'open' END, seen = reject.seen + 1, last_seen = CASE WHEN excluded.last_seen > "
    "reject.last_seen THEN excluded.last_seen ELSE reject.last_seen END";
constexpr std::string_view kOpenRejects =
    "SELECT kind, count(*) FROM {}reject WHERE mapping = $1 AND state = 'open' GROUP BY kind";
constexpr std::string_view kOtherKeys =
    "SELECT s.key_id FROM {}seal_key s JOIN seal_key l ON l.key_id = s.key_id WHERE l.check_value "
    "<> s.check_value ORDER BY s.key_id";
constexpr std::string_view kTakeKeys =
    "INSERT INTO seal_key (key_id, check_value, first_used) SELECT s.key_id, s.check_value, "
    "s.first_used FROM {}seal_key s WHERE NOT EXISTS (SELECT 1 FROM seal_key l WHERE l.key_id = "
    "s.key_id)";

std::string of_side(std::string_view text, const std::string& side) {
    return fmt::format(fmt::runtime(text), side);
}

}  // namespace

Stand stand_for(store::sql::Connection& live, const model::Run& run, base::Timestamp now) {
    constexpr std::size_t kHash = 16;
    store::RunRepository runs(live);
    Stand stand;
    stand.run = runs.start(run);
    runs.finish(stand.run, run.outcome, now, std::nullopt);
    stand.identity =
        store::batch_identity({run.mapping_hash, stand.run, 0, run.kind, run.window_to});
    const auto rows = live.query(
        kStartBatch,
        {stand.run, base::Bytes{stand.identity}, base::Bytes{std::string(kHash, '\0')}, now});
    rows->next();
    stand.batch = rows->integer(0);
    return stand;
}

void end_sweeps(store::sql::Connection& live, const std::string& mapping, base::Timestamp now) {
    live.execute(
        "UPDATE sweep SET outcome = 'failed', finished_at = $2 WHERE mapping = $1 AND "
        "outcome = 'running'",
        {mapping, now});
    live.execute("DELETE FROM sweep_missing WHERE mapping = $1", {mapping});
}

std::vector<ledger::Note> Carry::check() {
    std::vector<ledger::Note> found;
    for (const MappingPlan& each : plan_.mappings) {
        const auto rows = live_.query(of_side(kCheckpoint, side_), {each.mapping->name});
        if (!rows->next() || !rows->boolean(2)) {
            found.push_back({"unread", {{"mapping", each.mapping->name}}});
        } else if (rows->text(0) != each.mapping->hash) {
            found.push_back({"other_mapping", {{"mapping", each.mapping->name}}});
        }
    }
    const auto keys = live_.query(of_side(kOtherKeys, side_), {});
    while (keys->next()) {
        found.push_back({"other_key", {{"key", keys->text(0)}}});
    }
    return found;
}

std::int64_t Carry::open_rejects() {
    std::int64_t open = 0;
    for (const MappingPlan& each : plan_.mappings) {
        const auto rows = live_.query(of_side(kOpenRejects, side_), {each.mapping->name});
        while (rows->next()) {
            open += rows->integer(1);
        }
    }
    return open;
}

store::Checkpoint Carry::checkpoint(const engine::Mapping& mapping) {
    const auto rows = live_.query(of_side(kCheckpoint, side_), {mapping.name});
    rows->next();
    store::Checkpoint found;
    found.mapping = mapping.name;
    found.mapping_hash = rows->text(0);
    found.position = rows->text(1);
    found.complete = rows->boolean(2);
    found.window_from = rows->optional_timestamp(3);
    found.window_to = rows->optional_timestamp(4);
    found.memory = rows->text(5);
    found.reached = rows->optional_timestamp(6);
    found.epoch = rows->integer(7);
    found.keys_changed = rows->boolean(8);
    found.own_clock = rows->text(9);
    return found;
}

void Carry::start_runs(base::Timestamp now) {
    for (MappingPlan& each : plan_.mappings) {
        const store::Checkpoint read = checkpoint(*each.mapping);
        model::Run run;
        run.mapping = each.mapping->name;
        run.source = each.mapping->connection;
        run.mapping_hash = read.mapping_hash;
        run.kind = "promotion";
        run.outcome = "done";
        run.window_from = read.window_from;
        run.window_to = read.window_to;
        run.started_at = now;
        {
            // When the reading began: nothing that came to the source later is surely in it.
            const auto rows = live_.query(of_side(kReadingBegan, side_), {run.mapping});
            if (rows->next()) {
                run.started_at = rows->timestamp(0);
            }
        }
        const Stand stand = stand_for(live_, run, now);
        each.run = stand.run;
        each.batch = stand.batch;
        each.identity = stand.identity;
    }
}

void Carry::finish_batches(const std::vector<Merge::Written>& written,
                           const std::map<std::int64_t, base::RowHash>& hashes) {
    struct Counts {
        std::int64_t inserted = 0;
        std::int64_t updated = 0;
        std::int64_t confirmed = 0;
    };
    std::map<std::int64_t, Counts> by_batch;
    for (const Merge::Written& each : written) {
        Counts& counts = by_batch[each.batch];
        (each.act == Act::Inserted    ? counts.inserted
         : each.act == Act::Confirmed ? counts.confirmed
                                      : counts.updated) += each.rows;
    }
    for (const auto& [batch, counts] : by_batch) {
        const auto hash = hashes.find(batch);
        const base::RowHash content = hash == hashes.end() ? base::RowHash{} : hash->second;
        live_.execute(kFinishBatch,
                      {batch,
                       counts.inserted,
                       counts.updated,
                       counts.confirmed,
                       base::Bytes{std::string(content.view())}});
    }
}

void Carry::finish_runs() {
    for (const MappingPlan& each : plan_.mappings) {
        std::int64_t read = 0;
        std::int64_t rejected = 0;
        std::int64_t held = 0;
        {
            const auto rows = live_.query(of_side(kRowsRead, side_), {each.mapping->name});
            read = rows->next() ? rows->integer(0) : 0;
        }
        {
            const auto rows = live_.query(of_side(kOpenRejects, side_), {each.mapping->name});
            while (rows->next()) {
                (rows->text(0) == "hold" ? held : rejected) += rows->integer(1);
            }
        }
        live_.execute(kFinishRun, {each.run, read, each.batch, rejected, held});
    }
}

void Carry::take_rejects(const MappingPlan& mapping, base::Timestamp now) {
    live_.execute(of_side(kCloseRejects, side_), {mapping.mapping->name, now});
    live_.execute(of_side(kTakeRejects, side_), {mapping.mapping->name, mapping.run});
}

void Carry::take_checkpoint(const MappingPlan& mapping,
                            base::Timestamp now,
                            std::int64_t promotion) {
    store::Checkpoint next = checkpoint(*mapping.mapping);
    next.run_id = mapping.run;
    next.first_run = mapping.run;
    store::write_checkpoint(live_, next, now);
    const auto columns =
        shared_columns(live_, "checkpoint", "checkpoint_before", {"promotion_id", "moment"});
    live_.execute(fmt::format("INSERT INTO checkpoint_before (promotion_id, moment, {0}) SELECT "
                              "$1, 'promoted', {0} FROM checkpoint WHERE mapping = $2",
                              store::column_list(columns)),
                  {promotion, next.mapping});
}

void Carry::take(base::Timestamp now, std::int64_t promotion) {
    live_.execute(of_side(kTakeKeys, side_), {});
    for (const MappingPlan& each : plan_.mappings) {
        take_rejects(each, now);
        take_checkpoint(each, now, promotion);
        end_sweeps(live_, each.mapping->name, now);
    }
}

}  // namespace hrbridge::promotion
