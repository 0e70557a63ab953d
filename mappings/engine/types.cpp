#include "mappings/engine/types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::engine {
namespace {

// "name(1,2)" taken apart; nullopt when the brackets or numbers are not well-formed.
struct Shape {
    std::string name;
    std::vector<std::int64_t> numbers;
};

std::optional<std::int64_t> whole(std::string_view text) {
    text = base::trim(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < 0) {
        return std::nullopt;
    }
    return number;
}

std::optional<Shape> parse_shape(std::string_view text) {
    text = base::trim(text);
    Shape shape;
    const std::size_t open = text.find('(');
    shape.name = base::to_lower_ascii(base::trim(text.substr(0, open)));
    const bool plain =
        !shape.name.empty() && std::all_of(shape.name.begin(), shape.name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '_';
        });
    if (!plain) {
        return std::nullopt;
    }
    if (open == std::string_view::npos) {
        return shape;
    }
    if (text.back() != ')') {
        return std::nullopt;
    }
    for (const std::string_view part :
         base::split(text.substr(open + 1, text.size() - open - 2), ',')) {
        const auto number = whole(part);
        if (!number) {
            return std::nullopt;
        }
        shape.numbers.push_back(*number);
    }
    return shape;
}

base::Fault bad_type(std::string_view text) {
    const std::vector<std::string> names{
        "int", "bool", "text", "code", "decimal", "date", "timestamp", "bytes"};
    const std::string name(text.substr(0, text.find('(')));
    const std::string near = base::nearest(name, names);
    std::string what = "\"" + std::string(text) +
                       "\" is no type; write int, bool, text(n), code, decimal(p,s), date, "
                       "timestamp or bytes";
    if (!near.empty()) {
        what += "; nearest: " + near;
    }
    return {"", what};
}

base::Result<base::FieldType> decimal_type(const Shape& shape) {
    if (shape.numbers.size() != 2 || shape.numbers[0] < 1 ||
        shape.numbers[0] > base::Decimal::kMaxDigits || shape.numbers[1] > shape.numbers[0]) {
        return base::Fault{"",
                           "a decimal needs digits and decimals, decimal(12,2), with at most 38 "
                           "digits and no more decimals than digits"};
    }
    return base::FieldType{base::Kind::Decimal,
                           0,
                           static_cast<int>(shape.numbers[0]),
                           static_cast<int>(shape.numbers[1])};
}

using FamilyName = std::pair<std::string_view, Family>;

