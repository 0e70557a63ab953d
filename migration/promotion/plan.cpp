#include "migration/promotion/plan.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace hrbridge::promotion {
namespace {

const store::EntityTable& find(const std::vector<store::EntityTable>& entities,
                               const std::string& name) {
    for (const store::EntityTable& entity : entities) {
        if (entity.name == name) {
            return entity;
        }
    }
    throw std::logic_error("no entity " + name);
}

EntityPlan entity_plan(const store::EntityTable& table,
                       const std::vector<const engine::Mapping*>& mappings) {
    EntityPlan plan;
    plan.table = table;
    std::set<std::string> filled;
    for (const engine::Mapping* const mapping : mappings) {
        if (mapping->entity != table.name) {
            continue;
        }
        plan.history |= mapping->write == engine::WriteMode::History && table.has_history;
        for (const engine::FieldRule& field : mapping->fields) {
            if (field.stored) {
                filled.insert(field.target);
            }
        }
    }
    for (const store::EntityColumn& column : table.columns) {
        if (filled.contains(column.name)) {
            plan.columns.push_back(column.name);
        }
    }
    return plan;
}

}  // namespace

const store::EntityColumn& EntityPlan::column(const std::string& name) const {
    for (const store::EntityColumn& each : table.columns) {
        if (each.name == name) {
            return each;
        }
    }
    throw std::logic_error(table.name + " has no column " + name);
}

const MappingPlan& ModulePlan::of_entity(const std::string& entity) const {
    for (const MappingPlan& each : mappings) {
        if (each.mapping->entity == entity) {
            return each;
        }
    }
    throw std::logic_error("no mapping loads " + entity);
}

const EntityPlan& ModulePlan::entity(const std::string& name) const {
    for (const auto* const list : {&entities, &parents}) {
        for (const EntityPlan& each : *list) {
            if (each.table.name == name) {
                return each;
            }
        }
    }
    throw std::logic_error("the module has nothing to do with " + name);
}

std::vector<std::string> parents_first(const std::vector<store::EntityTable>& entities,
                                       std::vector<std::string> names) {
    std::vector<std::string> ordered;
    while (!names.empty()) {
        const auto ready = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
            const auto& columns = find(entities, name).columns;
            return std::none_of(columns.begin(), columns.end(), [&](const auto& column) {
                return column.references != name &&
                       std::find(names.begin(), names.end(), column.references) != names.end();
            });
        });
        if (ready == names.end()) {
            throw std::logic_error("entities refer to each other in a circle");
        }
        ordered.push_back(*ready);
        names.erase(ready);
    }
    return ordered;
}

ModulePlan make_plan(const project::Module& module,
                     const std::vector<engine::Mapping>& mappings,
                     const std::vector<store::EntityTable>& entities) {
    ModulePlan plan;
    plan.module = module.name;
    const auto own = project::mappings_of(module, mappings);
    for (const engine::Mapping* const mapping : own) {
        plan.mappings.push_back({mapping, 0, 0, {}});
    }
    int place = 0;
    for (const std::string& name :
         parents_first(entities, project::entities_of(module, mappings))) {
        plan.entities.push_back(entity_plan(find(entities, name), own));
        plan.entities.back().place = ++place;
    }
    for (const std::string& name : project::parents_of(module, mappings, entities)) {
        plan.parents.push_back(entity_plan(find(entities, name), {}));
        plan.parents.back().loaded = false;
    }
    return plan;
}

}  // namespace hrbridge::promotion
