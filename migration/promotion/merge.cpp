#include "migration/promotion/merge.h"

#include <fmt/format.h>

#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
#include "migration/promotion/row_keys.h"

namespace hrbridge::promotion {
namespace {

constexpr const char* kBatches = "promotion_batch";
constexpr std::size_t kParentsNamed = 10;

// A row's parents in the live store, by the alias of its row in the rehearsal's.
std::string joins(const EntityPlan& entity, const std::vector<std::string>& columns) {
    std::string out;
    for (const std::string& name : columns) {
        const std::string& parent = entity.column(name).references;
        if (!parent.empty()) {
            out += fmt::format(
                " LEFT JOIN promotion_map_{0} r_{1} ON r_{1}.side_id = s.{1}", parent, name);
        }
    }
    return out;
}

// What a column of the rehearsal's row says in the live store.
std::string value(const EntityPlan& entity, const std::string& name) {
    return entity.column(name).references.empty() ? "s." + name : fmt::format("r_{}.live_id", name);
}

std::string values(const EntityPlan& entity) {
    std::string out;
    for (const std::string& name : entity.columns) {
        out += ", " + value(entity, name);
    }
    return out;
}

// Sealed values differ in every sealing, so that only the row hash tells of them.
std::string differs(const EntityPlan& entity, bool postgres) {
    const char* const is_not = postgres ? "IS DISTINCT FROM" : "IS NOT";
    std::string out = "t.row_hash <> s.row_hash OR t.gone_at IS NOT NULL";
    for (const std::string& name : entity.columns) {
        out += entity.column(name).sealed
                   ? fmt::format(" OR (t.{0} IS NULL) <> (s.{0} IS NULL)", name)
                   : fmt::format(" OR t.{} {} {}", name, is_not, value(entity, name));
    }
    return out;
}

std::string differs_in_source(bool postgres) {
    const char* const is_not = postgres ? "IS DISTINCT FROM" : "IS NOT";
    return fmt::format(
        "t.source_row {0} s.source_row OR t.source_time {0} s.source_time OR t.source_map {0} "
        "s.source_map",
        is_not);
}

}  // namespace

std::int64_t EntityCount::live_before() const {
    return updated + confirmed + gone + unchanged;
}

void Merge::make_table(const std::string& name, const std::string& columns) {
    live_.run_script(fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} ({2}){3}",
                                 is_postgres() ? "pg_temp" : "temp",
                                 name,
                                 columns,
                                 is_postgres() ? " ON COMMIT DROP" : ""));
}

// Nothing analyzes a temporary table by itself, and the planner would take it for a small one.
void Merge::analyze(const std::string& table) {
    if (is_postgres()) {
        live_.run_script("ANALYZE " + table);
    }
}

std::int64_t Merge::number(const std::string& sql) {
    const auto rows = live_.query(sql, {});
    return rows->next() ? rows->integer(0) : 0;
}

void Merge::make_map(const EntityPlan& entity) {
    const char* const id = is_postgres() ? "bigint" : "INTEGER";
    make_table(entity.map(),
               fmt::format("side_id {0} PRIMARY KEY, live_id {0}, fresh {0} NOT NULL", id));
    std::string same;
    for (const std::string& name : entity.table.key) {
        same += fmt::format("{}t.{} = {}", same.empty() ? "" : " AND ", name, value(entity, name));
    }
    live_.execute(
        fmt::format("INSERT INTO {0} (side_id, live_id, fresh) SELECT s.id, t.id, CASE WHEN t.id "
                    "IS NULL THEN 1 ELSE 0 END FROM {1}{2} s{3} LEFT JOIN {2} t ON {4}{5}",
                    entity.map(),
                    side_,
                    entity.table.name,
                    joins(entity, entity.table.key),
                    same,
                    entity.loaded ? " WHERE s.gone_at IS NULL" : ""),
        {});
    live_.run_script(fmt::format(
        "CREATE INDEX {0}{1}_live ON {1} (live_id)", is_postgres() ? "" : "temp.", entity.map()));
    analyze(entity.map());
}

