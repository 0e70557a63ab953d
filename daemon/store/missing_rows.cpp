#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/batch_identity.h"
#include "daemon/store/content_watch.h"
#include "daemon/store/sweep_repository.h"

// What becomes of the rows that a sweep did not find.
namespace hrbridge::store {
namespace {

constexpr const char* kLost = "sweep_lost";
constexpr std::size_t kIdsAColumn = 100'000;
constexpr std::size_t kIdsAStatement = 200;

void stage(sql::Connection& connection, const std::vector<std::int64_t>& ids) {
    const bool postgres = connection.dialect() == sql::Dialect::Postgres;
    connection.run_script(
        fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} ({2}){3}",
                    postgres ? "pg_temp" : "temp",
                    kLost,
                    postgres ? "id bigint PRIMARY KEY" : "id INTEGER PRIMARY KEY",
                    postgres ? " ON COMMIT DROP" : ""));
    for (std::size_t first = 0; first < ids.size(); first += kIdsAColumn) {
        base::Column column("id", base::FieldType{base::Kind::Int});
        for (std::size_t i = first; i < std::min(first + kIdsAColumn, ids.size()); ++i) {
            column.append_word(ids[i]);
        }
        const base::Column* const columns[] = {&column};
        connection.bulk_insert(kLost, columns);
    }
}

struct NewBatch {
    std::int64_t id = 0;
    std::string identity;
};

NewBatch start_batch(sql::Connection& connection, const BatchPlan& plan, base::Timestamp now) {
    std::int64_t number = 0;
    {
        const auto rows =
            connection.query("SELECT count(*) FROM batch WHERE run_id = $1", {plan.run_id});
        number = rows->next() ? rows->integer(0) : 0;
    }
    std::string identity =
        batch_identity({plan.mapping_hash, plan.run_id, number, "missing", std::nullopt});
    const auto rows = connection.query(
        "INSERT INTO batch (run_id, identity, position, rows_read, rows_inserted, rows_updated, "
        "rows_unchanged, rows_rejected, rows_held, content_hash, committed_at) VALUES ($1, $2, '', "
        "0, 0, 0, 0, 0, 0, $3, $4) RETURNING id",
        {plan.run_id, base::Bytes{identity}, base::Bytes{std::string(16, '\0')}, now});
    rows->next();
    return {rows->integer(0), std::move(identity)};
}

std::string due(const BatchPlan& plan, const MissingRows& missing) {
    return fmt::format(
        "{0}.batch_id <= {1} AND {0}.id IN (SELECT row_id FROM sweep_missing WHERE mapping = $1 "
        "AND sweeps >= $2)",
        plan.table.name,
        missing.before_batch);
}

void keep_history(sql::Connection& connection,
                  const BatchPlan& plan,
                  const MissingRows& missing,
                  base::Timestamp now) {
    std::string columns = "id";
    for (const EntityColumn& column : plan.table.columns) {
        columns += ", " + column.name;
    }
    columns += ", row_hash, batch_id, known_from, gone_at";
    connection.execute(fmt::format("INSERT INTO {0}_history ({1}, known_to) SELECT {1}, $3 FROM "
                                   "{0} WHERE gone_at IS NULL AND {2}",
                                   plan.table.name,
                                   columns,
                                   due(plan, missing)),
                       {plan.mapping, missing.grace, now});
}

// Leaves those in the table of missing rows that are about to be given a gone_at.
void leave_due(sql::Connection& connection, const BatchPlan& plan, const MissingRows& missing) {
    connection.execute(fmt::format("DELETE FROM {0} WHERE id NOT IN (SELECT {1}.id FROM {1} WHERE "
                                   "{1}.gone_at IS NULL AND {2})",
                                   kLost,
                                   plan.table.name,
                                   due(plan, missing)),
                       {plan.mapping, missing.grace});
}

std::string lost_rows(const BatchPlan& plan) {
    return fmt::format("FROM {} t JOIN {} l ON l.id = t.id", plan.table.name, kLost);
}

