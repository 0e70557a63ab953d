#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "daemon/base/yaml.h"
#include "mappings/engine/predicate.h"
#include "migration/project/project.h"

namespace hrbridge::project {
namespace {

std::string near_hint(const std::string& name, const std::vector<std::string>& candidates) {
    const std::string near = base::nearest(name, candidates);
    return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

// Where a mapping stands: its module's and its own place.
struct Place {
    std::size_t module = 0;
    std::size_t step = 0;
    const engine::Mapping* mapping = nullptr;

    bool is_before(const Place& other) const {
        return std::pair(module, step) < std::pair(other.module, other.step);
    }
};

class Check {
  public:
    Check(const Project& project,
          const std::vector<engine::Mapping>& mappings,
          const std::vector<store::EntityTable>& entities)
        : project_(project), mappings_(mappings), entities_(entities) {}

    base::Faults run() {
        place_mappings();
        check_entities();
        for (const auto& [name, place] : places_) {
            check_needs(place);
            check_references(place);
        }
        for (const Module& module : project_.modules) {
            check_contracts(module);
            check_totals(module);
            check_must(module);
            check_rules(module);
        }
        std::sort(faults_.begin(), faults_.end(), [](const Found& a, const Found& b) {
            return a.line < b.line;
        });
        base::Faults out;
        for (Found& found : faults_) {
            out.push_back(std::move(found.fault));
        }
        return out;
    }

  private:
    struct Found {
        int line = 0;
        base::Fault fault;
    };

    void fault(int line, std::string_view path, std::string what) {
        faults_.push_back(
            {line, {fmt::format("{}:{}: {}", project_.file, line, path), std::move(what)}});
    }

    const Module& module_at(const Place& place) const { return project_.modules[place.module]; }

    void place_mappings() {
        std::vector<std::string> names;
        std::map<std::string, const engine::Mapping*> known;
        for (const engine::Mapping& mapping : mappings_) {
            names.push_back(mapping.name);
            known.emplace(mapping.name, &mapping);
        }
        for (std::size_t i = 0; i < project_.modules.size(); ++i) {
            const Module& module = project_.modules[i];
            for (std::size_t step = 0; step < module.mappings.size(); ++step) {
                const std::string& name = module.mappings[step];
                const auto found = known.find(name);
                if (found == known.end()) {
                    fault(module.line,
                          module.name + ".mappings",
                          fmt::format("there is no mapping '{}'{}", name, near_hint(name, names)));
                    continue;
                }
                const auto [other, is_new] = places_.emplace(name, Place{i, step, found->second});
                if (!is_new && other->second.module != i) {
                    fault(module.line,
                          module.name + ".mappings",
                          fmt::format("'{}' stands in the module '{}' already",
                                      name,
                                      module_at(other->second).name));
                }
            }
        }
    }

    // An entity has one module: promoted twice, the second would take the first one's rows for
    // rows that its sources no longer have.
    void check_entities() {
        for (const auto& [name, place] : places_) {
            const std::string& entity = place.mapping->entity;
            for (const auto& [other_name, other] : places_) {
                if (other.module < place.module && other.mapping->entity == entity) {
                    fault(module_at(place).line,
                          module_at(place).name + ".mappings",
                          fmt::format("'{}' loads {}, which '{}' of the module '{}' loads; put "
                                      "both into one module",
                                      name,
                                      entity,
                                      other_name,
                                      module_at(other).name));
                    break;
                }
            }
        }
    }

    void check_needs(const Place& place) {
        for (const std::string& need : place.mapping->needs) {
            const auto found = places_.find(need);
            if (found != places_.end() && place.is_before(found->second)) {
                fault(module_at(place).line,
                      module_at(place).name + ".mappings",
                      fmt::format("'{}' needs '{}', which comes behind it{}",
                                  place.mapping->name,
                                  need,
                                  behind(place, found->second)));
            }
        }
    }

    std::string behind(const Place& place, const Place& other) const {
        return place.module == other.module
                   ? std::string("; change the order")
                   : fmt::format(" in the module '{}'; change the order of the modules",
                                 module_at(other).name);
    }

    // A row that waits for its parent may come first within a module, whose end it is mapped again
    // at.
    void check_references(const Place& place) {
        std::set<std::string> told;
        for (const engine::FieldRule& field : place.mapping->fields) {
            if (!field.ref || field.ref->entity == place.mapping->entity) {
                continue;
            }
            const Place* const first = first_loader(field.ref->entity);
            if (first == nullptr || !place.is_before(*first) ||
                (first->module == place.module && field.otherwise == engine::Otherwise::Hold)) {
                continue;
            }
            if (told.insert(field.ref->entity).second) {
                fault(module_at(place).line,
                      module_at(place).name + ".mappings",
                      fmt::format("'{}' refers to {} ({}), which '{}' loads behind it{}",
                                  place.mapping->name,
                                  field.ref->entity,
                                  field.target,
                                  first->mapping->name,
                                  behind(place, *first)));
            }
        }
    }

    const Place* first_loader(const std::string& entity) const {
        const Place* first = nullptr;
        for (const auto& [name, place] : places_) {
            if (place.mapping->entity == entity && (first == nullptr || place.is_before(*first))) {
                first = &place;
            }
        }
        return first;
    }

    // The entity when the module loads it; else a fault that names those which it does.
    const store::EntityTable* entity_of(const Module& module,
                                        const std::string& name,
                                        int line,
                                        const std::string& path) {
        const std::vector<std::string> loaded = entities_of(module, mappings_);
        if (std::find(loaded.begin(), loaded.end(), name) == loaded.end()) {
            fault(line,
                  path,
                  fmt::format("the module '{}' loads no entity '{}'{}",
                              module.name,
                              name,
                              near_hint(name, loaded)));
            return nullptr;
        }
        for (const store::EntityTable& entity : entities_) {
            if (entity.name == name) {
                return &entity;
            }
        }
        return nullptr;
    }

    void check_contracts(const Module& module) {
        for (const Contract& contract : module.contracts) {
            const std::string path = module.name + ".contracts";
            const auto* const entity = entity_of(module, contract.entity, contract.line, path);
            if (entity == nullptr) {
                continue;
            }
            check_field(*entity, contract.field, contract.line, path);
        }
    }

    void check_field(const store::EntityTable& entity,
                     const std::string& field,
                     int line,
                     const std::string& path) {
        std::vector<std::string> names;
        for (const store::EntityColumn& column : entity.columns) {
            names.push_back(column.name);
        }
        if (std::find(names.begin(), names.end(), field) == names.end()) {
            fault(
                line,
                path + ".field",
                fmt::format("{} has no field '{}'{}", entity.name, field, near_hint(field, names)));
        }
    }

    void check_totals(const Module& module) {
        for (const ControlTotal& total : module.control_totals) {
            const std::string path = module.name + ".control_totals";
            if (std::find(module.mappings.begin(), module.mappings.end(), total.mapping) ==
                module.mappings.end()) {
                fault(total.line,
                      path + ".mapping",
                      fmt::format("the module '{}' has no mapping '{}'{}",
                                  module.name,
                                  total.mapping,
                                  near_hint(total.mapping, module.mappings)));
                continue;
            }
            const auto place = places_.find(total.mapping);
            if (place == places_.end() || total.column.empty()) {
                continue;
            }
            std::vector<std::string> names;
            for (const engine::ContractColumn& column : place->second.mapping->columns) {
                names.push_back(column.name);
            }
            if (std::find(names.begin(), names.end(), total.column) == names.end()) {
                fault(total.line,
                      path + ".column",
                      fmt::format("'{}' reads no column '{}'{}",
                                  total.mapping,
                                  total.column,
                                  near_hint(total.column, names)));
            }
            const auto* const entity =
                total.field.empty()
                    ? nullptr
                    : entity_of(module, place->second.mapping->entity, total.line, path);
            if (entity != nullptr) {
                check_field(*entity, total.field, total.line, path);
            }
        }
    }

    void check_must(const Module& module) {
        for (const MustCheck& must : module.must_check) {
            const std::string path = module.name + ".must_check";
            const auto* const entity = entity_of(module, must.entity, must.line, path);
            if (entity == nullptr) {
                continue;
            }
            std::vector<engine::PredicateColumn> columns;
            for (const store::EntityColumn& column : entity->columns) {
                columns.push_back({column.name, column.type, column.sealed});
            }
            const auto parsed = engine::Predicate::parse(must.where, columns, path + ".where");
            if (!parsed) {
                fault(must.line, parsed.fault().where, parsed.fault().what);
            }
        }
    }

    // Their fields are found out about when they are judged: a rule that names none is not checked.
    void check_rules(const Module& module) {
        for (const check::RuleSpec& rule : module.rules) {
            entity_of(module, rule.entity, rule.line, module.name + ".rules");
        }
    }

    const Project& project_;
    const std::vector<engine::Mapping>& mappings_;
    const std::vector<store::EntityTable>& entities_;
    std::map<std::string, Place> places_;
    std::vector<Found> faults_;
};

}  // namespace

base::Faults check_project(const Project& project,
                           const std::vector<engine::Mapping>& mappings,
                           const std::vector<store::EntityTable>& entities) {
    return Check(project, mappings, entities).run();
}

}  // namespace hrbridge::project
