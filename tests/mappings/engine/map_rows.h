#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mappings/engine/mapper.h"

namespace hrbridge::engine::testing_support {

// A Monday, so that rules about today do not depend on the day a test runs.
inline constexpr base::Date kToday{std::chrono::year{2024} / 5 / 6};

using Cells = std::vector<std::vector<std::optional<std::string>>>;

// A mapping of the columns k, a, b, c to the field `key` (from k) and those given.
inline Mapping mapping_with(const std::string& fields) {
    const std::string text =
        "map: test/thing\n"
        "source:\n  conn: erp\n  key: [k]\n"
        "  columns: {k: varchar(20)!, a: varchar(200), b: varchar(20), c: varchar(20)}\n"
        "target: {entity: thing, key: [key]}\n"
        "fields:\n  key: {from: k, type: text(20), id: F01}\n" +
        fields;
    LoadedMapping loaded = parse_mapping(text, "test.map.yaml");
    if (!loaded.mapping) {
        throw std::logic_error(loaded.faults.at(0).where + ": " + loaded.faults.at(0).what);
    }
    return *std::move(loaded.mapping);
}

struct Mapped {
    std::vector<base::Column> columns;
    std::vector<RowFault> rejects;
    std::vector<base::RowHash> hashes;
    std::vector<std::uint32_t> source_rows;
    MapCounts counts;
    std::vector<std::int64_t> times;

    // "NULL" for NULL, "-" when there is no such row or field.
    std::string value(std::size_t row, const std::string& field) const {
        for (const base::Column& column : columns) {
            if (column.name() == field && row < column.rows()) {
                return column.is_null(row) ? "NULL" : base::to_string(column.value(row));
            }
        }
        return "-";
    }
};

// Maps rows of the cells a, b and c; the key column counts K0, K1 …; in the rows `absent`, a is not
// in the record.
inline Mapped map_rows(const Mapping& mapping,
                       const Cells& rows,
                       const std::vector<std::size_t>& absent = {}) {
    std::vector<base::DescribedColumn> described;
    for (const char* name : {"k", "a", "b", "c"}) {
        described.push_back({name, "varchar", 200, 0, true});
    }
    base::RawBlock block;
    block.columns.resize(described.size());
    block.rows = rows.size();
    for (std::size_t row = 0; row < rows.size(); ++row) {
        block.columns[0].append("K" + std::to_string(row));
        for (std::size_t i = 0; i < rows[row].size(); ++i) {
            const bool missing =
                i == 0 && std::find(absent.begin(), absent.end(), row) != absent.end();
            if (missing) {
                block.columns[i + 1].append_absent();
            } else if (rows[row][i]) {
                block.columns[i + 1].append(*rows[row][i]);
            } else {
                block.columns[i + 1].append_null();
            }
        }
    }
    Mapper mapper = Mapper::make(mapping, described, kToday).value();
    MapOutcome out;
    mapper.map(block, out);
    return {out.batch.columns,
            out.rejects,
            out.batch.hashes,
            out.batch.source_rows,
            mapper.counts(),
            out.batch.times};
}

}  // namespace hrbridge::engine::testing_support
