#include "daemon/base/value.h"

#include <fmt/core.h>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

struct ValuePrinter {
    std::string operator()(const Null&) const { return "NULL"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const Decimal& value) const { return value.to_string(); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const Bytes& value) const { return to_hex(value.data); }
    std::string operator()(Date value) const { return to_string(value); }
    std::string operator()(Timestamp value) const { return to_string(value); }
};

}  // namespace

std::string to_string(const FieldType& type) {
    switch (type.kind) {
        case Kind::Int:
            return "int";
        case Kind::Bool:
            return "bool";
        case Kind::Decimal:
            return fmt::format("decimal({},{})", type.precision, type.scale);
        case Kind::Date:
            return "date";
        case Kind::Timestamp:
            return "timestamp";
        case Kind::Bytes:
            return "bytes";
        case Kind::Text:
            break;
    }
    return type.length == 0 ? "text" : fmt::format("text({})", type.length);
}

std::string to_string(const Value& value) {
    return std::visit(ValuePrinter{}, value);
}

}  // namespace hrbridge::base
