#include "tests/e2e/support/source_table.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/base/text.h"

namespace hrbridge::e2e {
namespace {

constexpr std::size_t kRowsAStatement = 200;

Cell cell_of(sqlite3_stmt* statement, int column) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
        return std::nullopt;
    }
    const unsigned char* text = sqlite3_column_text(statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return std::string(text, text + size);
}

// A hexadecimal literal is a text without charset: the column takes its bytes.
std::string literal(const Cell& cell) {
    return cell ? "X'" + base::to_hex(*cell) + "'" : "NULL";
}

std::string copy_cell(const Cell& cell) {
    if (!cell) {
        return "\\N";
    }
    std::string out;
    for (const char each : *cell) {
        switch (each) {
            case '\\':
                out += "\\\\";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            default:
                out += each;
        }
    }
    return out;
}

template <typename Print>
std::string joined(const std::vector<Cell>& row, const char* between, Print print) {
    std::string out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        out += (i == 0 ? "" : between) + print(row[i]);
    }
    return out;
}

}  // namespace

std::size_t SourceTable::column(const std::string& wanted) const {
    const auto found = std::find(columns.begin(), columns.end(), wanted);
    if (found == columns.end()) {
        throw std::logic_error(name + " has no column " + wanted);
    }
    return static_cast<std::size_t>(found - columns.begin());
}

SourceTable read_table(const std::string& path, const std::string& name) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
    sqlite3_stmt* prepared = nullptr;
    const std::string sql = "SELECT * FROM " + name + " ORDER BY 1";
    if (code != SQLITE_OK ||
        sqlite3_prepare_v2(opened, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
        throw std::runtime_error("cannot read " + name + ": " + sqlite3_errmsg(opened));
    }
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared,
                                                                               sqlite3_finalize);
    SourceTable table{name, {}, {}};
    const int columns = sqlite3_column_count(prepared);
    for (int i = 0; i < columns; ++i) {
        table.columns.emplace_back(sqlite3_column_name(prepared, i));
    }
    while (sqlite3_step(prepared) == SQLITE_ROW) {
        auto& row = table.rows.emplace_back();
        for (int i = 0; i < columns; ++i) {
            row.push_back(cell_of(prepared, i));
        }
    }
    return table;
}

std::string insert_script(const SourceTable& table) {
    std::string script;
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        const bool first = at % kRowsAStatement == 0;
        script += first ? fmt::format("{}INSERT INTO {} ({}) VALUES\n",
                                      at == 0 ? "" : ";\n",
                                      table.name,
                                      fmt::join(table.columns, ", "))
                        : ",\n";
        script += "(" + joined(table.rows[at], ", ", literal) + ")";
    }
    return script + ";\n";
}

std::string copy_lines(const SourceTable& table) {
    std::string lines;
    for (const auto& row : table.rows) {
        lines += joined(row, "\t", copy_cell) + "\n";
    }
    return lines;
}

}  // namespace hrbridge::e2e
