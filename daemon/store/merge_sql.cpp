#include "daemon/store/merge_sql.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/column_list.h"
#include "daemon/store/column_type.h"

namespace hrbridge::store {
namespace {

std::string keys_equal(const std::vector<std::string>& key, const char* left, const char* right) {
    std::string out;
    for (const std::string& name : key) {
        out += fmt::format("{}{}.{} = {}.{}", out.empty() ? "" : " AND ", left, name, right, name);
    }
    return out;
}

// The staged table's columns, in parentheses.
std::string columns_text(const std::vector<const base::Column*>& staged,
                         sql::Dialect dialect,
                         bool timed) {
    const bool postgres = dialect == sql::Dialect::Postgres;
    std::string columns = postgres ? "row_no bigint" : "row_no INTEGER PRIMARY KEY";
    for (const base::Column* column : staged) {
        columns += fmt::format(", {} {}", column->name(), schema_token(column->type(), false));
    }
    return render_types(fmt::format("({}, row_hash {}{})",
                                    columns,
                                    "{bytes}",
                                    timed ? ", source_row {int}, source_time {int}" : ""),
                        dialect);
}

// PostgreSQL makes files and some hundred catalogue rows for each new table, which took as long as
// to fill it: a connection makes it once, and a transaction's end empties it.
std::string create_text(const std::string& name, const std::string& columns, sql::Dialect dialect) {
    return fmt::format("CREATE TEMP TABLE IF NOT EXISTS {} {}", name, columns) +
           (dialect == sql::Dialect::Postgres ? " ON COMMIT DELETE ROWS"
                                              : "; DELETE FROM temp." + name);
}

}  // namespace

SourceMap source_map(const BatchPlan& plan, const base::SealKeys* keys) {
    const std::string key = keys == nullptr ? "" : keys->digest_check_value(keys->eldest());
    const auto hash = base::hash64(plan.mapping + "/" + plan.mapping_hash + "/" + key);
    const auto version = static_cast<std::int64_t>(hash & ~std::uint64_t{3});
    const std::int64_t parity = plan.epoch % 2;
    return {version + parity, version + 1 - parity, version + 2};
}

std::string forget_source_rows(const BatchPlan& plan, std::int64_t map) {
    return fmt::format(
        "UPDATE {} SET source_row = NULL, source_time = NULL, source_map = NULL WHERE source_map = "
        "{}",
        plan.table.name,
        map);
}

MergeSql::MergeSql(const BatchPlan& plan,
                   const std::vector<const base::Column*>& staged,
                   sql::Dialect dialect,
                   const std::optional<SourceMap>& timed) {
    const std::string columns = columns_text(staged, dialect, timed.has_value());
    staging_ = fmt::format("batch_staging_{:016x}", base::hash64(columns));
    create_ = create_text(staging_, columns, dialect);
    for (const base::Column* column : staged) {
        const auto& unstored = plan.unstored;
        if (std::find(unstored.begin(), unstored.end(), column->name()) == unstored.end()) {
            stored_.push_back(column->name());
        }
    }
    const std::string& table = plan.table.name;
    const std::string same = keys_equal(plan.table.key, "t", "s");
    key_ = column_list(plan.table.key);
    if (plan.history && plan.table.has_history) {
        std::vector<std::string> all{"id"};
        for (const EntityColumn& column : plan.table.columns) {
            all.push_back(column.name);
        }
        all.insert(all.end(), {"row_hash", "batch_id", "known_from", "gone_at"});
        keep_history_ = fmt::format(
            "INSERT INTO {0}_history ({1}, known_to) SELECT {2}, $1 FROM {0} t JOIN {3} s ON {4} "
            "WHERE t.row_hash <> s.row_hash OR t.gone_at IS NOT NULL",
            table,
            column_list(all),
            column_list(all, "t."),
            staging_,
            same);
    }
    const std::string differs = plan.insert_only
                                    ? "t.gone_at IS NOT NULL"
                                    : "(t.row_hash <> s.row_hash OR t.gone_at IS NOT NULL)";
    std::string set;
    for (const std::string& name : stored_) {
        set += fmt::format("{0} = s.{0}, ", name);
    }
    update_ = fmt::format(
        "UPDATE {} AS t SET {}row_hash = s.row_hash, batch_id = $1, known_from = $2, "
        "gone_at = NULL, {} FROM {} s WHERE {} AND {}",
        table,
        set,
        timed ? fmt::format("source_row = s.source_row, source_time = s.source_time, "
                            "source_map = {}",
                            timed->found)
              : "source_row = NULL, source_time = NULL, source_map = NULL",
        staging_,
        same,
        differs);
    // SQLite knows only the entity there, and not by another name.
    updated_times_ =
        dialect == sql::Dialect::Postgres ? " RETURNING t.source_time" : " RETURNING source_time";
    any_gone_ = fmt::format("SELECT max(id) FROM {} WHERE gone_at IS NOT NULL", table);
    insert_all_ = fmt::format(
        "INSERT INTO {0} ({1}, row_hash, batch_id, known_from{4}) SELECT {2}, s.row_hash, $1, "
        "$2{5} FROM {3} s ORDER BY s.row_no",
        table,
        column_list(stored_),
        column_list(stored_, "s."),
        staging_,
        timed ? ", source_row, source_time, source_map" : "",
        timed ? fmt::format(", s.source_row, s.source_time, {}", timed->found) : "");
    insert_ = insert_all_;
    insert_.insert(insert_.rfind(" ORDER BY"),
                   fmt::format(" WHERE NOT EXISTS (SELECT 1 FROM {} t WHERE {})", table, same));
    compare_ = fmt::format(
        "SELECT s.row_no, CASE WHEN t.id IS NULL THEN 1 ELSE 0 END, CASE WHEN t.gone_at IS NULL "
        "THEN 0 ELSE 1 END, {}, {} FROM {} s LEFT JOIN {} t ON {} WHERE t.id IS NULL OR {} ORDER "
        "BY s.row_no",
        column_list(stored_, "s."),
        column_list(stored_, "t."),
        staging_,
        table,
        same,
        differs);
    staged_of_entity_ = fmt::format("FROM {} t JOIN {} s ON {} WHERE ", table, staging_, same);
    changing_ = staged_of_entity_ + differs;
    if (timed && !plan.insert_only) {
        write_timed(plan, same, *timed);
    }
}

std::string MergeSql::written(std::int64_t batch) const {
    return fmt::format("{}t.batch_id = {}", staged_of_entity_, batch);
}

// A window, which both stores sort once: SQLite compares every row with every other to join the
// staged rows, which have no index, with themselves.
std::string MergeSql::repeated(const std::vector<std::int64_t>& row_numbers) const {
    return fmt::format(
        "SELECT r.row_no, r.last_no FROM (SELECT row_no, max(row_no) OVER w AS last_no, count(*) "
        "OVER w AS times FROM {} {} WINDOW w AS (PARTITION BY {})) r WHERE r.times > 1 ORDER BY "
        "r.last_no, r.row_no",
        staging_,
        row_numbers.empty() ? std::string()
                            : fmt::format("WHERE row_no IN ({})", fmt::join(row_numbers, ", ")),
        key_);
}

// Of equal times the source row decides, so that the order of reading does not.
void MergeSql::write_timed(const BatchPlan& plan, const std::string& same, const SourceMap& map) {
    const std::string& table = plan.table.name;
    // The maximum, because both stores then ask the index: for any row at all PostgreSQL, which
    // knows nothing of a new table, would look for one from its beginning.
    any_source_ = fmt::format("SELECT max(source_row) FROM {} WHERE source_row <> 0", table);
    release_ = fmt::format(
        "UPDATE {0} AS t SET source_row = NULL, source_time = NULL, source_map = NULL FROM {1} s "
        "WHERE t.source_row = s.source_row AND s.source_row <> 0 AND t.source_row <> 0 AND NOT "
        "({2})",
        table,
        staging_,
        same);
    const std::string newer =
        "t.source_row <> s.source_row AND (t.source_time > s.source_time OR (t.source_time = "
        "s.source_time AND t.source_row > s.source_row))";
    outdated_ = fmt::format(
        "SELECT s.row_no, CASE WHEN t.source_map = {1} THEN 1 ELSE 0 END FROM {3} s JOIN {4} t ON "
        "{5} WHERE (t.source_map IN ({0}, {1}, {2}) AND {6})",
        map.found,
        map.before,
        map.in_way,
        staging_,
        table,
        same,
        newer);
    outdated_kept_ = outdated_ + " OR t.source_time > s.source_time";
    mark_ = fmt::format(
        "UPDATE {0} AS t SET source_map = {1} FROM {2} s WHERE {3} AND t.source_map = {4} AND {5}",
        table,
        map.in_way,
        staging_,
        same,
        map.before,
        newer);
    confirm_ = fmt::format(
        "UPDATE {} AS t SET source_row = s.source_row, source_time = s.source_time, source_map = "
        "{} "
        "FROM {} s WHERE {} AND t.row_hash = s.row_hash AND (t.source_map IS NULL OR "
        "t.source_map <> {} OR t.source_time <> s.source_time OR t.source_row <> s.source_row)",
        table,
        map.found,
        staging_,
        same,
        map.found);
}

}  // namespace hrbridge::store
