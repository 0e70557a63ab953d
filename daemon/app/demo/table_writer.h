#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/store/store.h"

namespace hrbridge::app::demo {

// Rows of text for a table of a source database; "" is NULL.
class TextTable {
  public:
    TextTable(std::string name, const std::vector<std::string>& columns);
    void add(const std::vector<std::string>& cells);
    std::size_t rows() const { return columns_.front().rows(); }
    const std::string& name() const { return name_; }
    const std::vector<base::Column>& columns() const { return columns_; }
    void clear();

  private:
    std::string name_;
    std::vector<base::Column> columns_;
};

// Makes an SQLite file that plays an outside system's database.
class TableWriter {
  public:
    // Replaces the file. `schema` is SQL.
    TableWriter(const std::string& path, std::string_view schema);
    // Inserts the table's rows and clears it.
    void write(TextTable& table);

  private:
    std::unique_ptr<store::Store> database_;
    std::unique_ptr<store::sql::Connection> connection_;
};

}  // namespace hrbridge::app::demo
