#include "daemon/store/swept_rows.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "daemon/store/erased_people.h"
#include "daemon/store/fact_term.h"
#include "daemon/store/scan_cells.h"
#include "daemon/store/staged_block.h"

namespace hrbridge::store {
namespace {

sql::ScanCell cell_of(const base::Column& column, std::size_t row) {
    sql::ScanCell cell;
    cell.null = column.is_null(row);
    if (cell.null) {
        return cell;
    }
    switch (column.type().kind) {
        case base::Kind::Decimal:
            cell.decimal = column.decimal(row);
            break;
        case base::Kind::Text:
        case base::Kind::Bytes:
            cell.bytes = column.bytes(row);
            break;
        case base::Kind::Int:
        case base::Kind::Bool:
        case base::Kind::Date:
        case base::Kind::Timestamp:
            cell.word = column.word(row);
            break;
    }
    return cell;
}

bool has_sealed(const BatchPlan& plan, const base::Batch& batch) {
    return std::any_of(
        plan.table.columns.begin(), plan.table.columns.end(), [&](const EntityColumn& column) {
            return column.sealed && batch.find(column.name) != nullptr;
        });
}

base::RowHash hash_from(std::string_view bytes) {
    base::RowHash hash;
    std::memcpy(hash.bytes.data(), bytes.data(), std::min(bytes.size(), hash.bytes.size()));
    return hash;
}

const base::Column& column_of(const base::Batch& batch, const std::string& name) {
    const base::Column* column = batch.find(name);
    if (column == nullptr) {
        throw base::StoreError("plan",
                               base::Remedy::Stop,
                               fmt::format("the mapping does not fill key field {}", name));
    }
    return *column;
}

}  // namespace

RowTeller::RowTeller(sql::Connection& connection, const BatchPlan& plan, const base::SealKeys* keys)
    : plan_(plan) {
    for (const ReferenceField& field : plan.references) {
        const auto& key = plan.table.key;
        if (std::find(key.begin(), key.end(), field.column) != key.end()) {
            in_key_.emplace_back(
                &field,
                ReferenceIndex(
                    connection, field.entity, field.key_column, ReferenceIndex::Gone::Found));
        }
        if (field.otherwise == ReferenceField::Otherwise::Null) {
            optional_.emplace_back(&field,
                                   ReferenceIndex(connection, field.entity, field.key_column));
        }
    }
    if (keys != nullptr) {
        seal_.emplace(keys->digest(base::kRowHashPurpose));
    }
}

// 0 where the cell is NULL or there is no such parent.
void RowTeller::look_up(const base::Column& natural,
                        ReferenceIndex& index,
                        std::vector<std::int64_t>& ids) {
    std::vector<std::string_view> names;
    names.reserve(natural.rows());
    for (std::size_t row = 0; row < natural.rows(); ++row) {
        if (!natural.is_null(row)) {
            names.push_back(natural.bytes(row));
        }
    }
    std::vector<std::int64_t> found;
    index.find(names, found);
    ids.assign(natural.rows(), 0);
    std::size_t next = 0;
    for (std::size_t row = 0; row < natural.rows(); ++row) {
        if (!natural.is_null(row)) {
            ids[row] = found[next++];
        }
    }
}

ReferenceIndex* RowTeller::parents_of_key(const std::string& column) {
    const auto found = std::find_if(in_key_.begin(), in_key_.end(), [&](const auto& each) {
        return each.first->column == column;
    });
    return found == in_key_.end() ? nullptr : &found->second;
}

void RowTeller::keys_of(const base::Batch& batch, std::vector<base::RowHash>& out) {
    struct Part {
        const base::Column* column;
        std::vector<std::int64_t> ids;  // of parents
    };
    std::vector<Part> parts;
    for (const std::string& name : plan_.table.key) {
        parts.push_back({&column_of(batch, name), {}});
        if (ReferenceIndex* parents = parents_of_key(name)) {
            look_up(*parts.back().column, *parents, parts.back().ids);
        }
    }
    const std::size_t rows = batch.rows();
    out.clear();
    out.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        for (const Part& part : parts) {
            if (!part.ids.empty() && part.ids[row] != 0) {
                hasher_.add_int(part.ids[row]);
            } else {
                add_cell(hasher_, part.column->type(), cell_of(*part.column, row));
            }
        }
        out.push_back(hasher_.finish());
    }
}

void RowTeller::hashes_of(const base::Batch& batch, std::vector<base::RowHash>& out) {
    out = batch.hashes;
    std::vector<std::int64_t> ids;
    for (auto& [field, index] : optional_) {
        const base::Column& natural = column_of(batch, field->column);
        look_up(natural, index, ids);
        for (std::size_t row = 0; row < out.size(); ++row) {
            if (!natural.is_null(row) && ids[row] == 0) {
                out[row] = without_parent(out[row], field->column);
            }
        }
    }
    if (seal_ && has_sealed(plan_, batch)) {
        for (base::RowHash& hash : out) {
            hash = base::sealed_hash(hash, *seal_);
        }
    }
}

void scan_keys(sql::Connection& connection,
               const EntityTable& table,
               const std::function<void(const StoredKey&)>& row) {
    std::vector<base::FieldType> types;
    for (const base::Kind kind :
         {base::Kind::Int, base::Kind::Bytes, base::Kind::Int, base::Kind::Timestamp}) {
        types.push_back(base::FieldType{kind});
    }
    const std::size_t first_key = types.size();
    std::string names;
    for (const std::string& name : table.key) {
        const auto column = std::find_if(table.columns.begin(),
                                         table.columns.end(),
                                         [&](const auto& each) { return each.name == name; });
        types.push_back(column->type);
        names += ", " + name;
    }
    base::RowHasher hasher;
    StoredKey stored;
    connection.scan(
        fmt::format("SELECT id, row_hash, batch_id, gone_at{} FROM {} t WHERE {} AND {}",
                    names,
                    table.name,
                    of_nobody_erased(connection, table, "t"),
                    of_kept_days(connection, table.name, "t")),
        types,
        [&](std::span<const sql::ScanCell> cells) {
            for (std::size_t i = first_key; i < types.size(); ++i) {
                add_cell(hasher, types[i], cells[i]);
            }
            stored.key = hasher.finish();
            stored.id = cells[0].word;
            stored.hash = hash_from(cells[1].bytes);
            stored.batch = cells[2].word;
            stored.gone = !cells[3].null;
            row(stored);
        });
}

std::int64_t most_rows(sql::Connection& connection, const EntityTable& table) {
    const auto rows = connection.query(fmt::format("SELECT max(id) FROM {}", table.name), {});
    return rows->next() ? rows->optional_integer(0).value_or(0) : 0;
}

}  // namespace hrbridge::store
