#include "mappings/engine/cell_reader.h"

namespace hrbridge::engine {

DecodeReport CellReader::read(std::size_t column,
                              std::size_t row,
                              Cell& cell,
                              std::string& buffer) const {
    const base::RawColumn& raw = block_->columns[column];
    cell.null = !raw.has_bytes(row);
    cell.text = {};
    if (cell.null) {
        return {};
    }
    std::string_view bytes = raw.cell(row);
    if (columns_[column].padded) {
        // A blank is never the second half of a character in the charsets that we read.
        const std::size_t last = bytes.find_last_not_of(' ');
        bytes = bytes.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    if (bytes.empty() && empty_is_null_) {
        cell.null = true;
        return {};
    }
    return decoder_.decode(bytes, buffer, cell.text);
}

}  // namespace hrbridge::engine
