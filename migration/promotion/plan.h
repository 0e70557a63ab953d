#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/project/project.h"

namespace hrbridge::promotion {

// What an entity's rows become.
enum class Act { Inserted = 1, Updated = 2, Confirmed = 3, Gone = 4 };

struct EntityPlan {
    int place = 0;  // from 1, parents first
    store::EntityTable table;
    std::vector<std::string> columns;  // that the module's mappings fill, in the table's order
    bool history = false;              // superseded versions are kept
    bool loaded = true;                // by the module; else a parent of another

    std::string map() const { return "promotion_map_" + table.name; }
    std::string acts() const { return "promotion_act_" + table.name; }
    std::string before() const { return table.name + "_before"; }
    const store::EntityColumn& column(const std::string& name) const;
};

struct MappingPlan {
    const engine::Mapping* mapping = nullptr;
    std::int64_t run = 0;    // that stands for the promotion in the live store
    std::int64_t batch = 0;  // likewise
    std::string identity;    // of that batch
};

struct ModulePlan {
    std::string module;
    std::vector<EntityPlan> parents;   // of other modules, parents first
    std::vector<EntityPlan> entities;  // that the module loads, parents first
    std::vector<MappingPlan> mappings;

    // The first of the entity's mappings.
    const MappingPlan& of_entity(const std::string& entity) const;
    const EntityPlan& entity(const std::string& name) const;
};

// `entities` are all of the store.
ModulePlan make_plan(const project::Module& module,
                     const std::vector<engine::Mapping>& mappings,
                     const std::vector<store::EntityTable>& entities);

// Entities in an order in which each comes behind those that it refers to. Throws std::logic_error
// where they refer to each other in a circle.
std::vector<std::string> parents_first(const std::vector<store::EntityTable>& entities,
                                       std::vector<std::string> names);

}  // namespace hrbridge::promotion
