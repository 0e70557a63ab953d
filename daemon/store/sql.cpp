#include "daemon/store/sql.h"

#include <stdexcept>
#include <utility>
#include <variant>

namespace hrbridge::store::sql {
namespace {

template <typename T>
T get(const base::Value& value, int column) {
    const T* found = std::get_if<T>(&value);
    if (found == nullptr) {
        throw std::logic_error("column " + std::to_string(column) +
                               " of a query is of another type");
    }
    return *found;
}

template <typename T>
std::optional<T> get_optional(const base::Value& value, int column) {
    if (std::holds_alternative<base::Null>(value)) {
        return std::nullopt;
    }
    return get<T>(value, column);
}

}  // namespace

bool Rows::is_null(int column) const {
    return std::holds_alternative<base::Null>(value(column));
}

std::int64_t Rows::integer(int column) const {
    return get<std::int64_t>(value(column), column);
}

bool Rows::boolean(int column) const {
    return get<bool>(value(column), column);
}

std::string Rows::text(int column) const {
    return get<std::string>(value(column), column);
}

std::string Rows::bytes(int column) const {
    return get<base::Bytes>(value(column), column).data;
}

base::Timestamp Rows::timestamp(int column) const {
    return get<base::Timestamp>(value(column), column);
}

base::Date Rows::date(int column) const {
    return get<base::Date>(value(column), column);
}

std::optional<std::int64_t> Rows::optional_integer(int column) const {
    return get_optional<std::int64_t>(value(column), column);
}

std::optional<std::string> Rows::optional_text(int column) const {
    return get_optional<std::string>(value(column), column);
}

std::optional<base::Timestamp> Rows::optional_timestamp(int column) const {
    return get_optional<base::Timestamp>(value(column), column);
}

}  // namespace hrbridge::store::sql
