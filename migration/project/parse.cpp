#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/base/yaml.h"
#include "migration/project/module_reader.h"
#include "migration/project/project.h"

namespace hrbridge::project {
namespace {

constexpr std::size_t kMostName = 200;  // bytes, of a text in the ledger
constexpr std::string_view kForm = "a migration project is a map with the keys project and modules";

void check_names(const std::vector<Module>& modules, const std::string& file, base::Faults& out) {
    std::set<std::string> names;
    for (const Module& module : modules) {
        if (!module.name.empty() && !names.insert(module.name).second) {
            out.push_back({fmt::format("{}:{}: modules.module", file, module.line),
                           fmt::format("there is a module '{}' above already", module.name)});
        }
    }
}

void read_modules(base::YamlReader& root, Project& project, base::Faults& faults) {
    const base::YamlNode* const list = root.child("modules");
    if (list == nullptr || !list->is_list() || list->items.empty()) {
        root.fault("modules",
                   "list the modules in the order in which they migrate, each with module, title "
                   "and mappings");
        return;
    }
    for (const base::YamlNode& node : list->items) {
        project.modules.push_back(read_module(node, faults));
    }
    check_names(project.modules, project.file, faults);
}

}  // namespace

std::string_view to_string(TotalForm form) {
    switch (form) {
        case TotalForm::Rows:
            return "rows";
        case TotalForm::Sum:
            return "sum";
        case TotalForm::Earliest:
            return "earliest";
        case TotalForm::Latest:
            return "latest";
        case TotalForm::Distinct:
            return "distinct";
    }
    return "";
}

const Module* Project::find(std::string_view module) const {
    for (const Module& each : modules) {
        if (each.name == module) {
            return &each;
        }
    }
    return nullptr;
}

LoadedProject parse_project(std::string_view text, const std::string& file) {
    LoadedProject loaded;
    const auto document = base::parse_yaml(text, file);
    if (!document) {
        loaded.faults.push_back(document.fault());
        return loaded;
    }
    if (!document->is_map()) {
        loaded.faults.push_back({file + ":1", std::string(kForm)});
        return loaded;
    }
    Project project;
    project.file = file;
    project.hash = base::to_hex(base::sha256(text));
    base::YamlReader root(&document.value(), "", loaded.faults);
    project.name = root.required_text("project");
    if (project.name.size() > kMostName) {
        root.fault("project", fmt::format("at most {} bytes", kMostName));
    }
    read_modules(root, project, loaded.faults);
    root.finish();
    if (loaded.faults.empty()) {
        loaded.project = std::move(project);
    }
    return loaded;
}

LoadedProject load_project(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in) {
        return {std::nullopt,
                {{path, "the project file cannot be read; check the path and its rights"}}};
    }
    return parse_project(text, path);
}

}  // namespace hrbridge::project
