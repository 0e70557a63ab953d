#include "daemon/jobs/reject_rows.h"

#include <algorithm>

#include "daemon/base/packed_row.h"
#include "daemon/base/text.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::jobs {
namespace {

bool is_personal(const engine::Mapping& mapping, std::string_view source_column) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
        return !field.pii.empty() && engine::reads_column(field, source_column);
    });
}

// Keys and the column of the window are no secret to who may see rejects.
bool is_read(const engine::Mapping& mapping, std::string_view source_column) {
    const bool finds_rows =
        base::same_name(mapping.sync.window_by, source_column) ||
        std::any_of(mapping.key.begin(), mapping.key.end(), [&](const std::string& name) {
            return base::same_name(name, source_column);
        });
    return finds_rows ||
           std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
               return engine::reads_column(field, source_column);
           });
}

// As identity, telephone and bank account numbers do.
bool looks_like_a_personal_number(std::string_view cell) {
    constexpr std::size_t kFewestDigits = 11;
    const std::string_view text = base::trim(cell);
    const auto digits = static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char each) { return each >= '0' && each <= '9'; }));
    const auto others =
        static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char each) {
            return std::string_view(" -+()xX").find(each) != std::string_view::npos;
        }));
    return digits >= kFewestDigits && digits + others == text.size();
}

// A record that could not be taken apart holds all of the contract's columns.
bool record_is_personal(const engine::Mapping& mapping) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [](const auto& field) {
        return !field.pii.empty();
    });
}

bool record_is_read(const engine::Mapping& mapping) {
    return std::all_of(mapping.columns.begin(), mapping.columns.end(), [&](const auto& column) {
        return is_read(mapping, column.name);
    });
}

}  // namespace

RejectRows::RejectRows(const engine::Mapping& mapping,
                       const std::vector<base::DescribedColumn>& columns)
    : columns_(columns), decoder_(engine::Decoder::make(mapping.read_as.charset)) {
    for (const base::DescribedColumn& column : columns) {
        const bool record = column.name == base::kMalformedColumn;
        personal_.push_back(record ? record_is_personal(mapping)
                                   : is_personal(mapping, column.name));
        read_.push_back(record
                            ? record_is_read(mapping)
                            : column.name == base::kPlaceColumn || is_read(mapping, column.name));
    }
    for (const std::string& name : mapping.key) {
        const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
            return base::same_name(column.name, name);
        });
        if (found != columns.end()) {
            key_.push_back(
                {static_cast<std::size_t>(found - columns.begin()), is_personal(mapping, name)});
        }
    }
}

store::Reject RejectRows::make(const engine::RowFault& fault, const base::RawBlock& block) const {
    store::Reject reject = without_row(fault, block);
    reject.packed_row = base::pack_row(block, columns_, fault.row);
    return reject;
}

store::Reject RejectRows::make_away(const engine::RowFault& fault, base::RawBlock& block) const {
    store::Reject reject = without_row(fault, block);
    reject.packed_row = base::pack_row_away(block, columns_, fault.row);
    return reject;
}

store::Reject RejectRows::without_row(const engine::RowFault& fault,
                                      const base::RawBlock& block) const {
    store::Reject reject;
    reject.rule = fault.rule;
    reject.field = fault.field;
    reject.reason = fault.reason;
    reject.source_key = key_of(block, fault.row);
    reject.digest = block.kept_as.empty() ? std::string() : block.kept_as.at(fault.row);
    reject.row = static_cast<std::uint32_t>(fault.row);
    return reject;
}

std::string RejectRows::shown(std::string_view bytes, bool personal) const {
    std::string buffer;
    std::string_view text;
    if (!decoder_ || !decoder_->decode(base::trim(bytes), buffer, text).ok) {
        return personal ? "***" : "0x" + base::to_hex(bytes);
    }
    return personal ? base::mask(text) : std::string(text);
}

std::string RejectRows::key_of(const base::RawBlock& block, std::size_t row) const {
    std::string key;
    for (const KeyPart& part : key_) {
        if (&part != &key_.front()) {
            key += '/';
        }
        key += shown(block.columns[part.column].cell(row), part.personal);
    }
    return key;
}

std::vector<std::string> RejectRows::cells_of(const base::RawBlock& block,
                                              std::size_t row,
                                              Unread unread) const {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        cells.push_back(cell_of(block.columns[i], row, i, unread));
    }
    return cells;
}

std::string RejectRows::cell_of(const base::RawColumn& column,
                                std::size_t row,
                                std::size_t index,
                                Unread unread) const {
    if (!column.has_bytes(row)) {
        return column.is_null(row) ? "NULL" : "absent";
    }
    const std::string& name = columns_[index].name;
    std::string_view cell = column.cell(row);
    if (name == base::kPlaceColumn) {
        return std::string(cell);  // a file's name is not in the charset of its content
    }
    if (name == base::kMalformedColumn) {
        cell.remove_prefix(std::min(cell.find('\n'), cell.size() - 1) + 1);
    }
    return shown(cell,
                 personal_[index] || (!read_[index] && (unread == Unread::Masked ||
                                                        looks_like_a_personal_number(cell))));
}

}  // namespace hrbridge::jobs
