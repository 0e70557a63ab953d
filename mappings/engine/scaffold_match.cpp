#include "mappings/engine/scaffold_match.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine {
namespace {

constexpr std::int64_t kLongestText = 10'000;  // in characters; a longer one has no length
constexpr std::size_t kShortestGuess = 4;      // "no" or "id" is part of too many names

// For comparing: "cDept_Num" and "CDEPTNUM" are one name.
std::string squeezed(const std::string& name) {
    std::string out = base::to_lower_ascii(name);
    out.erase(std::remove_if(out.begin(), out.end(), [](char c) { return c == '_' || c == ' '; }),
              out.end());
    return out;
}

// What a source may call it: its own name, and of a reference the parent's key and the parent. Of a
// reference to the own entity these two are the row's own key, by which it would be its own parent.
std::vector<std::string> names_of(const ScaffoldTarget& target, const std::string& entity) {
    std::vector<std::string> names{squeezed(target.name)};
    if (const std::size_t dot = target.reference.find('.'); dot != std::string::npos) {
        names.push_back(squeezed(target.name.substr(0, target.name.rfind("_id"))));
        if (target.reference.substr(0, dot) == entity) {
            return names;
        }
        names.push_back(squeezed(target.reference.substr(dot + 1)));
        names.push_back(squeezed(target.reference.substr(0, dot)));
    }
    return names;
}

const base::DescribedColumn* find_same(const ScaffoldInput& input,
                                       const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        for (const base::DescribedColumn& column : input.columns) {
            if (squeezed(column.name) == name) {
                return &column;
            }
        }
    }
    return nullptr;
}

bool is_used(const std::vector<ScaffoldField>& fields, const base::DescribedColumn& column) {
    return std::any_of(fields.begin(), fields.end(), [&](const ScaffoldField& each) {
        return each.from == &column;
    });
}

const base::DescribedColumn* find_part(const ScaffoldInput& input,
                                       const std::vector<ScaffoldField>& fields,
                                       const std::vector<std::string>& names) {
    for (const base::DescribedColumn& column : input.columns) {
        const std::string source = squeezed(column.name);
        const bool near = std::any_of(names.begin(), names.end(), [&](const auto& name) {
            return name.size() >= kShortestGuess &&
                   (source.ends_with(name) || source.starts_with(name));
        });
        if (near && !is_used(fields, column)) {
            return &column;
        }
    }
    return nullptr;
}

// Without an entity each source column becomes a field of its own name.
std::vector<ScaffoldField> fields_of_source(const ScaffoldInput& input) {
    std::vector<ScaffoldField> fields;
    for (std::size_t i = 0; i < input.columns.size(); ++i) {
        const base::DescribedColumn& column = input.columns[i];
        ScaffoldTarget target;
        target.name = base::to_lower_ascii(column.name);
        const bool taken =
            std::any_of(fields.begin(), fields.end(), [&](const ScaffoldField& each) {
                return each.target.name == target.name;
            });
        if (taken || !is_column_name(target.name)) {
            target.name = fmt::format("field_{}", i + 1);
        }
        target.type = field_type(column);
        target.required = !column.nullable;
        fields.push_back({target, &column, false});
    }
    return fields;
}

std::vector<ScaffoldField> fields_of_entity(const ScaffoldInput& input) {
    std::vector<ScaffoldField> fields;
    for (const ScaffoldTarget& target : input.targets) {
        fields.push_back({target, find_same(input, names_of(target, input.entity)), false});
    }
    for (ScaffoldField& field : fields) {
        if (field.from == nullptr) {
            field.from = find_part(input, fields, names_of(field.target, input.entity));
            field.guessed = field.from != nullptr;
        }
    }
    return fields;
}

}  // namespace

std::vector<ScaffoldField> match_fields(const ScaffoldInput& input) {
    return input.targets.empty() ? fields_of_source(input) : fields_of_entity(input);
}

base::FieldType field_type(const base::DescribedColumn& column) {
    base::FieldType type;
    switch (family_of(column.type)) {
        case Family::Integer:
            type.kind = base::Kind::Int;
            return type;
        case Family::Bool:
            type.kind = base::Kind::Bool;
            return type;
        case Family::Decimal:
            type.kind = base::Kind::Decimal;
            type.precision = column.size > 0 ? static_cast<int>(column.size) : 18;
            type.scale = column.scale;
            return type;
        case Family::Date:
            type.kind = base::Kind::Date;
            return type;
        case Family::Timestamp:
            type.kind = base::Kind::Timestamp;
            return type;
        case Family::Bytes:
            type.kind = base::Kind::Bytes;
            return type;
        case Family::Float:
        case Family::FixedText:
        case Family::Text:
        case Family::Time:
        case Family::Other:
            break;
    }
    type.kind = base::Kind::Text;
    type.length = column.size <= kLongestText ? static_cast<int>(column.size) : 0;
    return type;
}

bool is_column_name(const std::string& name) {
    return !name.empty() &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
           (name.front() < '0' || name.front() > '9');
}

}  // namespace hrbridge::engine
