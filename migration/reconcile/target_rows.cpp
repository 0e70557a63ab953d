#include "migration/reconcile/target_rows.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/store/scan_cells.h"
#include "daemon/store/seal_place.h"
#include "migration/check/stream.h"
#include "migration/check/violation.h"

namespace hrbridge::reconcile {
namespace {

using base::Kind;
using store::sql::ScanCell;

constexpr std::size_t kFirstKey = 3;  // behind id, batch_id and row_hash
constexpr std::size_t kIdsAQuery = 500;

base::RowHash hash_of(std::string_view bytes) {
    base::RowHash hash;
    std::memcpy(hash.bytes.data(), bytes.data(), std::min(bytes.size(), hash.bytes.size()));
    return hash;
}

bool is_optional(const engine::FieldRule& field) {
    return field.ref && field.otherwise == engine::Otherwise::Null;
}

}  // namespace

void add_cell(base::RowHasher& hasher, const base::Value& value) {
    if (const auto* const whole = std::get_if<std::int64_t>(&value)) {
        hasher.add_int(*whole);
    } else if (const auto* const flag = std::get_if<bool>(&value)) {
        hasher.add_bool(*flag);
    } else if (const auto* const number = std::get_if<base::Decimal>(&value)) {
        hasher.add_decimal(number->unscaled(), number->scale());
    } else if (const auto* const text = std::get_if<std::string>(&value)) {
        hasher.add_text(*text);
    } else if (const auto* const bytes = std::get_if<base::Bytes>(&value)) {
        hasher.add_bytes(bytes->data);
    } else if (const auto* const day = std::get_if<base::Date>(&value)) {
        hasher.add_date(day->time_since_epoch().count());
    } else if (const auto* const instant = std::get_if<base::Timestamp>(&value)) {
        hasher.add_timestamp(instant->time_since_epoch().count());
    } else {
        hasher.add_null();
    }
}

TargetRows::TargetRows(const check::Scope& scope,
                       const std::vector<store::EntityTable>& tables,
                       const engine::Mapping& mapping)
    : scope_(scope), entity_(scope, tables, mapping.entity) {
    const auto parts = entity_.key_parts("e", joins_);
    columns_ = "e.id, e.batch_id, e.row_hash";
    types_ = {{Kind::Int}, {Kind::Int}, {Kind::Bytes}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        columns_ += ", " + parts[i];
        types_.push_back(entity_.shown_type(entity_.table().key[i]));
    }
    keys_ = parts.size();
    for (const engine::FieldRule& field : mapping.fields) {
        if (!field.stored) {
            continue;
        }
        const bool sealed = entity_.need(field.target).sealed;
        if (sealed && scope.keys == nullptr) {
            throw check::CannotCheck({"no_keys", {{"field", field.target}}});
        }
        fields_.push_back(&field);
        sealed_.push_back(sealed);
        has_sealed_ = has_sealed_ || sealed;
        const std::string shown = entity_.shown(field.target, "e", joins_);
        const auto part = std::find(parts.begin(), parts.end(), shown);
        if (part != parts.end()) {
            places_.push_back(kFirstKey + static_cast<std::size_t>(part - parts.begin()));
            continue;
        }
        places_.push_back(types_.size());
        columns_ += ", " + shown;
        types_.push_back(sealed ? base::FieldType{Kind::Bytes} : entity_.shown_type(field.target));
    }
    if (has_sealed_) {
        digest_.emplace(scope.keys->digest(base::kRowHashPurpose));
    }
}

std::string TargetRows::select(const std::string& where) const {
    return fmt::format("SELECT {} FROM {} e{} WHERE {}{}",
                       columns_,
                       check::as_name(entity_.name()),
                       joins_,
                       entity_.live("e", {}),
                       where);
}

base::Value TargetRows::value_of(std::span<const ScanCell> cells, std::size_t column) const {
    return check::to_value(cells[column], types_[column]);
}

std::string TargetRows::key_text(std::span<const ScanCell> cells) const {
    std::string key;
    for (std::size_t i = 0; i < keys_; ++i) {
        key += (i == 0 ? "" : "/") + check::shown_text(value_of(cells, kFirstKey + i));
    }
    return key;
}

base::Value TargetRows::opened(std::span<const ScanCell> cells, std::size_t field) {
    const engine::FieldRule& rule = *fields_[field];
    const ScanCell& cell = cells[places_[field]];
    if (cell.null) {
        return base::Null{};
    }
    const auto plain = scope_.keys->open(
        cell.bytes, store::seal_place(entity_.name(), rule.target, key_text(cells)));
    if (!plain) {
        unopened_ = rule.target;
        return base::Bytes{std::string(cell.bytes)};
    }
    any_opened_ = true;
    auto value = check::parse_plain(*plain, rule.type);
    if (!value) {
        return *plain;
    }
    if (const auto* const number = std::get_if<base::Decimal>(&*value);
        number != nullptr && rule.type.kind == Kind::Int) {
        return static_cast<std::int64_t>(number->unscaled());
    }
    return std::move(*value);
}

void TargetRows::add_field(std::span<const ScanCell> cells, std::size_t field) {
    const std::size_t column = places_[field];
    if (sealed_[field]) {
        add_cell(hasher_, opened(cells, field));
    } else {
        store::add_cell(hasher_, types_[column], cells[column]);
    }
}

void TargetRows::scan(const std::function<void(const TargetRow&)>& row) {
    TargetRow out;
    scope_.connection.scan(select({}), types_, [&](std::span<const ScanCell> cells) {
        out.id = cells[0].word;
        out.batch = cells[1].word;
        out.stored = hash_of(cells[2].bytes);
        for (std::size_t i = 0; i < keys_; ++i) {
            store::add_cell(hasher_, types_[kFirstKey + i], cells[kFirstKey + i]);
        }
        out.key = hasher_.finish();
        out.without_parent = false;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            add_field(cells, i);
            out.without_parent =
                out.without_parent || (is_optional(*fields_[i]) && cells[places_[i]].null);
        }
        out.hash = hasher_.finish();
        if (digest_) {
            out.hash = base::sealed_hash(out.hash, *digest_);
        }
        row(out);
    });
    if (!unopened_.empty() && !any_opened_) {
        throw check::CannotCheck({"cannot_open", {{"field", unopened_}}});
    }
}

