#include "mappings/engine/type_change.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "mappings/engine/types.h"

namespace hrbridge::engine {
namespace {

// The families that a driver may name differently for one and the same column: a reader takes
// their cells as text anyway, and the mapping's rules check every value.
int group_of(Family family) {
    switch (family) {
        case Family::FixedText:
        case Family::Text:
            return 1;
        case Family::Integer:
        case Family::Bool:
            return 2;
        case Family::Decimal:
        case Family::Float:
            return 3;
        case Family::Date:
            return 4;
        case Family::Timestamp:
            return 5;
        case Family::Time:
            return 6;
        case Family::Bytes:
            return 7;
        case Family::Other:
            return 8;
    }
    return 8;
}

bool is_retyped(const ContractColumn& contract, const base::DescribedColumn& now) {
    const Family left = family_of(contract.type);
    const Family right = family_of(now.type);
    if (left == Family::Other || right == Family::Other) {
        return contract.type != now.type;
    }
    // SQLite's drivers say double of what they do not know, expressions and numerics.
    const bool exactness_lost = now.exact && (left == Family::Float) != (right == Family::Float);
    return exactness_lost || group_of(left) != group_of(right);
}

// What a whole number of a type may be.
struct Range {
    int bits;
    bool is_unsigned;

    double low() const { return is_unsigned ? 0 : -power(bits - 1); }
    double high() const { return power(is_unsigned ? bits : bits - 1); }

  private:
    static double power(int exponent) {
        double value = 1;
        for (int i = 0; i < exponent; ++i) {
            value *= 2;
        }
        return value;
    }
};

std::optional<Range> range_of(std::string_view type, bool is_unsigned) {
    struct Width {
        std::string_view name;
        int bits;
    };
    constexpr std::array kWidths{Width{"tinyint", 8},
                                 Width{"smallint", 16},
                                 Width{"int2", 16},
                                 Width{"mediumint", 24},
                                 Width{"int", 32},
                                 Width{"integer", 32},
                                 Width{"int4", 32},
                                 Width{"serial", 32},
                                 Width{"bigint", 64},
                                 Width{"int8", 64},
                                 Width{"bigserial", 64}};
    is_unsigned = is_unsigned || type.find(" unsigned") != std::string_view::npos;
    const std::string_view name = type.substr(0, type.find(' '));
    const auto* const found = std::find_if(
        kWidths.begin(), kWidths.end(), [name](const Width& width) { return width.name == name; });
    return found == kWidths.end() ? std::nullopt : std::optional(Range{found->bits, is_unsigned});
}

TypeChange compare_ranges(const ContractColumn& contract, const base::DescribedColumn& now) {
    const auto before = range_of(contract.type, false);
    const auto after = range_of(now.type, now.is_unsigned);
    // Databases differ in the types of expressions.
    if (!now.exact || !now.of_table || !before || !after) {
        return TypeChange::None;
    }
    if (after->high() < before->high()) {
        return TypeChange::Narrowed;
    }
    const bool wider = after->high() > before->high() || after->low() < before->low();
    return wider ? TypeChange::Widened : TypeChange::None;
}

// The contract's number is that of a second's decimals: datetime(6).
TypeChange compare_seconds(const ContractColumn& contract, const base::DescribedColumn& now) {
    if (!now.exact || contract.size == 0 || contract.size == now.scale) {
        return TypeChange::None;
    }
    return now.scale < contract.size ? TypeChange::Narrowed : TypeChange::Widened;
}

// Databases differ in what they say of an expression's length under one and the same name.
bool is_without_bound(const ContractColumn& contract, const base::DescribedColumn& now) {
    constexpr std::array<std::string_view, 7> kUnbounded{
        "text", "mediumtext", "longtext", "ntext", "clob", "nclob", "longvarchar"};
    if (now.type == contract.type) {
        return now.exact && now.of_table;
    }
    return now.exact ||
           std::find(kUnbounded.begin(), kUnbounded.end(), now.type) != kUnbounded.end();
}

TypeChange compare_sizes(const ContractColumn& contract, const base::DescribedColumn& now) {
    if (contract.size == 0) {
        return TypeChange::None;
    }
    if (now.size == 0) {
        return is_without_bound(contract, now) ? TypeChange::Widened : TypeChange::None;
    }
    // Some drivers (sqliteodbc) say 0 for every scale.
    const bool scale_known = now.exact || now.scale > 0 || contract.scale == 0;
    const bool fewer_digits =
        scale_known &&
        (now.scale < contract.scale || now.size - now.scale < contract.size - contract.scale);
    if (now.size < contract.size || fewer_digits) {
        return TypeChange::Narrowed;
    }
    const bool wider = now.size > contract.size || now.scale > contract.scale;
    return wider ? TypeChange::Widened : TypeChange::None;
}

bool has_seconds(const std::string& type) {
    const Family family = family_of(type);
    return family == Family::Timestamp || family == Family::Time;
}

}  // namespace

TypeChange compare_types(const ContractColumn& contract, const base::DescribedColumn& now) {
    if (now.type.empty()) {
        return TypeChange::None;  // the source does not say (JSON, CSV)
    }
    if (is_retyped(contract, now)) {
        return TypeChange::Retyped;
    }
    switch (family_of(contract.type)) {
        case Family::Integer:
            return compare_ranges(contract, now);
        case Family::Timestamp:
        case Family::Time:
            return compare_seconds(contract, now);
        case Family::FixedText:
        case Family::Text:
        case Family::Decimal:
            return compare_sizes(contract, now);
        case Family::Float:
        case Family::Bytes:
        case Family::Date:
        case Family::Bool:
        case Family::Other:
            return TypeChange::None;
    }
    return TypeChange::None;
}

std::string type_text(const ContractColumn& contract) {
    if (contract.size == 0) {
        return contract.type;
    }
    return contract.scale > 0
               ? fmt::format("{}({},{})", contract.type, contract.size, contract.scale)
               : fmt::format("{}({})", contract.type, contract.size);
}

std::string type_text(const base::DescribedColumn& column) {
    if (has_seconds(column.type)) {
        return column.scale > 0 ? fmt::format("{}({})", column.type, column.scale) : column.type;
    }
    const Family family = family_of(column.type);
    if (family == Family::Integer || family == Family::Float) {
        return column.type + (column.is_unsigned ? " unsigned" : "");
    }
    if (column.size == 0) {
        return column.type;
    }
    return column.scale > 0 ? fmt::format("{}({},{})", column.type, column.size, column.scale)
                            : fmt::format("{}({})", column.type, column.size);
}

}  // namespace hrbridge::engine
