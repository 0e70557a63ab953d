#include "daemon/store/reject_staging.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/column_type.h"

namespace hrbridge::store {
namespace {

// To make a temporary table costs as much as some statements do.
constexpr std::size_t kWorthATable = 16;
// A longer row goes alone; others go on when so much has come together.
constexpr std::size_t kLongRow = std::size_t{1} << 20U;
constexpr std::size_t kMostBytes = std::size_t{256} << 10U;
constexpr const char* kTable = "refused_rows";

constexpr std::string_view kInto =
    "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
    "key_digest, waits_for, packed_row, part, state, seen, first_seen, last_seen) ";

constexpr std::string_view kLacksItsRow =
    "SELECT id FROM reject WHERE mapping = $1 AND key_digest = $2 AND length(packed_row) = 0 AND "
    "long_row IS NULL";

// `kept_again` is 1 for a row that is mapped again: it brings what the mapping reads, not all that
// the source gave. What a person has dismissed stays so as long as the same rule says the same.
std::string on_conflict(std::string_view kept_again) {
    return fmt::format(
        " ON CONFLICT (mapping, key_digest) DO UPDATE SET mapping_hash = excluded.mapping_hash, "
        "run_id = excluded.run_id, kind = excluded.kind, rule = excluded.rule, "
        "field = excluded.field, reason = excluded.reason, source_key = excluded.source_key, "
        "waits_for = excluded.waits_for, "
        "packed_row = CASE WHEN {0} THEN reject.packed_row ELSE excluded.packed_row END, "
        "long_row = CASE WHEN {0} THEN reject.long_row END, "
        "part = CASE WHEN {0} THEN reject.part ELSE excluded.part END, "
        "state = CASE WHEN reject.state = 'dismissed' AND reject.rule = excluded.rule THEN "
        "'dismissed' ELSE 'open' END, "
        "seen = CASE WHEN reject.run_id = excluded.run_id THEN reject.seen ELSE reject.seen + 1 "
        "END, last_seen = excluded.last_seen",
        kept_again);
}

const std::string& one_statement() {
    static const std::string kStatement =
        std::string(kInto) +
        "VALUES ($1, $2, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', 1, $4, $4)" +
        on_conflict("CAST($14 AS bigint) = 1");
    return kStatement;
}

// Of the staged rows those that the mapping had refused before cannot be told apart in one
// statement, so that they come in one of their own.
const std::string& all_statement(bool kept_again) {
    static const auto kMake = [](bool again) {
        return fmt::format(
            "{}SELECT $1, $2, $3, kind, rule, field, reason, source_key, key_digest, waits_for, "
            "packed_row, part, 'open', 1, $4, $4 FROM {} WHERE kept_again = {} ORDER BY row_no{}",
            kInto,
            kTable,
            again ? 1 : 0,
            on_conflict(again ? "1 = 1" : "1 = 0"));
    };
    static const std::string kFromSource = kMake(false);
    static const std::string kAgain = kMake(true);
    return kept_again ? kAgain : kFromSource;
}

// What both tables have, in the order of append_common().
void add_common(std::vector<base::Column>& columns) {
    for (const char* name :
         {"kind", "rule", "field", "reason", "source_key", "waits_for", "part"}) {
        columns.emplace_back(name, base::FieldType{base::Kind::Text});
    }
    columns.emplace_back("key_digest", base::FieldType{base::Kind::Bytes});
    columns.emplace_back("packed_row", base::FieldType{base::Kind::Bytes});
}

std::vector<base::Column> columns_again() {
    std::vector<base::Column> columns{base::Column("row_no", {base::Kind::Int}),
                                      base::Column("kept_again", {base::Kind::Int})};
    add_common(columns);
    return columns;
}

std::vector<base::Column> columns_new() {
    std::vector<base::Column> columns;
    for (const char* name : {"run_id", "seen"}) {
        columns.emplace_back(name, base::FieldType{base::Kind::Int});
    }
    for (const char* name : {"first_seen", "last_seen"}) {
        columns.emplace_back(name, base::FieldType{base::Kind::Timestamp});
    }
    for (const char* name : {"mapping", "mapping_hash", "state"}) {
        columns.emplace_back(name, base::FieldType{base::Kind::Text});
    }
    add_common(columns);
    return columns;
}

std::string_view kind_of(const Reject& reject) {
    return reject.kind == RejectClass::Hold ? "hold" : "row";
}

// Gives the number of bytes.
std::size_t append_common(std::vector<base::Column>::iterator column,
                          const KnownReject& row,
                          const std::string& packed) {
    const Reject& reject = row.reject;
    (column++)->append_bytes(kind_of(reject));
    for (const std::string* text :
         {&reject.rule, &reject.field, &reject.reason, &reject.source_key}) {
        (column++)->append_bytes(*text);
    }
    reject.waits_for.empty() ? column->append_null() : column->append_bytes(reject.waits_for);
    (++column)->append_value(row.part);
    (++column)->append_bytes(row.digest);
    (++column)->append_bytes(packed);
    return reject.reason.size() + reject.source_key.size() + packed.size();
}

std::string create_text(sql::Dialect dialect) {
    const bool postgres = dialect == sql::Dialect::Postgres;
    std::string columns;
    for (const base::Column& column : columns_again()) {
        columns += fmt::format("{}{} {}",
                               columns.empty() ? "" : ", ",
                               column.name(),
                               schema_token(column.type(), false));
    }
    return render_types(fmt::format("CREATE TEMP TABLE IF NOT EXISTS {0} ({1}){2}",
                                    kTable,
                                    columns,
                                    postgres ? " ON COMMIT DELETE ROWS"
                                             : fmt::format("; DELETE FROM temp.{}", kTable)),
                        dialect);
}

}  // namespace

RejectStaging::RejectStaging(sql::Connection& connection,
                             const BatchPlan& plan,
                             base::Timestamp now,
                             std::size_t not_new)
    : connection_(connection),
      plan_(plan),
      now_(now),
      many_(not_new >= kWorthATable),
      new_{"reject", columns_new()},
      again_{kTable, columns_again()} {
    if (many_) {
        connection_.run_script(create_text(connection_.dialect()));
    }
}

void RejectStaging::add(const KnownReject& row, std::string packed) {
    const bool is_long = packed.size() >= kLongRow;
    if (row.is_new && !is_long) {
        add_new(row, packed);
    } else if (many_ && !is_long) {
        add_again(row, packed);
    } else {
        if (digests_.contains(row.digest)) {
            merge();
        }
        write_one(row, std::move(packed));
    }
}

void RejectStaging::finish() {
    send(new_);
    if (!digests_.empty()) {
        merge();
    }
}

void RejectStaging::add_new(const KnownReject& row, const std::string& packed) {
    auto column = new_.columns.begin();
    (column++)->append_word(plan_.run_id);
    (column++)->append_word(1);
    (column++)->append_word(now_.time_since_epoch().count());
    (column++)->append_word(now_.time_since_epoch().count());
    (column++)->append_bytes(plan_.mapping);
    (column++)->append_bytes(plan_.mapping_hash);
    (column++)->append_bytes("open");
    new_.bytes += append_common(column, row, packed);
    if (new_.bytes >= kMostBytes) {
        send(new_);
    }
}

// One statement changes a row once.
void RejectStaging::add_again(const KnownReject& row, const std::string& packed) {
    if (!digests_.insert(row.digest).second) {
        merge();
        digests_.insert(row.digest);
    }
    auto column = again_.columns.begin();
    (column++)->append_word(static_cast<std::int64_t>(digests_.size()));
    (column++)->append_word(row.reject.digest.empty() ? 0 : 1);
    again_.bytes += append_common(column, row, packed);
    if (again_.bytes >= kMostBytes) {
        send(again_);
    }
}

void RejectStaging::send(Rows& rows) {
    std::vector<const base::Column*> columns;
    for (const base::Column& column : rows.columns) {
        columns.push_back(&column);
    }
    connection_.bulk_insert(rows.table, columns);
    for (base::Column& column : rows.columns) {
        column.clear();
    }
    rows.bytes = 0;
}

void RejectStaging::merge() {
    send(again_);
    for (const bool kept_again : {false, true}) {
        connection_.execute(all_statement(kept_again),
                            {plan_.mapping, plan_.mapping_hash, plan_.run_id, now_});
    }
    connection_.execute(fmt::format("DELETE FROM {}", kTable), {});
    digests_.clear();
}

void RejectStaging::write_one(const KnownReject& row, std::string packed) {
    send(new_);  // ids are in the order in which the rows came
    if (packed.size() < kLongRow) {
        write_values(row, std::move(packed));
        return;
    }
    write_values(row, {});
    write_long(row.digest, packed);
}

void RejectStaging::write_values(const KnownReject& row, std::string packed) {
    const Reject& reject = row.reject;
    connection_.execute(
        one_statement(),
        {plan_.mapping,
         plan_.mapping_hash,
         plan_.run_id,
         now_,
         std::string(kind_of(reject)),
         reject.rule,
         reject.field,
         reject.reason,
         reject.source_key,
         base::Bytes{row.digest},
         reject.waits_for.empty() ? base::Value{base::Null{}} : base::Value{reject.waits_for},
         base::Bytes{std::move(packed)},
         row.part,
         std::int64_t{reject.digest.empty() ? 0 : 1}});
}

// Unless the row was kept again as it was.
void RejectStaging::write_long(const std::string& digest, std::string_view packed) {
    std::optional<std::int64_t> id;
    {
        const auto rows = connection_.query(kLacksItsRow, {plan_.mapping, base::Bytes{digest}});
        id = rows->next() ? std::optional(rows->integer(0)) : std::nullopt;
    }
    if (id) {
        connection_.put_long({"reject", "long_row", *id, packed});
    }
}

// By the index in PostgreSQL's words, and by its columns in those of SQLite.
bool is_known_reject(const base::StoreError& error) {
    const std::string_view what = error.what();
    return what.find("constraint reject_key]") != std::string_view::npos ||
           what.find("reject.mapping, reject.key_digest") != std::string_view::npos;
}

}  // namespace hrbridge::store