std::vector<TargetCells> TargetRows::fetch(const std::vector<std::int64_t>& ids) {
    std::vector<TargetCells> out;
    std::vector<std::int64_t> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t first = 0; first < sorted.size(); first += kIdsAQuery) {
        const std::size_t last = std::min(sorted.size(), first + kIdsAQuery);
        const std::vector<std::int64_t> page(sorted.begin() + static_cast<std::ptrdiff_t>(first),
                                             sorted.begin() + static_cast<std::ptrdiff_t>(last));
        scope_.connection.scan(
            select(fmt::format(" AND e.id IN ({}) ORDER BY e.id", check::id_list(page))),
            types_,
            [&](std::span<const ScanCell> cells) {
                TargetCells& each = out.emplace_back();
                each.id = cells[0].word;
                for (std::size_t i = 0; i < keys_; ++i) {
                    each.key.push_back(value_of(cells, kFirstKey + i));
                }
                for (std::size_t i = 0; i < fields_.size(); ++i) {
                    each.cells.push_back(sealed_[i] ? opened(cells, i)
                                                    : value_of(cells, places_[i]));
                }
            });
    }
    return out;
}

std::string TargetRows::shown_key(const std::vector<base::Value>& key) const {
    std::string out;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const std::string part = check::shown_text(key[i]);
        out += (i == 0 ? "" : "/") + (entity_.key_is_personal(i) ? base::mask(part) : part);
    }
    return out;
}

}  // namespace hrbridge::reconcile
