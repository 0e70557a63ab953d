#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/yaml.h"
#include "mappings/engine/mapping.h"

// The parts of the mapping file's reader; load.cpp puts them together.
namespace hrbridge::engine::loading {

// What all parts share. Faults are collected, so every part goes on after one.
struct Context {
    Mapping& mapping;
    base::Faults& faults;
    std::vector<std::string> code_digests;  // SHA-256 (raw) of the code files, in field order

    void fault(const base::YamlNode& node, std::string_view path, std::string what);
    bool has_source_column(std::string_view name) const;
    const FieldRule* field(std::string_view name) const;
    std::vector<std::string> source_columns() const;
    std::vector<std::string> field_names() const;
};

void read_source(Context& context, base::YamlReader reader);
void read_sync(Context& context, base::YamlReader reader);
void read_target(Context& context, base::YamlReader reader);
void read_fields(Context& context, const base::YamlNode* node);
void read_logic(Context& context, const base::YamlNode* node);
void read_fixtures(Context& context, const base::YamlNode* node);
void read_rejects(Context& context, base::YamlReader reader);
// Faults for the sections of stages that do not exist yet.
void read_later_stages(base::YamlReader& reader);

// The `map:` of a field: a file relative to the mapping's folder, or a map in
// place.
void read_codes(Context& context,
                const base::YamlNode& node,
                const std::string& path,
                FieldRule& rule);

// "; nearest: X" or nothing.
std::string near_hint(std::string_view name, const std::vector<std::string>& candidates);
// As YamlReader::choice, for settings that know the word null, which YAML reads
// as no value.
std::optional<std::string> choice_or_null(base::YamlReader& reader,
                                          std::string_view key,
                                          std::initializer_list<std::string_view> choices);
// a–z, 0–9 and _, not beginning with a digit: what may become a name in SQL.
bool is_identifier(std::string_view name);
// "5%", "1.0%", "-5%" → 5, 1, -5; nullopt when it is none.
std::optional<double> parse_percent(std::string_view text);
// An entity and its column, "employee.employee_no".
std::optional<Reference> parse_reference(std::string_view text);

}  // namespace hrbridge::engine::loading
