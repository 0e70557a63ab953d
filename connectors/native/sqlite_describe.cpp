#include "connectors/native/sqlite_describe.h"

#include <array>
#include <charconv>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::native {
namespace {

struct Kind {
    std::string_view beginning;  // of the declared type, lower case
    SQLSMALLINT type;
};

// First match counts.
constexpr std::array kKinds{Kind{"inter", SQL_VARCHAR},
                            Kind{"int", SQL_BIGINT},
                            Kind{"mediumint", SQL_BIGINT},
                            Kind{"bigint", SQL_BIGINT},
                            Kind{"tinyint", SQL_TINYINT},
                            Kind{"smallint", SQL_SMALLINT},
                            Kind{"numeric", SQL_DOUBLE},
                            Kind{"float", SQL_DOUBLE},
                            Kind{"double", SQL_DOUBLE},
                            Kind{"real", SQL_DOUBLE},
                            Kind{"timestamp", SQL_TYPE_TIMESTAMP},
                            Kind{"datetime", SQL_TYPE_TIMESTAMP},
                            Kind{"time", SQL_TYPE_TIME},
                            Kind{"date", SQL_TYPE_DATE},
                            Kind{"text", SQL_LONGVARCHAR},
                            Kind{"memo", SQL_LONGVARCHAR},
                            Kind{"longvarchar", SQL_LONGVARCHAR},
                            Kind{"bool", SQL_BIT},
                            Kind{"bit", SQL_BIT},
                            Kind{"blob", SQL_BINARY},
                            Kind{"varbinary", SQL_VARBINARY},
                            Kind{"longvarbinary", SQL_LONGVARBINARY}};

constexpr std::uint64_t kUndeclared = 255;

std::uint64_t declared_size(std::string_view declared) {
    std::size_t at = declared.find('(');
    if (at == std::string_view::npos) {
        return kUndeclared;
    }
    at = declared.find_first_not_of(' ', at + 1);
    std::uint64_t size = 0;
    if (at == std::string_view::npos ||
        std::from_chars(declared.data() + at, declared.data() + declared.size(), size).ec !=
            std::errc()) {
        return kUndeclared;
    }
    return size;
}

}  // namespace

odbc::ResultColumn describe_declared(std::string name, const std::string& declared) {
    odbc::ResultColumn column;
    column.name = std::move(name);
    column.type = declared.empty() ? "varchar" : declared;
    column.sql_type = SQL_VARCHAR;
    const std::string lower = base::to_lower_ascii(declared);
    for (const Kind& kind : kKinds) {
        if (lower.starts_with(kind.beginning)) {
            column.sql_type = kind.type;
            break;
        }
    }
    column.size = declared_size(declared);
    return column;
}

}  // namespace hrbridge::native
