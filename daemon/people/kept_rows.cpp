#include "daemon/people/kept_rows.h"

#include <algorithm>
#include <unordered_set>

#include "daemon/base/text.h"
#include "daemon/people/left_over.h"
#include "daemon/store/reject_row.h"
#include "daemon/store/repositories.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::people {
namespace {

constexpr std::int64_t kRowsAPage = 500;
constexpr const char* kPage =
    "SELECT id, key_digest, packed_row FROM reject WHERE mapping = $1 AND id > $2 ORDER BY id "
    "LIMIT "
    "$3";
// What was said of the row may show the number.
constexpr const char* kRewrite =
    "UPDATE reject SET packed_row = $2, waits_for = NULL, reason = 'named somebody who was erased' "
    "WHERE id = $1";

std::shared_ptr<const store::ErasedPeople> only(const RowsOf& of) {
    base::KeyedDigest digest = of.keys.digest(store::kErasedPurpose);
    std::unordered_set<std::string> digests;
    for (const NumberOf& number : numbers_of(of.person)) {
        digests.insert(store::erased_digest(digest, number.field, number.number));
    }
    return std::make_shared<const store::ErasedPeople>(std::move(digests));
}

jobs::ErasedRows::Setting setting_of(const RowsOf& of,
                                     const engine::Mapping& mapping,
                                     const store::EntityTable& table) {
    std::vector<std::string> plain;
    for (const std::string& number : of.person.numbers()) {
        plain.push_back(base::to_lower_ascii(number));
    }
    return {mapping, table, only(of), of.keys, base::Date{}, std::move(plain)};
}

const store::EntityTable* find(const std::vector<store::EntityTable>& tables,
                               const std::string& name) {
    const auto found = std::find_if(
        tables.begin(), tables.end(), [&](const auto& each) { return each.name == name; });
    return found == tables.end() ? nullptr : &*found;
}

// The row's own columns, described as the mapping knows them.
std::vector<base::DescribedColumn> columns_of(const engine::Mapping& mapping,
                                              const std::vector<base::PackedCell>& cells) {
    const auto known = engine::kept_columns(mapping);
    std::vector<base::DescribedColumn> columns;
    for (const base::PackedCell& cell : cells) {
        const auto found = std::find_if(known.begin(), known.end(), [&](const auto& each) {
            return base::same_name(each.name, cell.name);
        });
        columns.push_back(found == known.end()
                              ? base::DescribedColumn{std::string(cell.name), "varchar"}
                              : *found);
        columns.back().name = cell.name;
    }
    return columns;
}

// Adds the columns that the row lacks and the mapping reads.
std::vector<base::DescribedColumn> with_known(const engine::Mapping& mapping,
                                              std::vector<base::DescribedColumn> columns) {
    for (const base::DescribedColumn& each : engine::kept_columns(mapping)) {
        if (std::none_of(columns.begin(), columns.end(), [&](const auto& column) {
                return base::same_name(column.name, each.name);
            })) {
            columns.push_back(each);
        }
    }
    return columns;
}

}  // namespace

PinOwner::PinOwner(const RowsOf& of) : of_(of) {
    const auto tables = store::entity_tables(of.connection);
    for (const engine::Mapping& mapping : of.mappings) {
        const store::EntityTable* table = find(tables, mapping.entity);
        if (table == nullptr) {
            continue;
        }
        auto columns = with_known(mapping, {});
        auto rows = jobs::ErasedRows::make(setting_of(of, mapping, *table), columns);
        if (rows) {
            readers_.push_back({mapping.connection, std::move(columns), std::move(rows).value()});
        }
    }
}

std::vector<std::pair<std::string, std::string>> PinOwner::pins() {
    std::vector<std::pair<std::string, std::string>> his;
    const auto rows = of_.connection.query(
        "SELECT DISTINCT source, pin FROM terminal_record WHERE pin IS NOT NULL ORDER BY source, "
        "pin",
        {});
    while (rows->next()) {
        if (is_his(rows->text(0), rows->text(1))) {
            his.emplace_back(rows->text(0), rows->text(1));
        }
    }
    return his;
}

bool PinOwner::is_his(const std::string& source, const std::string& pin) {
    for (Reader& reader : readers_) {
        if (reader.source != source) {
            continue;
        }
        base::RawBlock block;
        for (const base::DescribedColumn& column : reader.columns) {
            block.columns.emplace_back().use_packed();
            base::same_name(column.name, "pin") ? block.columns.back().append(pin)
                                                : block.columns.back().append_absent();
        }
        block.rows = 1;
        reader.rows.judge(block);
        if (reader.rows.is_about(0)) {
            return true;
        }
    }
    const auto numbers = of_.person.numbers();
    return std::any_of(numbers.begin(), numbers.end(), [&](const std::string& number) {
        return base::same_name(number, pin);
    });
}

