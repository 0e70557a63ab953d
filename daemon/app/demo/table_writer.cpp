#include "daemon/app/demo/table_writer.h"

#include <filesystem>

namespace hrbridge::app::demo {
namespace {

std::unique_ptr<store::Store> fresh_database(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path + suffix);
    }
    store::StoreOptions options;
    options.path = path;
    return store::open_store(options);
}

}  // namespace

TextTable::TextTable(std::string name, const std::vector<std::string>& columns)
    : name_(std::move(name)) {
    for (const std::string& column : columns) {
        columns_.emplace_back(column, base::FieldType{base::Kind::Text});
    }
}

void TextTable::add(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (cells.at(i).empty()) {
            columns_[i].append_null();
        } else {
            columns_[i].append_bytes(cells[i]);
        }
    }
}

void TextTable::clear() {
    for (base::Column& column : columns_) {
        column.clear();
    }
}

TableWriter::TableWriter(const std::string& path, std::string_view schema)
    : database_(fresh_database(path)), connection_(database_->connect()) {
    connection_->run_script(schema);
}

void TableWriter::write(TextTable& table) {
    if (table.rows() == 0) {
        return;
    }
    std::vector<const base::Column*> columns;
    for (const base::Column& column : table.columns()) {
        columns.push_back(&column);
    }
    store::sql::Transaction transaction(*connection_);
    connection_->bulk_insert(table.name(), columns);
    transaction.commit();
    table.clear();
}

}  // namespace hrbridge::app::demo
