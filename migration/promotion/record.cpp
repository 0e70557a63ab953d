#include "migration/promotion/record.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/store/column_list.h"
#include "migration/promotion/stream_digest.h"

namespace hrbridge::promotion {
namespace {

constexpr std::int64_t kRowsAtATime = 20'000;
constexpr std::string_view kParts =
    "SELECT table_name, column_names FROM promotion_part WHERE promotion_id = $1 ORDER BY place";
constexpr std::string_view kNotePart =
    "INSERT INTO promotion_part (promotion_id, place, table_name, column_names) "
    "VALUES ($1, $2, $3, $4)";
constexpr std::string_view kForgetable =
    "SELECT id FROM promotion WHERE module = $1 AND rollback_until < $2 AND forgotten_at IS NULL";

// What never changes, in the order of the table; `entry` is what the digest is looked up by.
constexpr const char* kListed =
    "id, module, rehearsal_id, actor, promoted_at, rollback_until, last_batch, root_before";

std::string order_of(const std::string& table) {
    return table == "promotion_row"          ? "place, row_id"
           : table == "promotion_entity"     ? "place"
           : table == "promotion_mapping"    ? "place"
           : table == "checkpoint_before"    ? "moment, mapping"
           : table == "sweep_missing_before" ? "mapping, row_id"
                                             : "id";
}

struct Part {
    std::string table;
    std::string columns;
};

std::vector<Part> parts_of(store::sql::Connection& live, std::int64_t promotion) {
    std::vector<Part> parts;
    const auto rows = live.query(kParts, {promotion});
    while (rows->next()) {
        parts.push_back({rows->text(0), rows->text(1)});
    }
    return parts;
}

// Types of these columns; nullopt when one is gone.
std::optional<std::vector<base::FieldType>> types_of(store::sql::Connection& live,
                                                     const std::string& table,
                                                     const std::string& columns) {
    const auto all = store::table_columns(live, table);
    std::vector<base::FieldType> types;
    for (const std::string& name : store::columns_of(columns)) {
        const auto found = std::find_if(
            all.begin(), all.end(), [&](const auto& column) { return column.name == name; });
        if (found == all.end()) {
            return std::nullopt;
        }
        types.push_back(found->sealed ? base::FieldType{base::Kind::Bytes} : found->type);
    }
    return types;
}

void add_part(StreamDigest& digest,
              store::sql::Connection& live,
              std::int64_t promotion,
              const Part& part,
              const std::string& also = {}) {
    const auto types = types_of(live, part.table, part.columns);
    if (!types || types->empty()) {
        throw base::StoreError(
            "promotion",
            base::Remedy::Stop,
            fmt::format("the record of promotion {} names what {} does not have; "
                        "it was changed",
                        promotion,
                        part.table));
    }
    digest.add_text(part.table);
    digest.add_text(part.columns);
    digest.add_rows(live,
                    fmt::format("SELECT {} FROM {} WHERE {} = {}{} ORDER BY {}",
                                part.columns,
                                part.table,
                                part.table == "promotion" ? "id" : "promotion_id",
                                promotion,
                                also,
                                order_of(part.table)),
                    *types);
}

std::string own_columns(store::sql::Connection& live, const std::string& table) {
    std::vector<std::string> names;
    for (const auto& column : store::table_columns(live, table)) {
        if (column.name != "promotion_id") {
            names.push_back(column.name);
        }
    }
    return store::column_list(names);
}

void mix(base::RowHash& into, const base::RowHash& hash) {
    for (std::size_t i = 0; i < into.bytes.size(); ++i) {
        into.bytes[i] = static_cast<std::uint8_t>(into.bytes[i] ^ hash.bytes[i]);
    }
}

}  // namespace

std::vector<std::string> shared_columns(store::sql::Connection& live,
                                        const std::string& table,
                                        const std::string& into,
                                        const std::vector<std::string>& leave_out) {
    std::vector<std::string> kept;
    for (const auto& column : store::table_columns(live, into)) {
        if (std::find(leave_out.begin(), leave_out.end(), column.name) == leave_out.end()) {
            kept.push_back(column.name);
        }
    }
    std::vector<std::string> there;
    for (const auto& column : store::table_columns(live, table)) {
        there.push_back(column.name);
    }
    std::vector<std::string> a = kept;
    std::vector<std::string> b = there;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a.empty() || a != b) {
        throw std::logic_error(into + " does not have the columns of " + table);
    }
    return kept;
}

void Record::copy(const std::string& table,
                  const std::string& into,
                  const std::string& where,
                  std::optional<std::string> mapping) {
    const auto columns = shared_columns(live_, table, into, {"promotion_id"});
    std::vector<base::Value> values;
    values.emplace_back(promotion_);
    if (mapping) {
        values.emplace_back(std::move(*mapping));
    }
    live_.execute(fmt::format("INSERT INTO {} (promotion_id, {}) SELECT $1, {} FROM {} t {}",
                              into,
                              store::column_list(columns),
                              store::column_list(columns, "t."),
                              table,
                              where),
                  values);
}

