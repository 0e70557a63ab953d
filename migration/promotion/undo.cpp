#include "migration/promotion/undo.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "daemon/store/column_list.h"
#include "daemon/store/content_sum.h"
#include "migration/promotion/carry.h"
#include "migration/promotion/record.h"

namespace hrbridge::promotion {
namespace {

// Fates of rows that the promotion brought.
constexpr int kGoes = 0;
constexpr int kStays = 1;
constexpr int kGone = 2;

// SQLite holds 24 bytes in memory for each row that one statement deletes.
constexpr std::int64_t kRowsADelete = 4'000;
constexpr std::int64_t kAllRows = std::numeric_limits<std::int64_t>::max();

constexpr std::string_view kReferencesPostgres =
    "SELECT c.relname::text, a.attname::text, CASE WHEN EXISTS (SELECT 1 FROM "
    "pg_catalog.pg_attribute g WHERE g.attrelid = c.oid AND g.attname = 'gone_at') THEN 1 ELSE 0 "
    "END FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class c ON c.oid = f.conrelid JOIN "
    "pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] WHERE "
    "f.contype = 'f' AND f.confrelid = to_regclass($1) ORDER BY 1, 2";
constexpr std::string_view kReferencesSqlite =
    "SELECT m.name, f.\"from\", EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = "
    "'gone_at') FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = "
    "'table' AND f.\"table\" = $1 ORDER BY 1, 2";

}  // namespace

void Undo::choose(const PromotedEntity& entity) {
    const bool postgres = live_.dialect() == store::sql::Dialect::Postgres;
    const char* const id = postgres ? "bigint" : "INTEGER";
    live_.run_script(
        fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} (row_id {2} "
                    "PRIMARY KEY, act {2} NOT NULL, fate {2} NOT NULL){3}",
                    postgres ? "pg_temp" : "temp",
                    entity.rows(),
                    id,
                    postgres ? " ON COMMIT DROP" : ""));
    live_.execute(
        fmt::format("INSERT INTO {} (row_id, act, fate) SELECT p.row_id, p.act, 0 FROM "
                    "promotion_row p WHERE p.promotion_id = $1 AND p.place = $2 AND NOT EXISTS "
                    "(SELECT 1 FROM {} l WHERE l.row_id = p.row_id)",
                    entity.rows(),
                    entity.left()),
        {promoted_.id, entity.place});
    if (postgres) {
        live_.run_script("ANALYZE " + entity.rows());
    }
}

void Undo::in_pages(const PromotedEntity& entity,
                    const std::string& which,
                    std::int64_t size,
                    const std::function<void(const Page&)>& work) {
    const std::string above =
        fmt::format("SELECT row_id FROM {} WHERE {} AND row_id > $1", entity.rows(), which);
    Page page{fmt::format("IN ({} AND row_id <= $2)", above), 0, 0};
    while (true) {
        {
            const auto rows = live_.query(
                fmt::format("SELECT max(row_id) FROM ({} ORDER BY row_id LIMIT $2) AS page", above),
                {page.above, size});
            if (!rows->next() || rows->is_null(0)) {
                return;
            }
            page.last = rows->integer(0);
        }
        work(page);
        page.above = page.last;
    }
}

// Versions of the rows to restore that came by the promotion or later, and the one that will be
// live again. By batches and not by times: another machine's clock may be ahead.
void Undo::forget_history(const PromotedEntity& entity) {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const PromotedMapping& each : promoted_.mappings) {
        first = std::min(first, each.batch);
    }
    const std::string which = fmt::format(
        "(act IN (2, 4) OR (act = 3 AND EXISTS (SELECT 1 FROM {} t WHERE t.id = row_id "
        "AND t.batch_id > {})))",
        entity.table.name,
        promoted_.last_batch);
    in_pages(entity, which, kRowsADelete, [&](const Page& page) {
        live_.execute(
            fmt::format("DELETE FROM {0} WHERE id {1} AND (batch_id >= $3 OR EXISTS (SELECT 1 FROM "
                        "{2} b WHERE b.promotion_id = $4 AND b.id = {0}.id AND b.batch_id = "
                        "{0}.batch_id AND b.known_from = {0}.known_from))",
                        store::history_of(entity.table.name),
                        page.rows,
                        entity.before()),
            {page.above, page.last, first, promoted_.id});
    });
}

