#include "mappings/engine/source_rows.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::engine {
namespace {

constexpr std::string_view kPurpose = "source row 1";

std::optional<std::size_t> key_field_from(const Mapping& mapping, const std::string& column) {
    for (std::size_t i = 0; i < mapping.fields.size(); ++i) {
        const FieldRule& field = mapping.fields[i];
        const auto& key = mapping.target_key;
        if (std::find(key.begin(), key.end(), field.target) != key.end() &&
            base::same_name(field.from, column)) {
            return i;
        }
    }
    return std::nullopt;
}

std::string_view cell_of(const base::RawBlock& raw,
                         std::size_t column,
                         std::size_t row,
                         bool padded) {
    std::string_view cell = raw.columns[column].cell(row);
    while (padded && !cell.empty() && cell.back() == ' ') {
        cell.remove_suffix(1);
    }
    return cell;
}

bool stands_in(std::string_view cell, const base::Column& column, std::size_t row) {
    if (column.is_null(row)) {
        return false;
    }
    return column.type().kind == base::Kind::Text ? column.bytes(row) == cell
                                                  : base::to_string(column.value(row)) == cell;
}

}  // namespace

SourceRows::SourceRows(const Mapping& mapping,
                       const std::vector<KeyColumn>& key,
                       const base::SealKeys* keys)
    : mapping_(mapping.name) {
    if (keys != nullptr) {
        digest_.emplace(keys->digest(kPurpose));
    }
    for (const KeyColumn& column : key) {
        parts_.push_back({column.raw, column.padded, key_field_from(mapping, column.name)});
    }
}

std::int64_t SourceRows::number_of(const base::RawBlock& raw,
                                   std::size_t raw_row,
                                   const base::Batch& batch,
                                   std::size_t row) {
    const bool unchanged = std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
        return part.field &&
               stands_in(
                   cell_of(raw, part.raw, raw_row, part.padded), batch.columns[*part.field], row);
    });
    return unchanged && !parts_.empty() ? 0 : digest(raw, raw_row);
}

std::int64_t SourceRows::digest(const base::RawBlock& raw, std::size_t raw_row) {
    hasher_.add_text(mapping_);
    for (const Part& part : parts_) {
        hasher_.add_bytes(cell_of(raw, part.raw, raw_row, part.padded));
    }
    base::RowHash hash = hasher_.finish();
    if (digest_) {
        hash = base::sealed_hash(hash, *digest_);
    }
    std::int64_t number = 0;
    std::memcpy(&number, hash.bytes.data(), sizeof number);
    return number == 0 ? 1 : number;
}

}  // namespace hrbridge::engine
