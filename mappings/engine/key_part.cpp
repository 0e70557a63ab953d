#include "mappings/engine/key_part.h"

#include <algorithm>

#include "daemon/base/text.h"
#include "mappings/engine/steps.h"

namespace hrbridge::engine {

std::vector<std::string> columns_of(const FieldRule& field) {
    std::vector<std::string> columns;
    if (!field.from.empty()) {
        columns.push_back(field.from);
    }
    for (const Step& step : field.steps) {
        const StepSpec* spec = find_step(step.name);
        const std::size_t first = spec == nullptr ? StepSpec::kNone : spec->columns_from;
        for (std::size_t i = first; i < step.arguments.size(); ++i) {
            columns.push_back(step.arguments[i]);
        }
    }
    return columns;
}

bool reads_column(const FieldRule& field, std::string_view source_column) {
    const auto columns = columns_of(field);
    return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
        return base::same_name(column, source_column);
    });
}

Mapping key_part(const Mapping& mapping) {
    Mapping part = mapping;
    std::erase_if(part.fields, [&](const FieldRule& field) {
        const auto& key = mapping.target_key;
        return std::find(key.begin(), key.end(), field.target) == key.end();
    });
    part.logic.clear();
    part.run_rules.clear();
    part.fixtures.clear();
    return part;
}

Mapping field_part(const Mapping& mapping, const FieldRule& field) {
    Mapping part = mapping;
    part.fields = {field};
    part.key.clear();
    part.target_key = {field.target};
    part.sync.window_by.clear();
    part.logic.clear();
    part.run_rules.clear();
    part.fixtures.clear();
    return part;
}

std::vector<std::string> key_part_columns(const Mapping& mapping) {
    std::vector<std::string> columns;
    const auto add = [&](const std::string& name) {
        const bool known = std::any_of(columns.begin(), columns.end(), [&](const auto& each) {
            return base::same_name(each, name);
        });
        if (!known && !name.empty()) {
            columns.push_back(name);
        }
    };
    for (const std::string& name : mapping.key) {
        add(name);
    }
    for (const FieldRule& field : key_part(mapping).fields) {
        for (const std::string& name : columns_of(field)) {
            add(name);
        }
    }
    add(mapping.sync.window_by);
    return columns;
}

std::vector<base::DescribedColumn> kept_columns(const Mapping& mapping) {
    std::vector<base::DescribedColumn> columns;
    for (const ContractColumn& column : mapping.columns) {
        columns.push_back(
            {column.name, column.type, column.size, column.scale, !column.never_null});
    }
    const auto add = [&](const std::string& name) {
        const bool known = std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
            return base::same_name(column.name, name);
        });
        if (!name.empty() && !known) {
            columns.push_back({name, "varchar", 0, 0, true});
        }
    };
    for (const std::string& name : mapping.key) {
        add(name);
    }
    for (const FieldRule& field : mapping.fields) {
        add(field.from);
    }
    add(mapping.sync.window_by);
    add(std::string(base::kPlaceColumn));
    add(std::string(base::kMalformedColumn));
    return columns;
}

}  // namespace hrbridge::engine