// A rehearsal has no rows that are barred from the store: those that it keeps of erased people, and
// of people on hold, are not gone.
void Merge::make_acts(const EntityPlan& entity) {
    const char* const id = is_postgres() ? "bigint" : "INTEGER";
    make_table(entity.acts(),
               fmt::format("row_id {0} PRIMARY KEY, side_id {0}, act {0} NOT NULL", id));
    const std::string changed = differs(entity, is_postgres());
    live_.execute(fmt::format("INSERT INTO {0} (row_id, side_id, act) SELECT m.live_id, m.side_id, "
                              "CASE WHEN {1} THEN 2 ELSE 3 END FROM {2} m JOIN {3}{4} s ON s.id = "
                              "m.side_id JOIN {4} t ON t.id = m.live_id{5} WHERE m.fresh = 0 AND "
                              "({1} OR {6})",
                              entity.acts(),
                              changed,
                              entity.map(),
                              side_,
                              entity.table.name,
                              joins(entity, entity.columns),
                              differs_in_source(is_postgres())),
                  {});
    live_.execute(
        fmt::format("INSERT INTO {0} (row_id, side_id, act) SELECT t.id, NULL, 4 FROM {1} t WHERE "
                    "t.gone_at IS NULL AND NOT EXISTS (SELECT 1 FROM {2} m WHERE m.live_id = t.id) "
                    "AND {3} AND {4}",
                    entity.acts(),
                    entity.table.name,
                    entity.map(),
                    store::of_nobody_erased(live_, entity.table, "t"),
                    store::of_kept_days(live_, entity.table.name, "t")),
        {});
    analyze(entity.acts());
}

void Merge::count(const EntityPlan& entity) {
    EntityCount count;
    count.entity = entity.table.name;
    const auto acts = [&](int act) {
        return number(fmt::format("SELECT count(*) FROM {} WHERE act = {}", entity.acts(), act));
    };
    count.updated = acts(2);
    count.confirmed = acts(3);
    count.gone = acts(4);
    count.inserted = number(fmt::format("SELECT count(*) FROM {} WHERE fresh = 1", entity.map()));
    count.unchanged = number(fmt::format("SELECT count(*) FROM {}", entity.map())) -
                      count.inserted - count.updated - count.confirmed;
    counts_.push_back(count);
}

void Merge::look_for_orphans(const EntityPlan& entity, std::vector<ledger::Note>& found) {
    for (const std::string& name : entity.columns) {
        const std::string& parent = entity.column(name).references;
        if (parent.empty()) {
            continue;
        }
        const bool outside = !plan_.entity(parent).loaded;
        const std::int64_t rows = number(
            fmt::format("SELECT count(*) FROM {0}{1} s LEFT JOIN promotion_map_{2} m ON m.side_id "
                        "= s.{3} WHERE s.gone_at IS NULL AND s.{3} IS NOT NULL AND (m.side_id IS "
                        "NULL{4})",
                        side_,
                        entity.table.name,
                        parent,
                        name,
                        outside ? " OR m.live_id IS NULL" : ""));
        if (rows > 0) {
            found.push_back({"orphans",
                             {{"entity", entity.table.name},
                              {"field", name},
                              {"parent", parent},
                              {"rows", std::to_string(rows)}}});
        }
        if (outside) {
            look_for_gone_parents(entity, name, found);
        }
    }
}

