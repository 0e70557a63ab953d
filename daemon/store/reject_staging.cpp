#include "daemon/store/reject_staging.h"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "daemon/store/column_type.h"

namespace hrbridge::store {
namespace {

// To make a temporary table costs as much as some statements do.
constexpr std::size_t kWorthATable = 16;
constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
constexpr std::string_view kTable = "refused_rows";

constexpr std::string_view kInto =
    "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
    "key_digest, waits_for, packed_row, part, state, seen, first_seen, last_seen) ";

// `kept_again` is 1 for a row that is mapped again: it brings what the mapping reads, not all that
// the source gave. What a person has dismissed stays so as long as the same rule says the same.
std::string on_conflict(std::string_view kept_again) {
    return fmt::format(
        " ON CONFLICT (mapping, key_digest) DO UPDATE SET mapping_hash = excluded.mapping_hash, "
        "run_id = excluded.run_id, kind = excluded.kind, rule = excluded.rule, "
        "field = excluded.field, reason = excluded.reason, source_key = excluded.source_key, "
        "waits_for = excluded.waits_for, "
        "packed_row = CASE WHEN {0} THEN reject.packed_row ELSE excluded.packed_row END, "
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

std::vector<base::Column> empty_columns() {
    std::vector<base::Column> columns{base::Column("row_no", {base::Kind::Int}),
                                      base::Column("kept_again", {base::Kind::Int})};
    for (const char* name :
         {"kind", "rule", "field", "reason", "source_key", "waits_for", "part"}) {
        columns.emplace_back(name, base::FieldType{base::Kind::Text});
    }
    columns.emplace_back("key_digest", base::FieldType{base::Kind::Bytes});
    columns.emplace_back("packed_row", base::FieldType{base::Kind::Bytes});
    return columns;
}

std::string create_text(sql::Dialect dialect) {
    const bool postgres = dialect == sql::Dialect::Postgres;
    std::string columns;
    for (const base::Column& column : empty_columns()) {
        columns += fmt::format("{}{} {}",
                               columns.empty() ? "" : ", ",
                               column.name(),
                               schema_token(column.type(), false));
    }
    return render_types(fmt::format("DROP TABLE IF EXISTS {0}.{1}; CREATE TEMP TABLE {1} ({2}){3}",
                                    postgres ? "pg_temp" : "temp",
                                    kTable,
                                    columns,
                                    postgres ? " ON COMMIT DROP" : ""),
                        dialect);
}

}  // namespace

RejectStaging::RejectStaging(sql::Connection& connection,
                             const BatchPlan& plan,
                             base::Timestamp now,
                             std::size_t rows)
    : connection_(connection),
      plan_(plan),
      now_(now),
      many_(rows >= kWorthATable),
      columns_(empty_columns()) {
    if (many_) {
        connection_.run_script(create_text(connection_.dialect()));
    }
}

void RejectStaging::add(const Reject& reject,
                        const std::string& digest,
                        std::string packed,
                        const base::Value& part) {
    if (!many_ || packed.size() >= kMostBytes) {
        if (digests_.contains(digest)) {
            merge();
        }
        write_one(reject, digest, std::move(packed), part);
        return;
    }
    // One statement changes a row once.
    if (!digests_.insert(digest).second) {
        merge();
        digests_.insert(digest);
    }
    auto column = columns_.begin();
    (column++)->append_word(static_cast<std::int64_t>(digests_.size()));
    (column++)->append_word(reject.digest.empty() ? 0 : 1);
    const bool holds = reject.kind == RejectClass::Hold;
    const std::string kind = holds ? "hold" : "row";
    for (const std::string* text :
         {&kind, &reject.rule, &reject.field, &reject.reason, &reject.source_key}) {
        (column++)->append_bytes(*text);
        bytes_ += text->size();
    }
    (column++)->append_value(reject.waits_for.empty() ? base::Value{base::Null{}}
                                                      : base::Value{reject.waits_for});
    (column++)->append_value(part);
    (column++)->append_bytes(digest);
    column->append_bytes(packed);
    bytes_ += packed.size();
    if (bytes_ >= kMostBytes) {
        send();
    }
}

void RejectStaging::finish() {
    if (many_ && !digests_.empty()) {
        merge();
    }
}

void RejectStaging::send() {
    std::vector<const base::Column*> columns;
    for (const base::Column& column : columns_) {
        columns.push_back(&column);
    }
    connection_.bulk_insert(kTable, columns);
    for (base::Column& column : columns_) {
        column.clear();
    }
    bytes_ = 0;
}

void RejectStaging::merge() {
    send();
    for (const bool kept_again : {false, true}) {
        connection_.execute(all_statement(kept_again),
                            {plan_.mapping, plan_.mapping_hash, plan_.run_id, now_});
    }
    connection_.execute(fmt::format("DELETE FROM {}", kTable), {});
    digests_.clear();
}

void RejectStaging::write_one(const Reject& reject,
                              const std::string& digest,
                              std::string packed,
                              const base::Value& part) {
    connection_.execute(
        one_statement(),
        {plan_.mapping,
         plan_.mapping_hash,
         plan_.run_id,
         now_,
         std::string(reject.kind == RejectClass::Hold ? "hold" : "row"),
         reject.rule,
         reject.field,
         reject.reason,
         reject.source_key,
         base::Bytes{digest},
         reject.waits_for.empty() ? base::Value{base::Null{}} : base::Value{reject.waits_for},
         base::Bytes{std::move(packed)},
         part,
         std::int64_t{reject.digest.empty() ? 0 : 1}});
}

}  // namespace hrbridge::store
