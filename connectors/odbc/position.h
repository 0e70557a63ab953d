#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/row_hash.h"

namespace hrbridge::odbc {

// One key column's value in the last row that was read.
struct KeyValue {
    enum class Kind : char { Null = '0', Number = 'n', Text = 't', Binary = 'b' };
    Kind kind = Kind::Null;
    bool nullable = true;  // the source does not promise NOT NULL
    std::string type;      // the source's type name, lower case
    std::string value;     // as the driver gave it

    friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

// Where a reading stands: behind all rows of `ties`, which are the rows read so far that have the
// key `key`. Reading goes on at that key and leaves those rows out, so that no row is lost when the
// key does not identify a row. Without a key: the number of rows read.
struct Position {
    std::vector<KeyValue> key;
    std::vector<base::RowHash> ties;
    std::uint64_t rows = 0;     // only without a key
    bool by_watermark = false;  // the first of `key` is the window's column (window_order.h)

    friend bool operator==(const Position&, const Position&) = default;

    // Printable, lossless; fields carry their lengths, so ("a", "bc") is not ("ab", "c").
    std::string encode() const;
    static std::optional<Position> decode(std::string_view text);
};

// "-12.50": may stand in SQL as it is.
bool is_number(std::string_view text);

}  // namespace hrbridge::odbc
