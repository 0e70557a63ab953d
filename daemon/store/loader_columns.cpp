#include "daemon/store/loader_columns.h"

namespace hrbridge::store {

base::Column hash_column(const std::vector<base::RowHash>& hashes) {
    base::Column column("row_hash", base::FieldType{base::Kind::Bytes});
    for (const base::RowHash& hash : hashes) {
        column.append_bytes(hash.view());
    }
    return column;
}

base::Column word_column(const char* name, const std::vector<std::int64_t>& words) {
    base::Column column(name, base::FieldType{base::Kind::Int});
    for (const std::int64_t word : words) {
        column.append_word(word);
    }
    return column;
}

base::Column constant_column(const char* name,
                             base::Kind kind,
                             std::int64_t word,
                             std::size_t rows) {
    base::Column column(name, base::FieldType{kind});
    for (std::size_t i = 0; i < rows; ++i) {
        column.append_word(word);
    }
    return column;
}

}  // namespace hrbridge::store
