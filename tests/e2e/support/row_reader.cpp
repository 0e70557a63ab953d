#include "tests/e2e/support/row_reader.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/store/seal_place.h"

namespace hrbridge::e2e {
namespace {

constexpr int kBesideColumns = 3;  // id, row_hash, batch_id

struct AddCell {
    base::RowHasher& hasher;

    void operator()(base::Null /*null*/) const { hasher.add_null(); }
    void operator()(std::int64_t number) const { hasher.add_int(number); }
    void operator()(bool yes) const { hasher.add_bool(yes); }
    void operator()(const base::Decimal& number) const {
        hasher.add_decimal(number.unscaled(), number.scale());
    }
    void operator()(const std::string& text) const { hasher.add_text(text); }
    void operator()(const base::Bytes& bytes) const { hasher.add_bytes(bytes.data); }
    void operator()(base::Date date) const { hasher.add_date(date.time_since_epoch().count()); }
    void operator()(base::Timestamp time) const {
        hasher.add_timestamp(time.time_since_epoch().count());
    }
};

// A sealed cell is kept as text, whatever the field's type.
base::Value unsealed(const std::string& text, const base::FieldType& type) {
    if (type.kind == base::Kind::Text) {
        return text;
    }
    const auto number = base::Decimal::parse(text);
    if (type.kind != base::Kind::Decimal || !number) {
        throw std::logic_error("a sealed field of a kind that no shipped mapping has");
    }
    return *number;
}

std::string joined_key(const std::vector<std::string>& key,
                       const std::map<std::string, base::Value>& cells) {
    std::string text;
    for (const std::string& column : key) {
        text += (text.empty() ? "" : "/") + base::to_string(cells.at(column));
    }
    return text;
}

bool is_sealed(const store::EntityTable& entity, const std::string& name) {
    return std::any_of(entity.columns.begin(), entity.columns.end(), [&](const auto& column) {
        return column.sealed && column.name == name;
    });
}

const engine::FieldRule* field_of(const engine::Mapping& mapping, const std::string& column) {
    const auto found = std::find_if(mapping.fields.begin(),
                                    mapping.fields.end(),
                                    [&](const auto& field) { return field.target == column; });
    return found == mapping.fields.end() ? nullptr : &*found;
}

}  // namespace

std::string printed(const base::Value& value) {
    if (std::holds_alternative<base::Null>(value)) {
        return "NULL";
    }
    if (const auto* bytes = std::get_if<base::Bytes>(&value)) {
        return "x" + base::to_hex(bytes->data);
    }
    return std::holds_alternative<std::string>(value) ? "'" + base::to_string(value) + "'"
                                                      : base::to_string(value);
}

RowReader::RowReader(store::sql::Connection& connection,
                     const base::SealKeys& keys,
                     const std::vector<engine::Mapping>& mappings)
    : connection_(connection), keys_(keys), entities_(store::entity_tables(connection)) {
    for (const engine::Mapping& mapping : mappings) {
        mappings_[mapping.entity] = &mapping;
    }
}

std::vector<StoredRow> RowReader::read(const store::EntityTable& entity, const std::string& table) {
    std::string columns;
    for (const store::EntityColumn& column : entity.columns) {
        columns += ", " + column.name;
    }
    const bool current = table == entity.name;
    // References are looked up first: another statement would end this one.
    for (const store::EntityColumn& column : entity.columns) {
        if (!column.references.empty()) {
            key_of(column.references, 0);
        }
    }
    const auto rows = connection_.query(
        fmt::format("SELECT id, row_hash, batch_id{}, known_from FROM {}", columns, table), {});
    std::vector<StoredRow> out;
    while (rows->next()) {
        const Cells cells = cells_of(entity, *rows);
        StoredRow row;
        row.key = joined_key(entity.key, cells);
        for (const auto& [name, value] : cells) {
            row.cells += fmt::format("{}{}={}", row.cells.empty() ? "" : " ", name, printed(value));
        }
        row.stored_hash = base::to_hex(rows->bytes(1));
        row.computed_hash = hash_of(entity, cells);
        if (current) {
            row.place = fmt::format("{} {} {}",
                                    rows->integer(0),
                                    rows->integer(2),
                                    base::to_string(rows->timestamp(
                                        kBesideColumns + static_cast<int>(entity.columns.size()))));
        }
        out.push_back(std::move(row));
    }
    return out;
}

const std::string& RowReader::key_of(const std::string& name, std::int64_t id) {
    static const std::string kNone;
    auto known = known_keys_.find(name);
    if (known == known_keys_.end()) {
        known = known_keys_.emplace(name, std::map<std::int64_t, std::string>{}).first;
        const std::vector<std::string>& key = entity(name).key;
        const auto rows =
            connection_.query(fmt::format("SELECT id, {} FROM {}", fmt::join(key, ", "), name), {});
        while (rows->next()) {
            std::string text;
            for (std::size_t i = 0; i < key.size(); ++i) {
                text += (i == 0 ? "" : "/") + base::to_string(rows->value(static_cast<int>(i) + 1));
            }
            known->second[rows->integer(0)] = text;
        }
    }
    const auto found = known->second.find(id);
    return found == known->second.end() ? kNone : found->second;
}

RowReader::Cells RowReader::cells_of(const store::EntityTable& entity,
                                     const store::sql::Rows& rows) {
    Cells cells;
    int at = kBesideColumns;
    for (const store::EntityColumn& column : entity.columns) {
        base::Value value = rows.value(at++);
        if (!column.references.empty() && !std::holds_alternative<base::Null>(value)) {
            value = key_of(column.references, std::get<std::int64_t>(value));
        }
        cells[column.name] = std::move(value);
    }
    const std::string key = joined_key(entity.key, cells);
    for (const store::EntityColumn& column : entity.columns) {
        base::Value& value = cells[column.name];
        if (!column.sealed || std::holds_alternative<base::Null>(value)) {
            continue;
        }
        const auto plain = keys_.open(std::get<base::Bytes>(value).data,
                                      store::seal_place(entity.name, column.name, key));
        const engine::FieldRule* field = field_of(*mappings_.at(entity.name), column.name);
        value = plain ? unsealed(plain.value(), field->type)
                      : base::Value("cannot be opened: " + plain.fault().what);
    }
    return cells;
}

std::string RowReader::hash_of(const store::EntityTable& entity, const Cells& cells) const {
    base::RowHasher hasher;
    bool sealed = false;
    for (const engine::FieldRule& field : mappings_.at(entity.name)->fields) {
        if (field.stored) {
            std::visit(AddCell{hasher}, cells.at(field.target));
            sealed = sealed || is_sealed(entity, field.target);
        }
    }
    const base::RowHash plain = hasher.finish();
    if (!sealed) {
        return plain.hex();
    }
    base::KeyedDigest digest = keys_.digest(base::kRowHashPurpose);
    return base::sealed_hash(plain, digest).hex();
}

const store::EntityTable& RowReader::entity(const std::string& name) const {
    const auto found = std::find_if(
        entities_.begin(), entities_.end(), [&](const auto& each) { return each.name == name; });
    if (found == entities_.end()) {
        throw std::logic_error("there is no entity " + name);
    }
    return *found;
}

}  // namespace hrbridge::e2e
