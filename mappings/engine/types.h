#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/value.h"

namespace hrbridge::engine {

// The longest text of a field of type `code`, in characters.
inline constexpr int kCodeLength = 64;

// A field's type as written: int, bool, text, text(20), code, decimal(12,2), date, timestamp,
// bytes. The fault has no place and names the nearest type.
base::Result<base::FieldType> parse_type(std::string_view text);

// What a source's type name means, whatever the driver calls it. `Other` is a name that is not
// known; it equals only itself.
enum class Family {
    Integer,
    Decimal,
    Float,
    FixedText,
    Text,
    Bytes,
    Date,
    Time,
    Timestamp,
    Bool,
    Other
};
Family family_of(std::string_view source_type);
std::string_view to_string(Family family);
// The digits that an integer type holds ("smallint" → 5); 0 when the name does not say.
int integer_digits(std::string_view source_type);

// A contract type "varchar(20)!" taken apart.
struct ContractType {
    std::string type;  // lower case
    std::int64_t size = 0;
    int scale = 0;
    bool never_null = false;
};
base::Result<ContractType> parse_contract_type(std::string_view text);

}  // namespace hrbridge::engine