std::int64_t Undo::restore(const PromotedEntity& entity) {
    const std::string& table = entity.table.name;
    if (entity.table.has_history) {
        forget_history(entity);
    }
    std::string set;
    for (const std::string& name :
         shared_columns(live_, table, entity.before(), {"promotion_id"})) {
        if (name != "id") {
            set += fmt::format("{}{} = b.{}", set.empty() ? "" : ", ", name, name);
        }
    }
    return live_.execute(fmt::format("UPDATE {0} AS t SET {1} FROM {2} b JOIN {3} r ON r.row_id = "
                                     "b.id WHERE b.promotion_id = $1 AND b.id = t.id AND r.act "
                                     "<> 1",
                                     table,
                                     set,
                                     entity.before(),
                                     entity.rows()),
                         {promoted_.id});
}

std::vector<Undo::Reference> Undo::references_to(const std::string& entity) {
    std::vector<Reference> all;
    const bool postgres = live_.dialect() == store::sql::Dialect::Postgres;
    const auto rows = live_.query(postgres ? kReferencesPostgres : kReferencesSqlite, {entity});
    while (rows->next()) {
        all.push_back({rows->text(0), rows->text(1), rows->integer(2) != 0});
    }
    for (const store::EntityTable& table : tables_) {
        for (const store::EntityColumn& column : table.columns) {
            if (table.has_history && column.references == entity) {
                all.push_back({store::history_of(table.name), column.name, false});
            }
        }
    }
    return all;
}

void Undo::make_indexes(const std::vector<PromotedEntity>& entities) {
    for (const PromotedEntity& entity : entities) {
        for (const Reference& reference : references_to(entity.table.name)) {
            const std::string name = fmt::format("rollback_by_{}", indexes_.size());
            live_.run_script(
                fmt::format("CREATE INDEX {} ON {} ({})", name, reference.table, reference.column));
            indexes_.push_back(name);
        }
    }
}

void Undo::forget_indexes() {
    for (const std::string& name : indexes_) {
        live_.run_script("DROP INDEX " + name);
    }
    indexes_.clear();
}

// Those that a row refers to which does not go itself: a live row, or any at all.
void Undo::spare(const PromotedEntity& entity, const Reference& reference, bool live) {
    std::string which;
    if (live) {
        which = reference.has_gone ? " AND x.gone_at IS NULL" : " AND 1 = 0";
    }
    // A row that goes takes its superseded versions along.
    if (reference.table == entity.table.name ||
        reference.table == store::history_of(entity.table.name)) {
        which += fmt::format(
            " AND NOT EXISTS (SELECT 1 FROM {} o WHERE o.row_id = x.id AND o.act "
            "= 1 AND o.fate = {})",
            entity.rows(),
            kGoes);
    }
    live_.execute(fmt::format("UPDATE {0} SET fate = {1} WHERE act = 1 AND fate = {2} AND EXISTS "
                              "(SELECT 1 FROM {3} x WHERE x.{4} = {0}.row_id{5})",
                              entity.rows(),
                              live ? kStays : kGone,
                              kGoes,
                              reference.table,
                              reference.column,
                              which),
                  {});
}

std::int64_t Undo::count(const PromotedEntity& entity, int fate) {
    const auto rows = live_.query(
        fmt::format("SELECT count(*) FROM {} WHERE act = 1 AND fate = {}", entity.rows(), fate),
        {});
    return rows->next() ? rows->integer(0) : 0;
}

Undo::Removed Undo::remove(const PromotedEntity& entity, std::int64_t batch, base::Timestamp now) {
    const auto references = references_to(entity.table.name);
    // A row that stays keeps what it refers to in its own entity, and so on.
    for (const bool live : {true, false}) {
        std::int64_t before = -1;
        std::int64_t goes = count(entity, kGoes);
        while (goes != before) {
            for (const Reference& reference : references) {
                spare(entity, reference, live);
            }
            before = goes;
            goes = count(entity, kGoes);
        }
    }
    const std::string& table = entity.table.name;
    Removed removed;
    removed.stays = count(entity, kStays);
    removed.gone = live_.execute(
        fmt::format("UPDATE {} AS t SET gone_at = $1, known_from = $1, batch_id = $2, source_row = "
                    "NULL, source_time = NULL, source_map = NULL FROM {} r WHERE t.id = r.row_id "
                    "AND r.act = 1 AND r.fate = {}",
                    table,
                    entity.rows(),
                    kGone),
        {now, batch});
    removed.deleted = remove_going(entity, references);
    return removed;
}

