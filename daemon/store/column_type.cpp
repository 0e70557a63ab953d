#include "daemon/store/column_type.h"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace hrbridge::store {
namespace {

using base::Kind;

struct TypeName {
    std::string_view token;
    std::string_view sqlite;
    std::string_view postgres;
};

// Without their arguments; "(n)" and "(p,s)" follow where the file has them.
constexpr std::array kTypeNames{
    TypeName{"id", "INTEGER PRIMARY KEY", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    TypeName{"ref", "REF_INT", "bigint"},
    TypeName{"int", "BIGINT", "bigint"},
    TypeName{"bool", "BOOL_INT", "boolean"},
    TypeName{"text", "TEXT", "text COLLATE \"C\""},
    TypeName{"decimal", "DECIMAL_INT", "numeric"},
    TypeName{"date", "DATE_INT", "date"},
    TypeName{"timestamp", "TIMESTAMP_INT", "timestamptz"},
    TypeName{"bytes", "BLOB", "bytea"},
    TypeName{"sealed", "SEALED_BLOB", "sealed"},
};

struct SqliteType {
    std::string_view name;
    Kind kind;
    bool sealed;
};

constexpr std::array kSqliteTypes{
    SqliteType{"INTEGER", Kind::Int, false},
    SqliteType{"REF_INT", Kind::Int, false},
    SqliteType{"BIGINT", Kind::Int, false},
    SqliteType{"BOOL_INT", Kind::Bool, false},
    SqliteType{"TEXT", Kind::Text, false},
    SqliteType{"DECIMAL_INT", Kind::Decimal, false},
    SqliteType{"DATE_INT", Kind::Date, false},
    SqliteType{"TIMESTAMP_INT", Kind::Timestamp, false},
    SqliteType{"BLOB", Kind::Bytes, false},
    SqliteType{"SEALED_BLOB", Kind::Text, true},
};

int parse_number(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void read_arguments(std::string_view arguments, base::FieldType& type) {
    if (type.kind == Kind::Text) {
        type.length = parse_number(arguments);
        return;
    }
    const auto comma = arguments.find(',');
    type.precision = parse_number(arguments.substr(0, comma));
    type.scale = comma == std::string_view::npos ? 0 : parse_number(arguments.substr(comma + 1));
}

std::string render_token(std::string_view token, sql::Dialect dialect) {
    const auto open = token.find('(');
    const std::string_view name = token.substr(0, open);
    const std::string_view arguments =
        open == std::string_view::npos ? std::string_view{} : token.substr(open);
    if (name == "month") {
        return dialect == sql::Dialect::Sqlite
                   ? fmt::format("strftime('%Y-%m', {} * 86400, 'unixepoch')", arguments)
                   : fmt::format("to_char({}, 'YYYY-MM')",
                                 arguments.substr(1, arguments.size() - 2));
    }
    for (const TypeName& type : kTypeNames) {
        if (type.token == name) {
            if (dialect == sql::Dialect::Sqlite) {
                return fmt::format("{}{}", type.sqlite, arguments);
            }
            const bool bounded_text = name == "text" && !arguments.empty();
            return bounded_text ? fmt::format("varchar{} COLLATE \"C\"", arguments)
                                : fmt::format("{}{}", type.postgres, arguments);
        }
    }
    throw std::logic_error(fmt::format("unknown type in a schema file: {{{}}}", token));
}

// Comments speak of tokens; only what the store reads is rendered.
std::size_t copy_comment(std::string_view sql, std::size_t at, std::string& out) {
    const auto end = std::min(sql.find('\n', at), sql.size());
    out.append(sql.substr(at, end - at));
    return end;
}

}  // namespace

std::optional<ColumnType> parse_sqlite_type(std::string_view declared) {
    const auto open = declared.find('(');
    const std::string_view name = declared.substr(0, open);
    for (const SqliteType& known : kSqliteTypes) {
        if (known.name == name) {
            ColumnType column;
            column.type.kind = known.kind;
            column.sealed = known.sealed;
            if (open != std::string_view::npos) {
                read_arguments(declared.substr(open + 1), column.type);
            }
            return column;
        }
    }
    return std::nullopt;
}

std::string schema_token(const base::FieldType& type, bool sealed) {
    if (sealed) {
        return "{sealed}";
    }
    switch (type.kind) {
        case Kind::Int:
            return "{int}";
        case Kind::Bool:
            return "{bool}";
        case Kind::Decimal:
            return fmt::format("{{decimal({},{})}}", type.precision, type.scale);
        case Kind::Text:
            return type.length > 0 ? fmt::format("{{text({})}}", type.length) : "{text}";
        case Kind::Bytes:
            return "{bytes}";
        case Kind::Date:
            return "{date}";
        case Kind::Timestamp:
            return "{timestamp}";
    }
    throw std::logic_error("a column of no kind");
}

std::string render_types(std::string_view sql, sql::Dialect dialect) {
    std::string out;
    out.reserve(sql.size() * 2);
    std::size_t at = 0;
    while (at < sql.size()) {
        if (sql.substr(at, 2) == "--") {
            at = copy_comment(sql, at, out);
        } else if (sql[at] == '{') {
            const auto close = sql.find('}', at);
            if (close == std::string_view::npos) {
                throw std::logic_error("a brace that is not closed in a schema file");
            }
            out += render_token(sql.substr(at + 1, close - at - 1), dialect);
            at = close + 1;
        } else {
            out += sql[at];
            ++at;
        }
    }
    return out;
}

}  // namespace hrbridge::store
