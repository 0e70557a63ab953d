#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "mappings/engine/mapper.h"

namespace hrbridge::engine {
namespace {

std::vector<base::DescribedColumn> contract_columns(const Mapping& mapping) {
    std::vector<base::DescribedColumn> columns;
    for (const ContractColumn& column : mapping.columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    return columns;
}

base::RawBlock block_of(const Fixture& fixture, const std::vector<base::DescribedColumn>& columns) {
    base::RawBlock block;
    for (const base::DescribedColumn& column : columns) {
        base::RawColumn cells;
        cells.use_packed();
        const auto cell = std::find_if(fixture.row.begin(),
                                       fixture.row.end(),
                                       [&](const auto& each) { return each.first == column.name; });
        if (cell == fixture.row.end() || !cell->second) {
            cells.append_null();
        } else {
            cells.append(*cell->second);
        }
        block.columns.push_back(std::move(cells));
    }
    block.rows = 1;
    return block;
}

std::optional<std::string> text_of(const base::Value& value) {
    return std::holds_alternative<base::Null>(value) ? std::nullopt
                                                     : std::optional(base::to_string(value));
}

std::string shown(const std::optional<std::string>& text) {
    return text ? "'" + *text + "'" : "NULL";
}

// Empty when the fixture holds.
std::string problem(const Fixture& fixture, const MapOutcome& outcome) {
    if (!outcome.rejects.empty()) {
        const RowFault& fault = outcome.rejects.front();
        if (fault.rule == fixture.rejects) {
            return {};
        }
        return fmt::format(
            "the row is rejected by {} ({}): {}", fault.rule, fault.field, fault.reason);
    }
    if (!fixture.rejects.empty()) {
        return fmt::format("the row passes, but {} should reject it", fixture.rejects);
    }
    for (const auto& [field, wanted] : fixture.gives) {
        const base::Column* column = outcome.batch.find(field);
        const auto got = column == nullptr ? std::nullopt : text_of(column->value(0));
        if (got != wanted) {
            return fmt::format("{} is {}, expected {}", field, shown(got), shown(wanted));
        }
    }
    return {};
}

}  // namespace

base::Faults run_fixtures(const Mapping& mapping, base::Date today) {
    base::Faults faults;
    const auto columns = contract_columns(mapping);
    Mapping as_written = mapping;  // the file's own text is UTF-8, whatever the source's bytes are
    as_written.read_as.charset = "utf-8";
    auto mapper = Mapper::make(as_written, columns, today);
    if (!mapper) {
        faults.push_back(mapper.fault());
        return faults;
    }
    MapOutcome outcome;
    for (const Fixture& fixture : mapping.fixtures) {
        Mapper& one = mapper.value();
        one.map(block_of(fixture, columns), outcome);
        const std::string what = problem(fixture, outcome);
        if (!what.empty()) {
            faults.push_back(
                {fmt::format("{}:{}: fixture '{}'", mapping.file, fixture.line, fixture.name),
                 what});
        }
    }
    return faults;
}

}  // namespace hrbridge::engine
