#include "daemon/people/kept_rows.h"

#include <algorithm>

#include "daemon/base/packed_row.h"
#include "daemon/base/text.h"
#include "daemon/store/id_page.h"
#include "daemon/store/reject_row.h"
#include "mappings/engine/key_part.h"

namespace hrbridge::people {
namespace {

constexpr std::int64_t kRowsAPage = 500;
constexpr const char* kLengths =
    "SELECT id, length(packed_row) + coalesce(length(long_row), 0) FROM reject WHERE mapping = $1 "
    "AND id > $2 ORDER BY id LIMIT $3";
constexpr const char* kPage =
    "SELECT id, key_digest, coalesce(long_row, packed_row) FROM reject WHERE mapping = $1 AND id > "
    "$2 AND id <= $3 ORDER BY id";
constexpr const char* kPins =
    "SELECT DISTINCT source, pin FROM terminal_record WHERE pin IS NOT NULL ORDER BY source, pin";

jobs::BarredRows::Setting setting_of(const LookFor& look,
                                     const engine::Mapping& mapping,
                                     const store::EntityTable& table) {
    return {mapping, table, look.whom, look.keys, base::Date{}};
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

// Reads pins as a mapping of their source does.
struct PinReader {
    std::string source;
    std::vector<base::DescribedColumn> columns;
    jobs::BarredRows rows;

    bool is_theirs(const std::string& pin) {
        base::RawBlock block;
        for (const base::DescribedColumn& column : columns) {
            block.columns.emplace_back().use_packed();
            base::same_name(column.name, "pin") ? block.columns.back().append(pin)
                                                : block.columns.back().append_absent();
        }
        block.rows = 1;
        rows.judge(block);
        return rows.is_barred(0);
    }
};

std::vector<PinReader> pin_readers(const LookFor& look) {
    std::vector<PinReader> readers;
    const auto tables = store::entity_tables(look.connection);
    for (const engine::Mapping& mapping : look.mappings) {
        const store::EntityTable* table = find(tables, mapping.entity);
        if (table == nullptr || jobs::BarredRows::columns_of(mapping, *table).empty()) {
            continue;
        }
        auto columns = with_known(mapping, {});
        auto rows = jobs::BarredRows::make(setting_of(look, mapping, *table), columns);
        if (rows) {
            readers.push_back({mapping.connection, std::move(columns), std::move(rows).value()});
        }
    }
    return readers;
}

}  // namespace

std::vector<KeptRow> KeptRowsLook::run() {
    const auto tables = store::entity_tables(look_.connection);
    for (const engine::Mapping& mapping : look_.mappings) {
        if (const store::EntityTable* table = find(tables, mapping.entity)) {
            look_at(mapping, *table);
        }
    }
    count_unknown();
    return std::move(found_);
}

void KeptRowsLook::look_at(const engine::Mapping& mapping, const store::EntityTable& table) {
    if (jobs::BarredRows::columns_of(mapping, table).empty()) {
        return;
    }
    rows_.reset();
    std::int64_t last = 0;
    const auto next_page = [&] {
        const base::Value values[] = {mapping.name, last, kRowsAPage};
        return store::page_end(look_.connection, kLengths, values);
    };
    while (const auto end = next_page()) {
        const auto rows = look_.connection.query(kPage, {mapping.name, last, *end});
        last = *end;
        while (rows->next()) {
            const std::string digest = rows->bytes(1);
            auto packed = store::open_packed_row(rows->bytes(2), mapping.name, digest, &look_.keys);
            if (!packed) {
                ++unopened_;
            } else if (auto row = judge(mapping, table, std::move(packed).value())) {
                row->id = rows->integer(0);
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
    const auto own = columns_of(mapping, cells);
    const auto columns = with_known(mapping, own);
    if (!rows_ || columns != columns_) {
        auto rows = jobs::BarredRows::make(setting_of(look_, mapping, table), columns);
        if (!rows) {
            ++unopened_;
            return std::nullopt;
        }
        rows_.emplace(std::move(rows).value());
        columns_ = columns;
    }
    base::RawBlock block;
    base::unpack_row(packed, columns, block);
    rows_->judge(block);
    if (!rows_->found_any()) {
        return std::nullopt;
    }
    KeptRow row;
    row.mapping = &mapping;
    row.about = rows_->is_barred(0);
    if (!row.about) {
        row.without = base::pack_row(rows_->without(block), own, 0);
    }
    row.packed = std::move(packed);
    return row;
}

void KeptRowsLook::count_unknown() {
    const auto rows =
        look_.connection.query("SELECT mapping, count(*) FROM reject GROUP BY mapping", {});
    while (rows->next()) {
        const std::string name = rows->text(0);
        if (std::none_of(look_.mappings.begin(), look_.mappings.end(), [&](const auto& mapping) {
                return mapping.name == name;
            })) {
            unknown_ += rows->integer(1);
        }
    }
}

std::vector<std::pair<std::string, std::string>> pins_of(const LookFor& look) {
    auto readers = pin_readers(look);
    base::KeyedDigest digest = look.keys.digest(store::kErasedPurpose);
    std::vector<std::pair<std::string, std::string>> theirs;
    const auto rows = look.connection.query(kPins, {});
    while (rows->next()) {
        const std::string source = rows->text(0);
        const std::string pin = rows->text(1);
        bool read = false;
        bool found = false;
        for (PinReader& reader : readers) {
            if (reader.source == source) {
                read = true;
                found = found || reader.is_theirs(pin);
            }
        }
        for (const char* field : {"employment_spell.employee_no", "person.person_no"}) {
            found = found || (!read && look.whom->holds(store::erased_digest(digest, field, pin)));
        }
        if (found) {
            theirs.emplace_back(source, pin);
        }
    }
    return theirs;
}

}  // namespace hrbridge::people
