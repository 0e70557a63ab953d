#include <fstream>
#include <set>
#include <sstream>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "mappings/engine/loader.h"

namespace hrbridge::engine {
namespace loading {

void Context::fault(const base::YamlNode& node, std::string_view path, std::string what) {
    faults.push_back({node.place() + ": " + std::string(path), std::move(what)});
}

bool Context::has_source_column(std::string_view name) const {
    for (const ContractColumn& column : mapping.columns) {
        if (column.name == name) {
            return true;
        }
    }
    return false;
}

const FieldRule* Context::field(std::string_view name) const {
    for (const FieldRule& rule : mapping.fields) {
        if (rule.target == name) {
            return &rule;
        }
    }
    return nullptr;
}

std::vector<std::string> Context::source_columns() const {
    std::vector<std::string> names;
    names.reserve(mapping.columns.size());
    for (const ContractColumn& column : mapping.columns) {
        names.push_back(column.name);
    }
    return names;
}

std::vector<std::string> Context::field_names() const {
    std::vector<std::string> names;
    names.reserve(mapping.fields.size());
    for (const FieldRule& rule : mapping.fields) {
        names.push_back(rule.target);
    }
    return names;
}

std::string near_hint(std::string_view name, const std::vector<std::string>& candidates) {
    const std::string near = base::nearest(name, candidates);
    return near.empty() ? std::string() : "; nearest: " + near;
}

std::optional<std::string> choice_or_null(base::YamlReader& reader,
                                          std::string_view key,
                                          std::initializer_list<std::string_view> choices) {
    const base::YamlNode* node = reader.child(key);
    if (node != nullptr && node->kind == base::YamlNode::Kind::Null) {
        return "null";
    }
    return reader.choice(key, choices);
}

bool is_identifier(std::string_view name) {
    if (name.empty() || name.size() > 63 || (name[0] >= '0' && name[0] <= '9')) {
        return false;
    }
    return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
           std::string_view::npos;
}

std::optional<double> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) {
        return std::nullopt;
    }
    text.remove_suffix(1);
    std::string number(text.starts_with('+') ? text.substr(1) : text);
    if (number.empty() || number.find_first_not_of("0123456789.-") != std::string::npos) {
        return std::nullopt;
    }
    std::istringstream in(number);
    in.imbue(std::locale::classic());
    double value = 0;
    in >> value;
    return in.fail() || !in.eof() ? std::nullopt : std::optional(value);
}

std::optional<Reference> parse_reference(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) {
        return std::nullopt;
    }
    Reference reference{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
    const bool good = is_identifier(reference.entity) && is_identifier(reference.column);
    return good ? std::optional(reference) : std::nullopt;
}

}  // namespace loading

namespace {

using loading::Context;

bool is_mapping_name(std::string_view name) {
    const std::vector<std::string_view> parts = base::split(name, '/');
    for (const std::string_view part : parts) {
        if (!loading::is_identifier(part)) {
            return false;
        }
    }
    return parts.size() == 2;
}

void read_names(Context& context, base::YamlReader& reader) {
    constexpr std::string_view kForm =
        "a mapping is named module/entity, both with a-z, 0-9 and _, as in "
        "core_hr/employee";
    context.mapping.name = reader.required_text("map");
    if (!context.mapping.name.empty() && !is_mapping_name(context.mapping.name)) {
        reader.fault("map", std::string(kForm));
    }
    context.mapping.needs = reader.texts("needs").value_or(std::vector<std::string>());
    for (const std::string& needed : context.mapping.needs) {
        if (!is_mapping_name(needed)) {
            reader.fault("needs", "\"" + needed + "\": " + std::string(kForm));
        } else if (needed == context.mapping.name) {
            reader.fault("needs", "a mapping cannot need itself");
        }
    }
}

// A part that must be there; when it is not, one fault says so instead of one
// for each of its keys.
bool require(base::YamlReader& reader, std::string_view key) {
    if (!reader.has(key)) {
        reader.fault(key, "this part is required and missing");
        return false;
    }
    return true;
}

void check_rule_ids(Context& context) {
    std::set<std::string> seen;
    const auto check = [&](const std::string& id, int line, const std::string& path) {
        if (!id.empty() && !seen.insert(id).second) {
            context.faults.push_back(
                {context.mapping.file + ":" + std::to_string(line) + ": " + path,
                 "the rule id " + id +
                     " is used before in this file; ids show in rejects and "
                     "metrics and must be unique"});
        }
    };
    for (const FieldRule& rule : context.mapping.fields) {
        check(rule.id, rule.line, "fields." + rule.target + ".id");
    }
    for (const LogicRule& rule : context.mapping.logic) {
        check(rule.id, rule.line, "logic.id");
    }
    for (const RunRule& rule : context.mapping.run_rules) {
        check(rule.id, rule.line, "logic.id");
    }
}

void read_all(Context& context, const base::YamlNode& root) {
    base::YamlReader reader(&root, "", context.faults);
    read_names(context, reader);
    if (require(reader, "source")) {
        loading::read_source(context, reader.map("source"));
    }
    if (require(reader, "fields")) {
        loading::read_fields(context, reader.child("fields"));
    }
    if (require(reader, "target")) {
        loading::read_target(context, reader.map("target"));
    }
    loading::read_sync(context, reader.map("sync"));
    loading::read_logic(context, reader.child("logic"));
    check_rule_ids(context);
    loading::read_fixtures(context, reader.child("fixtures"));
    loading::read_rejects(context, reader.map("rejects"));
    loading::read_later_stages(reader);
    reader.finish();
}

std::string mapping_hash(std::string_view text, const std::vector<std::string>& code_digests) {
    std::string digest = base::sha256(text);
    if (!code_digests.empty()) {
        for (const std::string& code : code_digests) {
            digest += code;
        }
        digest = base::sha256(digest);
    }
    return base::to_hex(digest);
}

}  // namespace

LoadedMapping parse_mapping(std::string_view text, const std::string& file) {
    LoadedMapping loaded;
    auto root = base::parse_yaml(text, file);
    if (!root) {
        loaded.faults.push_back(root.fault());
        return loaded;
    }
    if (!root->is_map()) {
        loaded.faults.push_back({file + ":1", "a mapping file is a map that begins with map:"});
        return loaded;
    }
    Mapping mapping;
    mapping.file = file;
    Context context{mapping, loaded.faults, {}};
    read_all(context, *root);
    mapping.hash = mapping_hash(text, context.code_digests);
    if (loaded.faults.empty()) {
        loaded.mapping = std::move(mapping);
    }
    return loaded;
}

LoadedMapping load_mapping(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
        return {std::nullopt,
                {{path, "the mapping file cannot be read; check the path and its rights"}}};
    }
    return parse_mapping(text.str(), path);
}

}  // namespace hrbridge::engine
