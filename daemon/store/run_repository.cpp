#include <string_view>

#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO run (mapping, source, mapping_hash, kind, outcome, started_at, window_from, "
    "window_to, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_rejected, rows_held, "
    "batches) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0) RETURNING id";
constexpr std::string_view kFinish =
    "UPDATE run SET outcome = $2, finished_at = $3, error = $4 WHERE id = $1";
constexpr std::string_view kSelect =
    "SELECT id, mapping, source, mapping_hash, kind, outcome, started_at, finished_at, "
    "window_from, window_to, rows_read, rows_inserted, rows_updated, rows_unchanged, "
    "rows_rejected, rows_held, batches, error FROM run ";
constexpr std::string_view kOne = "WHERE id = $1";
constexpr std::string_view kLatest = "WHERE $1 = '' OR mapping = $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kLastRead =
    "WHERE mapping = $1 AND outcome = 'done' AND kind IN ('full', 'incremental', 'promotion') "
    "ORDER BY id DESC LIMIT 1";
constexpr std::string_view kDoneSince =
    "SELECT 1 FROM run WHERE mapping = $1 AND outcome = 'done' AND started_at >= $3 AND "
    "(kind = $2 OR ($2 = '' AND kind IN ('full', 'incremental'))) LIMIT 1";
constexpr std::string_view kPurgeBatches =
    "DELETE FROM batch WHERE run_id IN (SELECT id FROM run WHERE finished_at < $1 "
    "AND id NOT IN (SELECT run_id FROM checkpoint UNION SELECT first_run FROM checkpoint))";
constexpr std::string_view kPurge =
    "DELETE FROM run WHERE finished_at < $1 "
    "AND id NOT IN (SELECT run_id FROM checkpoint UNION SELECT first_run FROM checkpoint)";

model::Run read_run(const sql::Rows& rows) {
    model::Run run;
    run.id = rows.integer(0);
    run.mapping = rows.text(1);
    run.source = rows.text(2);
    run.mapping_hash = rows.text(3);
    run.kind = rows.text(4);
    run.outcome = rows.text(5);
    run.started_at = rows.timestamp(6);
    run.finished_at = rows.optional_timestamp(7);
    run.window_from = rows.optional_timestamp(8);
    run.window_to = rows.optional_timestamp(9);
    run.rows_read = rows.integer(10);
    run.rows_inserted = rows.integer(11);
    run.rows_updated = rows.integer(12);
    run.rows_unchanged = rows.integer(13);
    run.rows_rejected = rows.integer(14);
    run.rows_held = rows.integer(15);
    run.batches = rows.integer(16);
    run.error = rows.optional_text(17);
    return run;
}

std::string select(std::string_view which) {
    return std::string(kSelect).append(which);
}

}  // namespace

std::int64_t RunRepository::start(const model::Run& run) {
    const auto rows = connection_.query(kInsert,
                                        {run.mapping,
                                         run.source,
                                         run.mapping_hash,
                                         run.kind,
                                         run.outcome,
                                         run.started_at,
                                         to_value(run.window_from),
                                         to_value(run.window_to)});
    rows->next();
    return rows->integer(0);
}

void RunRepository::finish(std::int64_t id,
                           const std::string& outcome,
                           base::Timestamp at,
                           const std::optional<std::string>& error) {
    connection_.execute(kFinish, {id, outcome, at, to_value(error)});
}

std::optional<model::Run> RunRepository::find(std::int64_t id) {
    const auto rows = connection_.query(select(kOne), {id});
    return rows->next() ? std::optional{read_run(*rows)} : std::nullopt;
}

std::vector<model::Run> RunRepository::latest(std::size_t limit, const std::string& mapping) {
    std::vector<model::Run> runs;
    const auto rows =
        connection_.query(select(kLatest), {mapping, static_cast<std::int64_t>(limit)});
    while (rows->next()) {
        runs.push_back(read_run(*rows));
    }
    return runs;
}

std::optional<model::Run> RunRepository::last_read(const std::string& mapping) {
    const auto rows = connection_.query(select(kLastRead), {mapping});
    return rows->next() ? std::optional{read_run(*rows)} : std::nullopt;
}

bool RunRepository::done_since(const std::string& mapping,
                               const std::string& kind,
                               base::Timestamp start) {
    return connection_.query(kDoneSince, {mapping, kind, start})->next();
}

std::int64_t RunRepository::purge(base::Timestamp before) {
    LocalTransaction transaction(connection_);
    connection_.execute(kPurgeBatches, {before});
    const std::int64_t runs = connection_.execute(kPurge, {before});
    transaction.commit();
    return runs;
}

}  // namespace hrbridge::store
