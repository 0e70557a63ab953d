#include "daemon/jobs/reject_rows.h"

#include <algorithm>

#include "daemon/base/text.h"

namespace hrbridge::jobs {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    return base::to_lower_ascii(a) == base::to_lower_ascii(b);
}

bool is_personal(const engine::Mapping& mapping, std::string_view source_column) {
    return std::any_of(mapping.fields.begin(), mapping.fields.end(), [&](const auto& field) {
        return same_name(field.from, source_column) && !field.pii.empty();
    });
}

}  // namespace

RejectRows::RejectRows(const engine::Mapping& mapping,
                       const std::vector<base::DescribedColumn>& columns)
    : columns_(columns), decoder_(engine::Decoder::make(mapping.read_as.charset)) {
    for (const std::string& name : mapping.key) {
        const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
            return same_name(column.name, name);
        });
        if (found != columns.end()) {
            key_.push_back(
                {static_cast<std::size_t>(found - columns.begin()), is_personal(mapping, name)});
        }
    }
}

store::Reject RejectRows::make(const engine::RowFault& fault, const base::RawBlock& block) const {
    store::Reject reject;
    reject.rule = fault.rule;
    reject.field = fault.field;
    reject.reason = fault.reason;
    reject.source_key = key_of(block, fault.row);
    reject.packed_row = base::pack_row(block, columns_, fault.row);
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

}  // namespace hrbridge::jobs
