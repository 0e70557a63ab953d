#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hrbridge::e2e {

using Cell = std::optional<std::string>;  // nullopt: NULL

// A table of an outside system with its cells as the bytes that the system keeps.
struct SourceTable {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::vector<Cell>> rows;

    // Throws when there is no such column.
    std::size_t column(const std::string& wanted) const;
};

// Reads a whole table of an SQLite file, in the order of its first column.
SourceTable read_table(const std::string& path, const std::string& name);

// INSERT statements for a MariaDB client, some hundred rows each. Bytes beyond ASCII go as they
// are, whatever the column's charset.
std::string insert_script(const SourceTable& table);

// Cells as COPY … FROM STDIN of PostgreSQL takes them.
std::string copy_lines(const SourceTable& table);

}  // namespace hrbridge::e2e
