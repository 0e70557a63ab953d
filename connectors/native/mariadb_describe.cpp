#include "connectors/native/mariadb_describe.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <mysql.h>

#include "connectors/odbc/layout.h"

namespace hrbridge::native {
namespace {

constexpr unsigned int kBytesCharset = 63;
constexpr int kNoDecimals = 31;  // of a floating-point number without declared ones

struct Kind {
    std::string_view name;
    SQLSMALLINT type;
    std::uint64_t size = 0;
};

bool holds_bytes(const MYSQL_FIELD& field) {
    return field.charsetnr == kBytesCharset;
}

std::uint64_t characters(const MYSQL_FIELD& field) {
    const MARIADB_CHARSET_INFO* charset = mariadb_get_charset_by_nr(field.charsetnr);
    return field.length / (charset == nullptr ? 1 : std::max(1U, charset->char_maxlen));
}

// A time's fractional digits and their point.
std::uint64_t with_fraction(std::uint64_t size, const MYSQL_FIELD& field) {
    const bool has = field.decimals > 0 && field.decimals < kNoDecimals;
    return has ? size + 1 + field.decimals : size;
}

std::uint64_t precision(const MYSQL_FIELD& field) {
    const std::uint64_t beside =
        ((field.flags & UNSIGNED_FLAG) == 0 ? 1U : 0U) + (field.decimals > 0 ? 1U : 0U);
    return field.length > beside ? field.length - beside : 0;
}

Kind text_or_bytes(const MYSQL_FIELD& field, const Kind& text, const Kind& bytes) {
    Kind kind = holds_bytes(field) ? bytes : text;
    kind.size = holds_bytes(field) ? field.length : characters(field);
    return kind;
}

Kind kind_of_text(const MYSQL_FIELD& field) {
    const bool listed = (field.flags & (ENUM_FLAG | SET_FLAG)) != 0;
    const bool fixed = field.type == MYSQL_TYPE_STRING || field.type == MYSQL_TYPE_ENUM ||
                       field.type == MYSQL_TYPE_SET;
    if (fixed && listed) {
        return {"char", SQL_CHAR, characters(field)};
    }
    return fixed ? text_or_bytes(field, {"char", SQL_CHAR}, {"binary", SQL_BINARY})
                 : text_or_bytes(field, {"varchar", SQL_VARCHAR}, {"varbinary", SQL_VARBINARY});
}

Kind kind_of_long(const MYSQL_FIELD& field) {
    const auto of = [&field](std::string_view text, std::string_view bytes) {
        return text_or_bytes(field, {text, SQL_LONGVARCHAR}, {bytes, SQL_LONGVARBINARY});
    };
    if (field.type == MYSQL_TYPE_TINY_BLOB) {
        return of("tinytext", "tinyblob");
    }
    if (field.type == MYSQL_TYPE_MEDIUM_BLOB) {
        return of("mediumtext", "mediumblob");
    }
    return field.type == MYSQL_TYPE_LONG_BLOB ? of("longtext", "longblob") : of("text", "blob");
}

Kind kind_of_bits(const MYSQL_FIELD& field) {
    return {
        "bit", static_cast<SQLSMALLINT>(field.length == 1 ? SQL_BIT : SQL_BINARY), field.length};
}

Kind kind_of(const MYSQL_FIELD& field) {
    const bool is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
    switch (static_cast<int>(field.type)) {
        case MYSQL_TYPE_TINY:
            return {"tinyint", SQL_TINYINT, 3};
        case MYSQL_TYPE_SHORT:
            return {"smallint", SQL_SMALLINT, 5};
        case MYSQL_TYPE_YEAR:
            return {"year", SQL_SMALLINT, 5};
        case MYSQL_TYPE_INT24:
            return {"mediumint", SQL_INTEGER, 10};
        case MYSQL_TYPE_LONG:
            return {"integer", SQL_INTEGER, 10};
        case MYSQL_TYPE_LONGLONG:
            // As the ODBC driver has it.
            return {"bigint", SQL_BIGINT, is_unsigned ? 19U : 20U};
        case MYSQL_TYPE_FLOAT:
            return {"float", SQL_REAL, 7};
        case MYSQL_TYPE_DOUBLE:
            return {"double", SQL_DOUBLE, 15};
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
            return {"decimal", SQL_DECIMAL, precision(field)};
        case MYSQL_TYPE_DATE:
        case MYSQL_TYPE_NEWDATE:
            return {"date", SQL_TYPE_DATE, 10};
        case MYSQL_TYPE_TIME:
            return {"time", SQL_TYPE_TIME, with_fraction(8, field)};
        case MYSQL_TYPE_DATETIME:
            return {"datetime", SQL_TYPE_TIMESTAMP, with_fraction(19, field)};
        case MYSQL_TYPE_TIMESTAMP:
            return {"timestamp", SQL_TYPE_TIMESTAMP, with_fraction(19, field)};
        case MYSQL_TYPE_BIT:
            return kind_of_bits(field);
        case MYSQL_TYPE_NULL:
            return {"null", SQL_VARCHAR, 0};
        case MYSQL_TYPE_JSON:
            // Its texts are marked as bytes.
            return {"json", SQL_LONGVARCHAR, 0};
        case MYSQL_TYPE_GEOMETRY:
            return {"geometry", SQL_LONGVARBINARY, field.length};
        case MYSQL_TYPE_TINY_BLOB:
        case MYSQL_TYPE_BLOB:
        case MYSQL_TYPE_MEDIUM_BLOB:
        case MYSQL_TYPE_LONG_BLOB:
            return kind_of_long(field);
        default:
            return kind_of_text(field);
    }
}

bool has_scale(SQLSMALLINT type) {
    return type == SQL_DECIMAL || type == SQL_TYPE_TIME || type == SQL_TYPE_TIMESTAMP;
}

std::string text_of(const char* bytes, unsigned int size) {
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

}  // namespace

std::vector<DescribedField> describe_fields(const MYSQL_FIELD* fields, std::size_t count) {
    std::vector<DescribedField> out(count);
    for (std::size_t at = 0; at < count; ++at) {
        const MYSQL_FIELD& field = fields[at];
        const Kind kind = kind_of(field);
        odbc::ResultColumn& column = out[at].column;
        column.name = text_of(field.name, field.name_length);
        column.type = kind.name;
        column.sql_type = kind.type;
        column.size = kind.size;
        column.scale = has_scale(kind.type) && field.decimals < kNoDecimals
                           ? static_cast<int>(field.decimals)
                           : 0;
        column.nullable = (field.flags & NOT_NULL_FLAG) == 0;
        column.is_unsigned = odbc::is_whole_type(kind.type) && (field.flags & UNSIGNED_FLAG) != 0;
        out[at].base = {text_of(field.db, field.db_length),
                        "",
                        text_of(field.org_table, field.org_table_length),
                        text_of(field.org_name, field.org_name_length),
                        text_of(field.table, field.table_length)};
    }
    return out;
}

}  // namespace hrbridge::native