// As a sync does, which takes no row under a parent that is gone.
void Merge::look_for_gone_parents(const EntityPlan& entity,
                                  const std::string& column,
                                  std::vector<ledger::Note>& found) {
    const EntityPlan& parent = plan_.entity(entity.column(column).references);
    std::vector<std::int64_t> ids;
    std::int64_t rows = 0;
    {
        const auto gone = live_.query(
            fmt::format("SELECT p.id, count(*) FROM {0}{1} s JOIN {2} m ON m.side_id = s.{3} JOIN "
                        "{4} p ON p.id = m.live_id WHERE s.gone_at IS NULL AND p.gone_at IS NOT "
                        "NULL GROUP BY p.id ORDER BY p.id",
                        side_,
                        entity.table.name,
                        parent.map(),
                        column,
                        parent.table.name),
            {});
        for (; gone->next(); rows += gone->integer(1)) {
            if (ids.size() < kParentsNamed) {
                ids.push_back(gone->integer(0));
            }
        }
    }
    if (rows == 0) {
        return;
    }
    std::string keys;
    for (const std::string& key : row_keys(live_, store::entity_tables(live_), parent.table, ids)) {
        keys += (keys.empty() ? "" : ", ") + key;
    }
    found.push_back({"gone_parents",
                     {{"entity", entity.table.name},
                      {"field", column},
                      {"parent", parent.table.name},
                      {"keys", keys},
                      {"rows", std::to_string(rows)}}});
}

std::vector<ledger::Note> Merge::compare() {
    std::vector<ledger::Note> found;
    counts_.clear();
    for (const EntityPlan& parent : plan_.parents) {
        make_map(parent);
    }
    for (const EntityPlan& entity : plan_.entities) {
        make_map(entity);
        make_acts(entity);
        count(entity);
        look_for_orphans(entity, found);
    }
    return found;
}

void Merge::settle_acts() {
    for (const EntityPlan& entity : plan_.entities) {
        const std::string& table = entity.table.name;
        live_.execute(
            is_postgres()
                ? fmt::format("UPDATE {0} SET live_id = n.id FROM (SELECT o.side_id, "
                              "nextval(pg_get_serial_sequence('{1}', 'id')) AS id FROM (SELECT "
                              "side_id FROM {0} WHERE fresh = 1 ORDER BY side_id) o) n WHERE "
                              "{0}.side_id = n.side_id",
                              entity.map(),
                              table)
                : fmt::format("UPDATE {0} SET live_id = n.id FROM (SELECT side_id AS fresh_id, "
                              "(SELECT coalesce(max(id), 0) FROM {1}) + row_number() OVER (ORDER "
                              "BY side_id) AS id FROM {0} WHERE fresh = 1) n WHERE {0}.side_id = "
                              "n.fresh_id",
                              entity.map(),
                              table),
            {});
        live_.execute(fmt::format("INSERT INTO {} (row_id, side_id, act) SELECT live_id, side_id, "
                                  "1 FROM {} WHERE fresh = 1",
                                  entity.acts(),
                                  entity.map()),
                      {});
        analyze(entity.map());
        analyze(entity.acts());
    }
}

void Merge::name_batches() {
    const char* const id = is_postgres() ? "bigint" : "INTEGER";
    make_table(kBatches, fmt::format("side_batch {0} PRIMARY KEY, live_batch {0} NOT NULL", id));
    for (const MappingPlan& each : plan_.mappings) {
        live_.execute(
            fmt::format("INSERT INTO {0} (side_batch, live_batch) SELECT b.id, CAST($2 AS bigint) "
                        "FROM {1}batch b JOIN {1}run r ON r.id = b.run_id WHERE r.mapping = $1",
                        kBatches,
                        side_),
            {each.mapping->name, each.batch});
    }
    analyze(kBatches);
}

void Merge::write(const EntityPlan& entity, base::Timestamp now) {
    keep_history(entity, now);
    insert(entity, now);  // first: a changed row may refer to a new one
    update(entity, now);
    confirm(entity);
    deactivate(entity, now);
}

void Merge::keep_history(const EntityPlan& entity, base::Timestamp now) {
    if (!entity.history) {
        return;
    }
    std::string columns;
    std::string from;
    for (const store::EntityColumn& column : entity.table.columns) {
        columns += ", " + column.name;
        from += ", t." + column.name;
    }
    live_.execute(
        fmt::format("INSERT INTO {0}_history (id{1}, row_hash, batch_id, known_from, gone_at, "
                    "known_to) SELECT t.id{2}, t.row_hash, t.batch_id, t.known_from, t.gone_at, $1 "
                    "FROM {0} t JOIN {3} a ON a.row_id = t.id WHERE a.act IN (2, 4)",
                    entity.table.name,
                    columns,
                    from,
                    entity.acts()),
        {now});
}

