#include <algorithm>
#include <functional>
#include <set>

#include "migration/project/project.h"

namespace hrbridge::project {
namespace {

const store::EntityTable* find(const std::vector<store::EntityTable>& entities,
                               const std::string& name) {
    for (const store::EntityTable& entity : entities) {
        if (entity.name == name) {
            return &entity;
        }
    }
    return nullptr;
}

}  // namespace

std::vector<const engine::Mapping*> mappings_of(const Module& module,
                                                const std::vector<engine::Mapping>& mappings) {
    std::vector<const engine::Mapping*> out;
    for (const std::string& name : module.mappings) {
        for (const engine::Mapping& mapping : mappings) {
            if (mapping.name == name) {
                out.push_back(&mapping);
            }
        }
    }
    return out;
}

std::vector<std::string> entities_of(const Module& module,
                                     const std::vector<engine::Mapping>& mappings) {
    std::vector<std::string> out;
    for (const engine::Mapping* mapping : mappings_of(module, mappings)) {
        if (std::find(out.begin(), out.end(), mapping->entity) == out.end()) {
            out.push_back(mapping->entity);
        }
    }
    return out;
}

std::vector<std::string> parents_of(const Module& module,
                                    const std::vector<engine::Mapping>& mappings,
                                    const std::vector<store::EntityTable>& entities) {
    const std::vector<std::string> own = entities_of(module, mappings);
    std::vector<std::string> out;
    std::set<std::string> seen(own.begin(), own.end());
    // Depth first, so that a parent stands before what refers to it.
    const std::function<void(const std::string&)> visit = [&](const std::string& name) {
        const store::EntityTable* const entity = find(entities, name);
        if (entity == nullptr) {
            return;
        }
        for (const store::EntityColumn& column : entity->columns) {
            if (!column.references.empty() && seen.insert(column.references).second) {
                visit(column.references);
                out.push_back(column.references);
            }
        }
    };
    for (const std::string& name : own) {
        visit(name);
    }
    return out;
}

}  // namespace hrbridge::project
