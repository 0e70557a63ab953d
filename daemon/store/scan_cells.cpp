#include "daemon/store/scan_cells.h"

namespace hrbridge::store {

void add_cell(base::RowHasher& hasher, const base::FieldType& type, const sql::ScanCell& cell) {
    if (cell.null) {
        hasher.add_null();
        return;
    }
    switch (type.kind) {
        case base::Kind::Int:
            hasher.add_int(cell.word);
            return;
        case base::Kind::Bool:
            hasher.add_bool(cell.word != 0);
            return;
        case base::Kind::Decimal:
            hasher.add_decimal(cell.decimal, type.scale);
            return;
        case base::Kind::Text:
            hasher.add_text(cell.bytes);
            return;
        case base::Kind::Bytes:
            hasher.add_bytes(cell.bytes);
            return;
        case base::Kind::Date:
            hasher.add_date(cell.word);
            return;
        case base::Kind::Timestamp:
            hasher.add_timestamp(cell.word);
            return;
    }
}

}  // namespace hrbridge::store