void Merge::update(const EntityPlan& entity, base::Timestamp now) {
    std::string set;
    for (const std::string& name : entity.columns) {
        set += fmt::format("{} = {}, ", name, value(entity, name));
    }
    live_.execute(
        fmt::format("UPDATE {0} AS t SET {1}row_hash = s.row_hash, batch_id = "
                    "coalesce(b.live_batch, $1), known_from = $2, gone_at = NULL, source_row = "
                    "s.source_row, source_time = s.source_time, source_map = s.source_map FROM {2} "
                    "a JOIN {3}{0} s ON s.id = a.side_id LEFT JOIN {4} b ON b.side_batch = "
                    "s.batch_id{5} WHERE t.id = a.row_id AND a.act = 2",
                    entity.table.name,
                    set,
                    entity.acts(),
                    side_,
                    kBatches,
                    joins(entity, entity.columns)),
        {plan_.of_entity(entity.table.name).batch, now});
}

void Merge::confirm(const EntityPlan& entity) {
    live_.execute(fmt::format("UPDATE {0} AS t SET source_row = s.source_row, source_time = "
                              "s.source_time, source_map = s.source_map FROM {1} a JOIN {2}{0} s "
                              "ON s.id = a.side_id WHERE t.id = a.row_id AND a.act = 3",
                              entity.table.name,
                              entity.acts(),
                              side_),
                  {});
}

// As a sweep does: a row that is gone defends its key against no source row.
void Merge::deactivate(const EntityPlan& entity, base::Timestamp now) {
    live_.execute(fmt::format("UPDATE {} AS t SET gone_at = $1, known_from = $1, batch_id = $2, "
                              "source_row = NULL, source_time = NULL, source_map = NULL FROM {} a "
                              "WHERE t.id = a.row_id AND a.act = 4",
                              entity.table.name,
                              entity.acts()),
                  {now, plan_.of_entity(entity.table.name).batch});
}

void Merge::insert(const EntityPlan& entity, base::Timestamp now) {
    std::string columns;
    for (const std::string& name : entity.columns) {
        columns += ", " + name;
    }
    live_.execute(
        fmt::format("INSERT INTO {0} (id{1}, row_hash, batch_id, known_from, source_row, "
                    "source_time, source_map){2} SELECT a.row_id{3}, s.row_hash, "
                    "coalesce(b.live_batch, $1), $2, s.source_row, s.source_time, s.source_map "
                    "FROM {4} a JOIN {5}{0} s ON s.id = a.side_id LEFT JOIN {6} b ON b.side_batch "
                    "= s.batch_id{7} WHERE a.act = 1 ORDER BY a.row_id",
                    entity.table.name,
                    columns,
                    is_postgres() ? " OVERRIDING SYSTEM VALUE" : "",
                    values(entity),
                    entity.acts(),
                    side_,
                    kBatches,
                    joins(entity, entity.columns)),
        {plan_.of_entity(entity.table.name).batch, now});
}

std::vector<Merge::Written> Merge::written(const EntityPlan& entity) {
    std::vector<Written> out;
    const auto rows = live_.query(
        fmt::format(
            "SELECT coalesce(b.live_batch, $1), a.act, count(*) FROM {0} a LEFT JOIN {1}{2} "
            "s ON s.id = a.side_id LEFT JOIN {3} b ON b.side_batch = s.batch_id GROUP BY "
            "1, 2 ORDER BY 1, 2",
            entity.acts(),
            side_,
            entity.table.name,
            kBatches),
        {plan_.of_entity(entity.table.name).batch});
    while (rows->next()) {
        out.push_back({rows->integer(0), static_cast<Act>(rows->integer(1)), rows->integer(2)});
    }
    return out;
}

}  // namespace hrbridge::promotion