// Names as the drivers of MariaDB, PostgreSQL, SQLite, SQL Server, Oracle, Dameng and Kingbase
// report them through SQLDescribeCol and SQLColAttribute.
constexpr std::array kFamilies{
    FamilyName{"int", Family::Integer},
    FamilyName{"integer", Family::Integer},
    FamilyName{"tinyint", Family::Integer},
    FamilyName{"smallint", Family::Integer},
    FamilyName{"mediumint", Family::Integer},
    FamilyName{"bigint", Family::Integer},
    FamilyName{"int2", Family::Integer},
    FamilyName{"int4", Family::Integer},
    FamilyName{"int8", Family::Integer},
    FamilyName{"serial", Family::Integer},
    FamilyName{"bigserial", Family::Integer},
    FamilyName{"year", Family::Integer},
    FamilyName{"decimal", Family::Decimal},
    FamilyName{"numeric", Family::Decimal},
    FamilyName{"number", Family::Decimal},
    FamilyName{"dec", Family::Decimal},
    FamilyName{"money", Family::Decimal},
    FamilyName{"smallmoney", Family::Decimal},
    FamilyName{"float", Family::Float},
    FamilyName{"float4", Family::Float},
    FamilyName{"float8", Family::Float},
    FamilyName{"real", Family::Float},
    FamilyName{"double", Family::Float},
    FamilyName{"double precision", Family::Float},
    FamilyName{"binary_float", Family::Float},
    FamilyName{"binary_double", Family::Float},
    FamilyName{"char", Family::FixedText},
    FamilyName{"character", Family::FixedText},
    FamilyName{"nchar", Family::FixedText},
    FamilyName{"bpchar", Family::FixedText},
    FamilyName{"varchar", Family::Text},
    FamilyName{"varchar2", Family::Text},
    FamilyName{"nvarchar", Family::Text},
    FamilyName{"nvarchar2", Family::Text},
    FamilyName{"character varying", Family::Text},
    FamilyName{"text", Family::Text},
    FamilyName{"ntext", Family::Text},
    FamilyName{"tinytext", Family::Text},
    FamilyName{"mediumtext", Family::Text},
    FamilyName{"longtext", Family::Text},
    FamilyName{"long varchar", Family::Text},
    FamilyName{"wvarchar", Family::Text},
    FamilyName{"wchar", Family::FixedText},
    FamilyName{"wlongvarchar", Family::Text},
    FamilyName{"longvarchar", Family::Text},
    FamilyName{"clob", Family::Text},
    FamilyName{"nclob", Family::Text},
    FamilyName{"long", Family::Text},
    FamilyName{"string", Family::Text},
    FamilyName{"enum", Family::Text},
    FamilyName{"set", Family::Text},
    FamilyName{"json", Family::Text},
    FamilyName{"jsonb", Family::Text},
    FamilyName{"xml", Family::Text},
    FamilyName{"uuid", Family::Text},
    FamilyName{"uniqueidentifier", Family::Text},
    FamilyName{"name", Family::Text},
    FamilyName{"binary", Family::Bytes},
    FamilyName{"varbinary", Family::Bytes},
    FamilyName{"blob", Family::Bytes},
    FamilyName{"tinyblob", Family::Bytes},
    FamilyName{"mediumblob", Family::Bytes},
    FamilyName{"longblob", Family::Bytes},
    FamilyName{"bytea", Family::Bytes},
    FamilyName{"image", Family::Bytes},
    FamilyName{"raw", Family::Bytes},
    FamilyName{"long raw", Family::Bytes},
    FamilyName{"bytes", Family::Bytes},
    FamilyName{"longvarbinary", Family::Bytes},
    FamilyName{"long varbinary", Family::Bytes},
    FamilyName{"rowversion", Family::Bytes},
    FamilyName{"date", Family::Date},
    FamilyName{"time", Family::Time},
    FamilyName{"timetz", Family::Time},
    FamilyName{"datetime", Family::Timestamp},
    FamilyName{"datetime2", Family::Timestamp},
    FamilyName{"smalldatetime", Family::Timestamp},
    FamilyName{"datetimeoffset", Family::Timestamp},
    FamilyName{"timestamp", Family::Timestamp},
    FamilyName{"timestamptz", Family::Timestamp},
    FamilyName{"timestamp without time zone", Family::Timestamp},
    FamilyName{"timestamp with time zone", Family::Timestamp},
    FamilyName{"bool", Family::Bool},
    FamilyName{"boolean", Family::Bool},
    FamilyName{"bit", Family::Bool},
};

}  // namespace

base::Result<base::FieldType> parse_type(std::string_view text) {
    const auto shape = parse_shape(text);
    if (!shape) {
        return bad_type(text);
    }
    if (shape->name == "decimal") {
        return decimal_type(*shape);
    }
    if (shape->name == "text" && shape->numbers.size() <= 1) {
        const std::int64_t length = shape->numbers.empty() ? 0 : shape->numbers[0];
        if (!shape->numbers.empty() && (length < 1 || length > 1'000'000)) {
            return base::Fault{"", "the length of a text lies between 1 and 1000000 characters"};
        }
        return base::FieldType{base::Kind::Text, static_cast<int>(length), 0, 0};
    }
    using NamedType = std::pair<std::string_view, base::FieldType>;
    const std::array plain{NamedType{"int", {base::Kind::Int, 0, 0, 0}},
                           NamedType{"bool", {base::Kind::Bool, 0, 0, 0}},
                           NamedType{"code", {base::Kind::Text, kCodeLength, 0, 0}},
                           NamedType{"date", {base::Kind::Date, 0, 0, 0}},
                           NamedType{"timestamp", {base::Kind::Timestamp, 0, 0, 0}},
                           NamedType{"bytes", {base::Kind::Bytes, 0, 0, 0}}};
    for (const auto& [name, type] : plain) {
        if (shape->name == name && shape->numbers.empty()) {
            return type;
        }
    }
    return bad_type(text);
}

