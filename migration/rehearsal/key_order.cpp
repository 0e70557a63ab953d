#include "migration/rehearsal/key_order.h"

namespace hrbridge::rehearsal {

using store::sql::ScanCell;

bool KeyOrder::goes_on(std::span<const base::FieldType> types, std::span<const ScanCell> key) {
    const bool after = !started_ || last_is_less(types, key);
    last_.assign(key.begin(), key.end());
    bytes_.resize(key.size());
    for (std::size_t i = 0; i < key.size(); ++i) {
        bytes_[i].assign(key[i].bytes);
    }
    started_ = true;
    return after;
}

bool KeyOrder::last_is_less(std::span<const base::FieldType> types,
                            std::span<const ScanCell> key) const {
    for (std::size_t i = 0; i < key.size(); ++i) {
        const std::strong_ordering order = compare(types[i].kind, i, key[i]);
        if (order != std::strong_ordering::equal) {
            return order == std::strong_ordering::less;
        }
    }
    return false;
}

std::strong_ordering KeyOrder::compare(base::Kind kind,
                                       std::size_t part,
                                       const ScanCell& cell) const {
    const ScanCell& last = last_[part];
    if (last.null || cell.null) {
        return static_cast<int>(!last.null) <=> static_cast<int>(!cell.null);
    }
    switch (kind) {
        case base::Kind::Text:
        case base::Kind::Bytes:
            return bytes_[part].compare(cell.bytes) <=> 0;
        case base::Kind::Decimal:
            return last.decimal <=> cell.decimal;
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            break;
    }
    return last.word <=> cell.word;
}

}  // namespace hrbridge::rehearsal
