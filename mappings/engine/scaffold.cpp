#include "mappings/engine/scaffold.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine {
namespace {

std::string contract_type(const base::DescribedColumn& column) {
    std::string type = column.type.empty() ? "text" : column.type;
    const Family family = family_of(type);
    if (column.size > 0 && (family == Family::Text || family == Family::FixedText)) {
        type += fmt::format("({})", column.size);
    } else if (column.size > 0 && family == Family::Decimal) {
        type += fmt::format("({},{})", column.size, column.scale);
    }
    return type + (column.nullable ? "" : "!");
}

std::string field_type(const base::DescribedColumn& column) {
    switch (family_of(column.type)) {
        case Family::Integer:
            return "int";
        case Family::Bool:
            return "bool";
        case Family::Decimal:
            return fmt::format(
                "'decimal({},{})'", column.size > 0 ? column.size : 18, column.scale);
        case Family::Date:
            return "date";
        case Family::Timestamp:
            return "timestamp";
        case Family::Bytes:
            return "bytes";
        case Family::Float:
        case Family::FixedText:
        case Family::Text:
        case Family::Time:
        case Family::Other:
            break;
    }
    return column.size > 0 ? fmt::format("text({})", column.size) : "text";
}

bool is_identifier(const std::string& name) {
    return !name.empty() &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
           (name.front() < '0' || name.front() > '9');
}

std::string target_name(const ScaffoldInput& input,
                        const base::DescribedColumn& column,
                        std::size_t index) {
    const std::string lower = base::to_lower_ascii(column.name);
    std::vector<std::string> names;
    for (const PredicateColumn& target : input.targets) {
        names.push_back(target.name);
    }
    const std::string near = base::nearest(lower, names);
    if (!near.empty()) {
        return near;
    }
    return is_identifier(lower) ? lower : fmt::format("field_{}", index + 1);
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

std::string fields_text(const ScaffoldInput& input) {
    std::string out =
        "fields:                 # target column: from which source column, how, what must hold\n";
    std::vector<std::string> used;
    for (std::size_t i = 0; i < input.columns.size(); ++i) {
        const base::DescribedColumn& column = input.columns[i];
        std::string target = target_name(input, column, i);
        if (std::find(used.begin(), used.end(), target) != used.end()) {
            target = fmt::format("field_{}", i + 1);
        }
        used.push_back(target);
        out += fmt::format("  {}: {{from: {}, do: [trim], type: {}{}, id: F{:02}}}\n",
                           target,
                           column.name,
                           field_type(column),
                           column.nullable ? ", opt: true" : "",
                           i + 1);
    }
    return out;
}

}  // namespace

std::string scaffold_mapping(const ScaffoldInput& input) {
    std::vector<std::string> names;
    std::string contract;
    for (const base::DescribedColumn& column : input.columns) {
        names.push_back(column.name);
        contract += fmt::format("    {}: {}\n", column.name, contract_type(column));
    }
    const std::string entity = input.entity.empty() ? "entity" : input.entity;
    std::string key = joined(input.key);
    if (key.empty() && !names.empty()) {
        key = names.front();
    }
    return fmt::format(
        "# {0} of the source {1}. Decide what is marked with <-.\n"
        "map: {1}/{2}            # <- module/entity\n\n"
        "source:\n"
        "  conn: {1}\n"
        "  read_as: {{charset: utf-8, zone: Asia/Shanghai}}   # <- how the source keeps text and "
        "time\n"
        "  query: |\n"
        "    SELECT {3}\n"
        "      FROM {0}\n"
        "     WHERE {{window}} AND {{page}}\n"
        "  key: [{4}]            # {5}\n"
        "  columns:              # the contract; ! = never NULL\n"
        "{6}\n"
        "sync:\n"
        "  every: 15m\n"
        "  # window: {{by: <- the column that says when a row changed, overlap: 30m, hold_back: "
        "1m}}\n\n"
        "target:\n"
        "  entity: {2}           # <-\n"
        "  key: [{7}]            # <- target columns that identify a row\n"
        "  write: upsert         # insert_only, upsert or history\n\n"
        "{8}\n"
        "# logic:                # SQL predicates that must hold, e.g.\n"
        "#   - {{id: L01, row: 'end_date IS NULL OR end_date >= hire_date', say: …}}\n\n"
        "# fixtures:             # rows to try, run by hrbridge check\n",
        input.table,
        input.source,
        entity,
        joined(names),
        key,
        input.key.empty() ? "<- the source names no unique key: choose one"
                          : "unique by the source's own index",
        contract,
        input.columns.empty() ? "" : target_name(input, input.columns.front(), 0),
        fields_text(input));
}

}  // namespace hrbridge::engine