Family family_of(std::string_view source_type) {
    std::string name = base::to_lower_ascii(base::trim(source_type));
    if (const std::size_t open = name.find('('); open != std::string::npos) {
        name.erase(open);
    }
    // "int unsigned", "int identity": the words behind do not change the family.
    for (const std::string_view suffix : {" unsigned", " identity", " zerofill", "() identity"}) {
        if (name.size() > suffix.size() && name.ends_with(suffix)) {
            name.resize(name.size() - suffix.size());
        }
    }
    const auto* const found =
        std::find_if(kFamilies.begin(), kFamilies.end(), [&](const FamilyName& row) {
            return row.first == name;
        });
    return found == kFamilies.end() ? Family::Other : found->second;
}

std::string_view to_string(Family family) {
    switch (family) {
        case Family::Integer:
            return "whole number";
        case Family::Decimal:
            return "decimal";
        case Family::Float:
            return "floating point";
        case Family::FixedText:
            return "padded text";
        case Family::Text:
            return "text";
        case Family::Bytes:
            return "bytes";
        case Family::Date:
            return "date";
        case Family::Time:
            return "time of day";
        case Family::Timestamp:
            return "date and time";
        case Family::Bool:
            return "bool";
        case Family::Other:
            return "other";
    }
    return "other";
}

int integer_digits(std::string_view source_type) {
    using NamedDigits = std::pair<std::string_view, int>;
    constexpr std::array kDigits{NamedDigits{"tinyint", 3},
                                 NamedDigits{"smallint", 5},
                                 NamedDigits{"int2", 5},
                                 NamedDigits{"mediumint", 8},
                                 NamedDigits{"int4", 10},
                                 NamedDigits{"bigint", 19},
                                 NamedDigits{"int8", 19}};
    std::string name = base::to_lower_ascii(base::trim(source_type));
    name = name.substr(0, name.find_first_of(" ("));
    for (const auto& [known, digits] : kDigits) {
        if (name == known) {
            return digits;
        }
    }
    return 0;
}

base::Result<ContractType> parse_contract_type(std::string_view text) {
    std::string_view rest = base::trim(text);
    ContractType type;
    if (!rest.empty() && rest.back() == '!') {
        type.never_null = true;
        rest.remove_suffix(1);
    }
    const auto shape = parse_shape(rest);
    if (!shape || shape->numbers.size() > 2) {
        return base::Fault{"",
                           "\"" + std::string(text) +
                               "\" is no column type; write varchar(20), decimal(12,2), "
                               "datetime or the like, with ! behind it when it is never NULL"};
    }
    type.type = shape->name;
    if (family_of(type.type) == Family::Other) {
        std::vector<std::string> names;
        names.reserve(kFamilies.size());
        for (const FamilyName& known : kFamilies) {
            names.emplace_back(known.first);
        }
        const std::string near = base::nearest(type.type, names);
        return base::Fault{"",
                           "\"" + type.type + "\" is no column type that is known" +
                               (near.empty() ? "" : "; nearest: " + near)};
    }
    type.size = shape->numbers.empty() ? 0 : shape->numbers[0];
    type.scale = shape->numbers.size() < 2 ? 0
                                           : static_cast<int>(std::min<std::int64_t>(
                                                 shape->numbers[1], base::Decimal::kMaxDigits));
    return type;
}

}  // namespace hrbridge::engine
