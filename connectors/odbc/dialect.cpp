#include "connectors/odbc/dialect.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "connectors/odbc/dialects/dialects.h"
#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

struct Mark {
    std::string_view part;  // of the product's or the driver's name, lower case
    std::string_view dialect;
};

constexpr std::array kMarks{Mark{"mariadb", "mariadb"},
                            Mark{"mysql", "mariadb"},
                            Mark{"maodbc", "mariadb"},
                            Mark{"myodbc", "mariadb"},
                            Mark{"postgres", "postgres"},
                            Mark{"psqlodbc", "postgres"},
                            Mark{"kingbase", "postgres"},
                            Mark{"sqlite", "sqlite"},
                            Mark{"sql server", "sqlserver"},
                            Mark{"freetds", "sqlserver"},
                            Mark{"tdsodbc", "sqlserver"},
                            Mark{"oracle", "oracle"}};

std::string find_mark(std::string_view text) {
    const std::string lower = base::to_lower_ascii(text);
    const auto* found = std::find_if(kMarks.begin(), kMarks.end(), [&lower](const Mark& mark) {
        return lower.find(mark.part) != std::string::npos;
    });
    return found == kMarks.end() ? std::string() : std::string(found->dialect);
}

bool is_plain(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               const auto byte = static_cast<unsigned char>(letter);
               return byte >= 0x80 || std::isalnum(byte) != 0 || letter == '_' || letter == '$';
           });
}

void append_quoted(const Dialect& dialect, std::string_view part, std::string& text) {
    text += dialect.quote_begin;
    for (const char letter : part) {
        text += letter;
        if (letter == dialect.quote_end) {
            text += letter;
        }
    }
    text += dialect.quote_end;
}

}  // namespace

Dialect dialect_named(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Dialect (*)()>, 5> kDialects{{
        {"mariadb", mariadb_dialect},
        {"postgres", postgres_dialect},
        {"sqlite", sqlite_dialect},
        {"sqlserver", sqlserver_dialect},
        {"oracle", oracle_dialect},
    }};
    for (const auto& [known, make] : kDialects) {
        if (known == name) {
            return make();
        }
    }
    return generic_dialect();
}

std::string dialect_of_product(std::string_view product) {
    const std::string name = find_mark(product);
    return name.empty() ? "generic" : name;
}

std::string dialect_of_driver(std::string_view driver) {
    return find_mark(driver);
}

std::string quote_name(const Dialect& dialect, std::string_view name) {
    std::string text;
    for (const std::string_view part : base::split(name, '.')) {
        if (!text.empty()) {
            text += '.';
        }
        append_quoted(dialect, part, text);
    }
    return text;
}

std::string quote_identifier(const Dialect& dialect, std::string_view name) {
    std::string text;
    append_quoted(dialect, name, text);
    return text;
}

std::string column_name(const Dialect& dialect, std::string_view name) {
    return is_plain(name) ? std::string(name) : quote_identifier(dialect, name);
}

std::string limit_clause(const Dialect& dialect, std::int64_t rows) {
    const std::size_t at = dialect.limit.find("{}");
    if (at == std::string::npos) {
        return "";
    }
    std::string clause = dialect.limit;
    return " " + clause.replace(at, 2, std::to_string(rows));
}

std::string bound_text(base::LocalTime bound) {
    std::string text = base::to_string(bound);
    // Sources that compare as text (SQLite) hold ".5" as readily as ".500000"; the shorter form
    // sorts before both.
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

}  // namespace hrbridge::odbc