std::vector<KeptRow> KeptRowsLook::run() {
    const auto tables = store::entity_tables(of_.connection);
    for (const engine::Mapping& mapping : of_.mappings) {
        if (const store::EntityTable* table = find(tables, mapping.entity)) {
            look(mapping, *table);
        }
    }
    return std::move(found_);
}

void KeptRowsLook::look(const engine::Mapping& mapping, const store::EntityTable& table) {
    if (jobs::ErasedRows::columns_of(mapping, table).empty()) {
        return;
    }
    rows_.reset();
    std::int64_t last = 0;
    for (std::int64_t before = -1; before != last;) {
        before = last;
        const auto rows = of_.connection.query(kPage, {mapping.name, last, kRowsAPage});
        while (rows->next()) {
            last = rows->integer(0);
            const std::string digest = rows->bytes(1);
            auto packed = store::open_packed_row(rows->bytes(2), mapping.name, digest, &of_.keys);
            if (!packed) {
                ++unopened_;
            } else if (auto row = judge(mapping, table, std::move(packed).value())) {
                row->id = last;
                row->key_digest = digest;
                found_.push_back(std::move(*row));
            }
        }
    }
}

std::optional<KeptRow> KeptRowsLook::judge(const engine::Mapping& mapping,
                                           const store::EntityTable& table,
                                           std::string packed) {
    std::vector<base::PackedCell> cells;
    if (!base::read_packed_row(packed, cells)) {
        ++unopened_;
        return std::nullopt;
    }
    const auto columns = with_known(mapping, columns_of(mapping, cells));
    base::RawBlock block;
    base::unpack_row(packed, columns, block);
    if (!rows_ || columns != columns_) {
        auto rows = jobs::ErasedRows::make(setting_of(of_, mapping, table), columns);
        if (!rows) {
            ++unopened_;
            return std::nullopt;
        }
        rows_.emplace(std::move(rows).value());
        columns_ = columns;
    }
    rows_->judge(block);
    if (!rows_->found_any()) {
        return std::nullopt;
    }
    KeptRow row{0, &mapping, {}, {}, rows_->is_about(0), {}};
    if (!row.about) {
        const base::RawBlock cleared = rows_->without(block);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (cleared.columns[i].is_null(0) && !block.columns[i].is_null(0)) {
                row.names.push_back(columns[i].name);
            }
        }
    }
    row.packed = std::move(packed);
    return row;
}

void KeptRowsErasure::run(ErasureReport& report) {
    KeptRowsLook look(of_);
    std::int64_t deleted = 0;
    for (const KeptRow& row : look.run()) {
        if (row.about) {
            deleted += of_.connection.execute("DELETE FROM reject WHERE id = $1", {row.id});
        } else {
            take_names_from(row);
        }
    }
    if (deleted > 0) {
        report.deleted["reject"] += deleted;
    }
    report.unopened = look.unopened();
    report.unknown = rows_of_unknown_mappings();
}

// With all of its columns, those too that no field reads.
void KeptRowsErasure::take_names_from(const KeptRow& row) {
    std::vector<base::PackedCell> cells;
    base::read_packed_row(row.packed, cells);
    const auto columns = columns_of(*row.mapping, cells);
    base::RawBlock block;
    for (const base::PackedCell& cell : cells) {
        base::RawColumn& column = block.columns.emplace_back();
        column.use_packed();
        const bool names =
            std::find(row.names.begin(), row.names.end(), cell.name) != row.names.end();
        if (cell.length == base::RawColumn::kAbsent) {
            column.append_absent();
        } else if (names || cell.length == base::RawColumn::kNull) {
            column.append_null();
        } else {
            column.append(cell.bytes);
        }
    }
    block.rows = 1;
    of_.connection.execute(
        kRewrite,
        {row.id,
         base::Bytes{store::seal_packed_row(
             base::pack_row(block, columns, 0), row.mapping->name, row.key_digest, &of_.keys)}});
}

std::int64_t KeptRowsErasure::rows_of_unknown_mappings() {
    std::int64_t unknown = 0;
    const auto rows =
        of_.connection.query("SELECT mapping, count(*) FROM reject GROUP BY mapping", {});
    while (rows->next()) {
        const std::string name = rows->text(0);
        if (std::none_of(of_.mappings.begin(), of_.mappings.end(), [&](const auto& mapping) {
                return mapping.name == name;
            })) {
            unknown += rows->integer(1);
        }
    }
    return unknown;
}

}  // namespace hrbridge::people