std::int64_t Undo::remove_going(const PromotedEntity& entity,
                                const std::vector<Reference>& references) {
    const std::string& table = entity.table.name;
    // Rows that refer to each other go by one statement: it may end with no reference broken.
    const bool refers_to_itself =
        std::any_of(references.begin(), references.end(), [&](const auto& each) {
            return each.table == table;
        });
    std::int64_t deleted = 0;
    in_pages(
        entity,
        fmt::format("act = 1 AND fate = {}", kGoes),
        refers_to_itself ? kAllRows : kRowsADelete,
        [&](const Page& page) {
            if (entity.table.has_history) {
                // Another row may be given the id.
                live_.execute(
                    fmt::format("DELETE FROM {} WHERE id {}", store::history_of(table), page.rows),
                    {page.above, page.last});
            }
            deleted += live_.execute(fmt::format("DELETE FROM {} WHERE id {}", table, page.rows),
                                     {page.above, page.last});
        });
    return deleted;
}

// Under their ids, or where one was given to another meanwhile under a new one.
void Undo::restore_rejects(const std::vector<std::string>& columns,
                           const std::string& mapping,
                           bool with_ids) {
    const bool postgres = live_.dialect() == store::sql::Dialect::Postgres;
    live_.execute(
        fmt::format("INSERT INTO reject ({0}){1} SELECT {2} FROM reject_before b WHERE "
                    "b.promotion_id = $1 AND b.mapping = $2 AND NOT EXISTS (SELECT 1 FROM reject r "
                    "WHERE r.mapping = b.mapping AND r.key_digest = b.key_digest){3}",
                    store::column_list(columns),
                    postgres && with_ids ? " OVERRIDING SYSTEM VALUE" : "",
                    store::column_list(columns, "b."),
                    with_ids ? " AND NOT EXISTS (SELECT 1 FROM reject r WHERE r.id = b.id)" : ""),
        {promoted_.id, mapping});
}

void Undo::restore_state(const std::string& mapping, std::int64_t run, base::Timestamp now) {
    const auto checkpoint = store::column_list(
        shared_columns(live_, "checkpoint", "checkpoint_before", {"promotion_id", "moment"}));
    live_.execute("DELETE FROM checkpoint WHERE mapping = $1", {mapping});
    live_.execute(
        fmt::format("INSERT INTO checkpoint ({0}) SELECT {0} FROM checkpoint_before WHERE "
                    "promotion_id = $1 AND moment = 'before' AND mapping = $2",
                    checkpoint),
        {promoted_.id, mapping});
    // A reject that a person closed since stays closed, one that a sync made since stays.
    const std::string untouched =
        "mapping = $1 AND NOT (closed_at IS NOT NULL AND closed_at >= $3) AND run_id <= $2";
    live_.execute("DELETE FROM reject WHERE " + untouched, {mapping, run, promoted_at_});
    auto names = shared_columns(live_, "reject", "reject_before", {"promotion_id"});
    restore_rejects(names, mapping, true);
    names.erase(std::find(names.begin(), names.end(), "id"));
    restore_rejects(names, mapping, false);
    end_sweeps(live_, mapping, now);
    const auto missing = store::column_list(
        shared_columns(live_, "sweep_missing", "sweep_missing_before", {"promotion_id"}));
    live_.execute(fmt::format("INSERT INTO sweep_missing ({0}) SELECT {0} FROM "
                              "sweep_missing_before WHERE promotion_id = $1 AND mapping = $2",
                              missing),
                  {promoted_.id, mapping});
    // What they read is no longer in the store: nobody may take it for read up to their windows.
    live_.execute(
        "UPDATE run SET outcome = 'stopped', error = 'undone by the rollback of a "
        "promotion' WHERE mapping = $1 AND id >= $2 AND outcome = 'done'",
        {mapping, run});
}

}  // namespace hrbridge::promotion