std::int64_t deactivate(sql::Connection& connection,
                        const BatchPlan& plan,
                        const MissingRows& missing,
                        base::Timestamp now) {
    {
        const auto rows = connection.query(
            "SELECT 1 FROM sweep_missing WHERE mapping = $1 AND sweeps >= $2 LIMIT 1",
            {plan.mapping, missing.grace});
        if (!rows->next()) {
            return 0;
        }
    }
    const bool kept = plan.history && plan.table.has_history;
    if (kept) {
        keep_history(connection, plan, missing, now);
    }
    const NewBatch batch = start_batch(connection, plan, now);
    ContentWatch watch(connection, plan);
    if (watch.is_on()) {
        leave_due(connection, plan, missing);
        watch.before(lost_rows(plan), kept ? std::optional(now) : std::nullopt);
    }
    // A row that is gone defends its key against no other source row.
    const std::int64_t gone = connection.execute(
        fmt::format("UPDATE {} SET gone_at = $3, known_from = $3, batch_id = $4, source_row = "
                    "NULL, source_time = NULL, source_map = NULL WHERE gone_at IS NULL AND {}",
                    plan.table.name,
                    due(plan, missing)),
        {plan.mapping, missing.grace, now, batch.id});
    if (watch.is_on()) {
        watch.after(lost_rows(plan));
        watch.seal(batch.identity);
    }
    connection.execute("UPDATE batch SET rows_updated = $2 WHERE id = $1", {batch.id, gone});
    connection.execute(
        "UPDATE run SET rows_updated = rows_updated + $2, batches = batches + 1 WHERE id = $1",
        {plan.run_id, gone});
    connection.execute("DELETE FROM sweep_missing WHERE mapping = $1 AND sweeps >= $2",
                       {plan.mapping, missing.grace});
    return gone;
}

// The columns of the key as people know them, and the joins to the parents that they come from.
struct KeyQuery {
    std::string columns;
    std::string joins;
    std::vector<bool> hidden;
};

KeyQuery key_query(const BatchPlan& plan) {
    KeyQuery query;
    for (const std::string& name : plan.table.key) {
        const auto parent = std::find_if(plan.references.begin(),
                                         plan.references.end(),
                                         [&](const auto& each) { return each.column == name; });
        if (parent == plan.references.end()) {
            query.columns += ", t." + name;
        } else {
            const std::string alias = fmt::format("p{}", query.hidden.size());
            query.columns += fmt::format(", {}.{}", alias, parent->key_column);
            query.joins +=
                fmt::format(" LEFT JOIN {0} {1} ON {1}.id = t.{2}", parent->entity, alias, name);
        }
        const auto& personal = plan.personal;
        query.hidden.push_back(std::find(personal.begin(), personal.end(), name) != personal.end());
    }
    return query;
}

}  // namespace

MissingOutcome settle_missing(sql::Connection& connection,
                              const BatchPlan& plan,
                              const MissingRows& missing,
                              base::Timestamp now) {
    stage(connection, missing.ids);
    connection.execute(fmt::format("DELETE FROM sweep_missing WHERE mapping = $1 AND row_id NOT IN "
                                   "(SELECT id FROM {})",
                                   kLost),
                       {plan.mapping});
    connection.execute("UPDATE sweep_missing SET sweeps = sweeps + 1 WHERE mapping = $1",
                       {plan.mapping});
    MissingOutcome outcome;
    outcome.first = connection.execute(
        fmt::format("INSERT INTO sweep_missing (mapping, row_id, first_missing, sweeps) SELECT $1, "
                    "l.id, $2, 0 FROM {} l WHERE NOT EXISTS (SELECT 1 FROM sweep_missing m WHERE "
                    "m.mapping = $1 AND m.row_id = l.id)",
                    kLost),
        {plan.mapping, now});
    if (missing.deactivate) {
        outcome.gone = deactivate(connection, plan, missing, now);
    }
    connection.run_script(fmt::format("DROP TABLE {}", kLost));
    return outcome;
}

std::vector<std::string> shown_keys(sql::Connection& connection,
                                    const BatchPlan& plan,
                                    const std::vector<std::int64_t>& ids) {
    const KeyQuery query = key_query(plan);
    std::map<std::int64_t, std::string> keys;
    for (std::size_t first = 0; first < ids.size(); first += kIdsAStatement) {
        std::string list;
        for (std::size_t i = first; i < std::min(first + kIdsAStatement, ids.size()); ++i) {
            list += fmt::format("{}{}", list.empty() ? "" : ",", ids[i]);
        }
        const auto rows =
            connection.query(fmt::format("SELECT t.id{} FROM {} t{} WHERE t.id IN ({})",
                                         query.columns,
                                         plan.table.name,
                                         query.joins,
                                         list),
                             {});
        while (rows->next()) {
            std::string& key = keys[rows->integer(0)];
            for (std::size_t i = 0; i < query.hidden.size(); ++i) {
                const std::string part = base::to_string(rows->value(static_cast<int>(1 + i)));
                key += (i == 0 ? "" : "/") + (query.hidden[i] ? base::mask(part) : part);
            }
        }
    }
    std::vector<std::string> shown;
    shown.reserve(ids.size());
    for (const std::int64_t id : ids) {
        shown.push_back(keys[id]);
    }
    return shown;
}

}  // namespace hrbridge::store
