#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "daemon/base/decimal.h"
#include "daemon/base/time.h"

namespace hrbridge::base {

// Raw bytes, not text.
struct Bytes {
    std::string data;
    friend bool operator==(const Bytes&, const Bytes&) = default;
};

struct Null {
    friend bool operator==(const Null&, const Null&) = default;
};

// One cell outside the columnar path: parameters and results of control-plane SQL, fixtures,
// keys. NULL and "" are different; a missing cell is an absent Value, not a Null.
using Value = std::variant<Null, std::int64_t, bool, Decimal, std::string, Bytes, Date, Timestamp>;

enum class Kind { Int, Bool, Decimal, Text, Bytes, Date, Timestamp };

// The type of a typed column. `length` is the most characters (code points) of a Text, 0 for no
// bound; precision and scale are those of a Decimal.
struct FieldType {
    Kind kind = Kind::Text;
    int length = 0;
    int precision = 0;
    int scale = 0;

    friend bool operator==(const FieldType&, const FieldType&) = default;
};

// As written in mappings: "int", "bool", "text(20)", "decimal(12,2)", "date", "timestamp", "bytes".
std::string to_string(const FieldType& type);
// For people and logs; text is returned as it is, so never log the result of a personal field.
std::string to_string(const Value& value);

}  // namespace hrbridge::base
