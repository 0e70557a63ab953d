#include "daemon/store/content_sum.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "daemon/base/error.h"
#include "daemon/base/ids.h"
#include "daemon/store/column_list.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/scan_cells.h"

namespace hrbridge::store {
namespace {

constexpr std::string_view kRead =
    "SELECT column_names, rows_all, total FROM content_sum WHERE entity = $1";
constexpr std::string_view kWrite =
    "INSERT INTO content_sum (entity, column_names, rows_all, total) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (entity) DO UPDATE SET column_names = excluded.column_names, "
    "rows_all = excluded.rows_all, total = excluded.total";

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ","));
}

base::StoreError changed(const std::string& entity, const std::string& what) {
    return base::StoreError("content_sum",
                            base::Remedy::Stop,
                            fmt::format("the sum over {} was changed ({}); run hrbridge store "
                                        "verify, which says since when",
                                        entity,
                                        what));
}

base::FieldType stored_type(const EntityTable& table, const std::string& name) {
    for (const EntityColumn& column : table.columns) {
        if (column.name == name) {
            return column.sealed ? base::FieldType{base::Kind::Bytes} : column.type;
        }
    }
    throw changed(table.name, "it has no column " + name);
}

}  // namespace

RowImages::RowImages(sql::Connection& connection,
                     const EntityTable& table,
                     const std::vector<std::string>& columns)
    : connection_(connection), entity_(table.name) {
    const auto add = [this](const std::string& name, const base::FieldType& type) {
        names_.push_back(name);
        types_.push_back(type);
    };
    add("id", {base::Kind::Int});
    for (const std::string& name : columns) {
        add(name, stored_type(table, name));
    }
    add("row_hash", {base::Kind::Bytes});
    add("batch_id", {base::Kind::Int});
    add("known_from", {base::Kind::Timestamp});
    add("gone_at", {base::Kind::Timestamp});
}

std::string RowImages::columns(std::string_view alias) const {
    std::string list;
    for (const std::string& name : names_) {
        list += fmt::format("{}{}.{}", list.empty() ? "" : ", ", alias, name);
    }
    return list;
}

RowImages::Row RowImages::row_of(std::span<const sql::ScanCell> cells) {
    constexpr std::size_t kBehind = 4;  // row_hash, batch_id, known_from, gone_at
    hasher_.add_text("hrbridge row image 1");
    hasher_.add_text(entity_);
    for (std::size_t i = 0; i < types_.size(); ++i) {
        add_cell(hasher_, types_[i], cells[i]);
    }
    Row row;
    row.image = imager_.of(hasher_.canonical());
    hasher_.finish();
    row.id = cells[0].word;
    const sql::ScanCell& hash = cells[types_.size() - kBehind];
    std::memcpy(row.hash.bytes.data(),
                hash.bytes.data(),
                std::min(hash.bytes.size(), row.hash.bytes.size()));
    row.batch = cells[types_.size() - kBehind + 1].word;
    return row;
}

void RowImages::scan(const std::string& select, const std::function<void(const Row&)>& row) {
    connection_.scan(
        select, types_, [&](std::span<const sql::ScanCell> cells) { row(row_of(cells)); });
}

void RowImages::scan(const std::string& select,
                     base::Kind more,
                     const std::function<void(const Row&, const sql::ScanCell&)>& row) {
    std::vector<base::FieldType> types = types_;
    types.push_back({more});
    connection_.scan(select, types, [&](std::span<const sql::ScanCell> cells) {
        row(row_of(cells), cells.back());
    });
}

base::RowImage RowImages::superseded(const base::RowImage& row, base::Timestamp known_to) {
    hasher_.add_text("hrbridge superseded row 1");
    hasher_.add_bytes(row.digest());
    hasher_.add_timestamp(known_to.time_since_epoch().count());
    const base::RowImage image = imager_.of(hasher_.canonical());
    hasher_.finish();
    return image;
}

void RowImages::scan_history(const std::string& select,
                             const std::function<void(const base::RowImage&)>& row) {
    scan(select, base::Kind::Timestamp, [&](const Row& kept, const sql::ScanCell& known_to) {
        row(superseded(kept.image, base::Timestamp(std::chrono::microseconds(known_to.word))));
    });
}

std::string ContentSum::digest() const {
    base::RowHasher cells;
    cells.add_text("hrbridge content sum 1");
    cells.add_text(entity);
    cells.add_text(joined(columns));
    cells.add_int(rows);
    cells.add_bytes(total.bytes());
    return base::sha256(cells.canonical());
}

std::optional<ContentSum> read_content_sum(sql::Connection& connection,
                                           const std::string& entity,
                                           bool locked) {
    const auto rows =
        connection.query(std::string(kRead) + (locked ? for_update(connection) : ""), {entity});
    if (!rows->next()) {
        return std::nullopt;
    }
    ContentSum sum{entity, columns_of(rows->text(0)), rows->integer(1), {}};
    const auto total = base::RowSum::from_bytes(rows->bytes(2));
    if (!total) {
        throw changed(entity, "it is no sum");
    }
    sum.total = *total;
    return sum;
}

void write_content_sum(sql::Connection& connection, const ContentSum& sum) {
    connection.execute(kWrite,
                       {sum.entity, joined(sum.columns), sum.rows, base::Bytes{sum.total.bytes()}});
}

ContentSum compute_content_sum(sql::Connection& connection,
                               const EntityTable& table,
                               std::vector<std::string> columns) {
    if (columns.empty()) {
        for (const EntityColumn& column : table.columns) {
            columns.push_back(column.name);
        }
    }
    RowImages images(connection, table, columns);
    ContentSum sum{table.name, std::move(columns), 0, {}};
    images.scan(fmt::format("SELECT {} FROM {} t", images.columns("t"), table.name),
                [&](const RowImages::Row& row) {
                    sum.total.add(row.image);
                    ++sum.rows;
                });
    return sum;
}

std::string history_of(const std::string& entity) {
    return entity + "_history";
}

ContentSum compute_history_sum(sql::Connection& connection,
                               const EntityTable& table,
                               std::vector<std::string> columns) {
    RowImages images(connection, table, columns);
    ContentSum sum{history_of(table.name), std::move(columns), 0, {}};
    images.scan_history(
        fmt::format("SELECT {}, h.known_to FROM {} h", images.columns("h"), sum.entity),
        [&sum](const base::RowImage& image) {
            sum.total.add(image);
            ++sum.rows;
        });
    return sum;
}

}  // namespace hrbridge::store