void Record::keep_rows(const EntityPlan& entity) {
    copy(entity.table.name,
         entity.before(),
         fmt::format("JOIN {} a ON a.row_id = t.id WHERE a.act IN (2, 3, 4)", entity.acts()),
         {});
}

void Record::keep_state() {
    const auto columns =
        shared_columns(live_, "checkpoint", "checkpoint_before", {"promotion_id", "moment"});
    for (const MappingPlan& each : plan_.mappings) {
        const std::string& mapping = each.mapping->name;
        live_.execute(
            fmt::format("INSERT INTO checkpoint_before (promotion_id, moment, {0}) SELECT "
                        "$1, 'before', {0} FROM checkpoint WHERE mapping = $2",
                        store::column_list(columns)),
            {promotion_, mapping});
        copy("reject", "reject_before", "WHERE t.mapping = $2", mapping);
        copy("sweep_missing", "sweep_missing_before", "WHERE t.mapping = $2", mapping);
    }
}

void Record::note_rows(const EntityPlan& entity,
                       store::ContentSum& sum,
                       std::map<std::int64_t, base::RowHash>& hashes) {
    store::RowImages images(live_, entity.table, sum.columns);
    std::int64_t last = 0;
    bool more = true;
    while (more) {
        base::Column promotions("promotion_id", base::FieldType{base::Kind::Int});
        base::Column places("place", base::FieldType{base::Kind::Int});
        base::Column ids("row_id", base::FieldType{base::Kind::Int});
        base::Column acts("act", base::FieldType{base::Kind::Int});
        base::Column digests("image", base::FieldType{base::Kind::Bytes});
        images.scan(
            fmt::format("SELECT {}, a.act FROM {} a JOIN {} t ON t.id = a.row_id WHERE a.row_id > "
                        "{} ORDER BY a.row_id LIMIT {}",
                        images.columns("t"),
                        entity.acts(),
                        entity.table.name,
                        last,
                        kRowsAtATime),
            base::Kind::Int,
            [&](const store::RowImages::Row& row, const store::sql::ScanCell& act) {
                if (static_cast<Act>(act.word) != Act::Confirmed) {
                    sum.total.add(row.image);
                    ++sum.rows;
                    mix(hashes[row.batch], row.hash);
                }
                promotions.append_word(promotion_);
                places.append_word(entity.place);
                ids.append_word(row.id);
                acts.append_word(act.word);
                digests.append_bytes(row.image.digest());
                last = row.id;
            });
        more = static_cast<std::int64_t>(ids.rows()) == kRowsAtATime;
        if (ids.rows() > 0) {
            const base::Column* const columns[] = {&promotions, &places, &ids, &acts, &digests};
            live_.bulk_insert("promotion_row", columns);
        }
    }
}

void Record::note_parts() {
    std::vector<std::string> tables{"promotion_row"};
    for (const EntityPlan& entity : plan_.entities) {
        tables.push_back(entity.before());
    }
    tables.insert(tables.end(), {"checkpoint_before", "reject_before", "sweep_missing_before"});
    std::int64_t place = 0;
    for (const std::string& table : tables) {
        live_.execute(kNotePart, {promotion_, ++place, table, own_columns(live_, table)});
    }
}

ledger::Digest record_digest(store::sql::Connection& live, std::int64_t promotion) {
    StreamDigest digest;
    digest.add_text("hrbridge promotion 1");
    for (const Part& part : parts_of(live, promotion)) {
        add_part(digest, live, promotion, part);
    }
    return digest.finish();
}

ledger::Digest list_digest(store::sql::Connection& live, std::int64_t promotion) {
    StreamDigest digest;
    digest.add_text("hrbridge promotion list 1");
    add_part(digest, live, promotion, {"promotion", kListed});
    for (const char* const table : {"promotion_entity", "promotion_mapping"}) {
        add_part(digest, live, promotion, {table, own_columns(live, table)});
    }
    return digest.finish();
}

ledger::Digest checkpoints_digest(store::sql::Connection& live, std::int64_t promotion) {
    StreamDigest digest;
    digest.add_text("hrbridge checkpoints 1");
    for (const Part& part : parts_of(live, promotion)) {
        if (part.table == "checkpoint_before") {
            add_part(digest, live, promotion, part, " AND moment = 'promoted'");
        }
    }
    return digest.finish();
}

void forget_old(store::sql::Connection& live, const std::string& module, base::Timestamp now) {
    std::vector<std::int64_t> old;
    {
        const auto rows = live.query(kForgetable, {module, now});
        while (rows->next()) {
            old.push_back(rows->integer(0));
        }
    }
    for (const std::int64_t promotion : old) {
        for (const Part& part : parts_of(live, promotion)) {
            live.execute(fmt::format("DELETE FROM {} WHERE promotion_id = $1", part.table),
                         {promotion});
        }
        live.execute("UPDATE promotion SET forgotten_at = $2 WHERE id = $1", {promotion, now});
    }
}

}  // namespace hrbridge::promotion
