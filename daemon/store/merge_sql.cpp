#include "daemon/store/merge_sql.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/store/column_type.h"

namespace hrbridge::store {
namespace {

std::string joined(const std::vector<std::string>& names, const std::string& before = {}) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + before + name;
    }
    return out;
}

std::string keys_equal(const std::vector<std::string>& key, const char* left, const char* right) {
    std::string out;
    for (const std::string& name : key) {
        out += fmt::format("{}{}.{} = {}.{}", out.empty() ? "" : " AND ", left, name, right, name);
    }
    return out;
}

std::string create_text(const std::vector<const base::Column*>& staged, sql::Dialect dialect) {
    const bool postgres = dialect == sql::Dialect::Postgres;
    std::string columns = postgres ? "row_no bigint" : "row_no INTEGER PRIMARY KEY";
    for (const base::Column* column : staged) {
        columns += fmt::format(", {} {}", column->name(), schema_token(column->type(), false));
    }
    return render_types(
        fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} ({2}, row_hash {3}){4}",
                    postgres ? "pg_temp" : "temp",
                    kStaging,
                    columns,
                    "{bytes}",
                    postgres ? " ON COMMIT DROP" : ""),
        dialect);
}

}  // namespace

MergeSql::MergeSql(const BatchPlan& plan,
                   const std::vector<const base::Column*>& staged,
                   sql::Dialect dialect)
    : create_(create_text(staged, dialect)) {
    for (const base::Column* column : staged) {
        const auto& unstored = plan.unstored;
        if (std::find(unstored.begin(), unstored.end(), column->name()) == unstored.end()) {
            stored_.push_back(column->name());
        }
    }
    const std::string& table = plan.table.name;
    const std::string same = keys_equal(plan.table.key, "t", "s");
    const std::string key = joined(plan.table.key);
    // A window, which both stores sort once: SQLite compares every row with every other to join the
    // staged rows, which have no index, with themselves.
    repeated_ = fmt::format(
        "SELECT r.row_no, r.last_no FROM (SELECT row_no, max(row_no) OVER w AS last_no, count(*) "
        "OVER w AS times FROM {} WINDOW w AS (PARTITION BY {})) r WHERE r.times > 1 ORDER BY "
        "r.last_no, r.row_no",
        kStaging,
        key);
    if (plan.history && plan.table.has_history) {
        std::vector<std::string> all{"id"};
        for (const EntityColumn& column : plan.table.columns) {
            all.push_back(column.name);
        }
        all.insert(all.end(), {"row_hash", "batch_id", "known_from"});
        keep_history_ = fmt::format(
            "INSERT INTO {0}_history ({1}, known_to) SELECT {2}, $1 FROM {0} t JOIN {3} s ON {4} "
            "WHERE t.row_hash <> s.row_hash",
            table,
            joined(all),
            joined(all, "t."),
            kStaging,
            same);
    }
    if (!plan.insert_only) {
        std::string set;
        for (const std::string& name : stored_) {
            set += fmt::format("{0} = s.{0}, ", name);
        }
        update_ = fmt::format(
            "UPDATE {} AS t SET {}row_hash = s.row_hash, batch_id = $1, known_from = $2 FROM {} s "
            "WHERE {} AND t.row_hash <> "
            "s.row_hash",
            table,
            set,
            kStaging,
            same);
    }
    insert_ = fmt::format(
        "INSERT INTO {0} ({1}, row_hash, batch_id, known_from) SELECT {2}, s.row_hash, $1, $2 FROM "
        "{3} s WHERE NOT EXISTS "
        "(SELECT 1 FROM {0} t WHERE {4}) ORDER BY s.row_no",
        table,
        joined(stored_),
        joined(stored_, "s."),
        kStaging,
        same);
    compare_ = fmt::format(
        "SELECT s.row_no, CASE WHEN t.id IS NULL THEN 1 ELSE 0 END, {}, {} FROM {} s LEFT JOIN {} "
        "t ON {} WHERE t.id IS NULL{} ORDER BY s.row_no",
        joined(stored_, "s."),
        joined(stored_, "t."),
        kStaging,
        table,
        same,
        plan.insert_only ? "" : " OR t.row_hash <> s.row_hash");
}

}  // namespace hrbridge::store
