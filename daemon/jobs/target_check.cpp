#include "daemon/jobs/target_check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::jobs {
namespace {

using engine::FieldRule;
using engine::Mapping;
using store::EntityColumn;
using store::EntityTable;

template <typename Items>
std::vector<std::string> names_of(const Items& items) {
    std::vector<std::string> names;
    std::transform(items.begin(), items.end(), std::back_inserter(names), [](const auto& item) {
        return item.name;
    });
    return names;
}

const EntityColumn* find_column(const EntityTable& table, const std::string& name) {
    const auto found =
        std::find_if(table.columns.begin(), table.columns.end(), [&](const EntityColumn& column) {
            return column.name == name;
        });
    return found == table.columns.end() ? nullptr : &*found;
}

std::string hint(const std::string& name, const std::vector<std::string>& candidates) {
    const std::string near = base::nearest(name, candidates);
    return near.empty() ? fmt::format("; it has {}", fmt::join(candidates, ", "))
                        : fmt::format("; did you mean {}?", near);
}

// The longest text that a field can give, in characters; 0: no bound.
int longest_text(const FieldRule& rule) {
    std::size_t longest = 0;
    if (!rule.codes.empty()) {
        for (const auto& [from, to] : rule.codes) {
            longest = std::max(longest, base::code_points(to));
        }
        return static_cast<int>(longest);
    }
    if (!rule.one_of.empty()) {
        for (const std::string& choice : rule.one_of) {
            longest = std::max(longest, base::code_points(choice));
        }
        return static_cast<int>(longest);
    }
    if (rule.value) {
        return static_cast<int>(base::code_points(*rule.value));
    }
    return rule.type.length;
}

// What is wrong with storing `rule` in `column`; empty when nothing is.
std::string type_problem(const FieldRule& rule, const EntityColumn& column) {
    if (column.sealed) {
        return rule.type.kind == base::Kind::Bytes ? "a sealed field takes text, not bytes" : "";
    }
    if (rule.type.kind != column.type.kind) {
        return fmt::format("the store keeps {} here: write type: {}",
                           base::to_string(column.type),
                           base::to_string(column.type));
    }
    if (column.type.kind == base::Kind::Text && column.type.length > 0) {
        const int longest = longest_text(rule);
        if (longest == 0 || longest > column.type.length) {
            return fmt::format(
                "the store keeps at most {} characters here: write type: text({}) "
                "or less",
                column.type.length,
                column.type.length);
        }
    }
    if (column.type.kind == base::Kind::Decimal &&
        (rule.type.scale > column.type.scale ||
         rule.type.precision - rule.type.scale > column.type.precision - column.type.scale)) {
        return fmt::format("the store keeps {} here: write that type or one within it",
                           base::to_string(column.type));
    }
    return {};
}

class Check {
  public:
    Check(const Mapping& mapping, const std::vector<EntityTable>& tables)
        : mapping_(mapping), tables_(tables) {}

    base::Faults run() {
        const EntityTable* table = find_entity(tables_, mapping_.entity);
        if (table == nullptr) {
            fault("target.entity",
                  fmt::format("the store has no entity '{}'{}",
                              mapping_.entity,
                              hint(mapping_.entity, names_of(tables_))));
            return std::move(faults_);
        }
        check_key(*table);
        check_write(*table);
        for (const FieldRule& rule : mapping_.fields) {
            check_field(rule, *table);
        }
        check_required(*table);
        for (const engine::LogicRule& rule : mapping_.logic) {
            if (rule.exists) {
                check_parent(*rule.exists, {"logic." + rule.id, rule.line});
            }
        }
        return std::move(faults_);
    }

  private:
    struct Place {
        std::string path;
        int line = 0;
    };

    void fault(const std::string& path, std::string what, int line = 0) {
        const std::string place = line > 0 ? fmt::format("{}:{}: {}", mapping_.file, line, path)
                                           : fmt::format("{}: {}", mapping_.file, path);
        faults_.push_back({place, std::move(what)});
    }

    void check_key(const EntityTable& table) {
        std::vector<std::string> given = mapping_.target_key;
        std::vector<std::string> wanted = table.key;
        std::sort(given.begin(), given.end());
        std::sort(wanted.begin(), wanted.end());
        if (given != wanted) {
            fault("target.key",
                  fmt::format("the natural key of {} is [{}]: write that",
                              table.name,
                              fmt::join(table.key, ", ")));
        }
    }

    void check_write(const EntityTable& table) {
        if (mapping_.write == engine::WriteMode::History && !table.has_history) {
            fault("target.write",
                  fmt::format("{} keeps no history: write upsert or insert_only", table.name));
        }
    }

    void check_field(const FieldRule& rule, const EntityTable& table) {
        const Place place{"fields." + rule.target, rule.line};
        if (rule.ref) {
            check_parent(*rule.ref, place);
        }
        if (!rule.stored) {
            return;
        }
        const EntityColumn* column = find_column(table, rule.target);
        if (column == nullptr) {
            fault(place.path,
                  fmt::format("{} has no field '{}'{}",
                              table.name,
                              rule.target,
                              hint(rule.target, names_of(table.columns))),
                  place.line);
            return;
        }
        check_reference(rule, *column, place);
        if (!rule.ref) {
            const std::string problem = type_problem(rule, *column);
            if (!problem.empty()) {
                fault(place.path, problem, place.line);
            }
        }
        const bool may_be_null =
            rule.optional || (rule.ref && rule.otherwise == engine::Otherwise::Null);
        if (column->not_null && may_be_null) {
            fault(place.path,
                  "the store requires a value here: remove opt: true or else: null",
                  place.line);
        }
    }

    void check_reference(const FieldRule& rule, const EntityColumn& column, const Place& place) {
        if (!column.references.empty() && !rule.ref) {
            const EntityTable* parent = find_entity(tables_, column.references);
            const std::string key =
                parent != nullptr && !parent->key.empty() ? parent->key.front() : "code";
            fault(place.path,
                  fmt::format(
                      "the store keeps a reference here: write ref: {}.{}", column.references, key),
                  place.line);
        } else if (rule.ref && column.references != rule.ref->entity) {
            fault(place.path,
                  column.references.empty()
                      ? std::string("the store keeps a plain value here: remove ref")
                      : fmt::format("the store refers to {} here, not to {}",
                                    column.references,
                                    rule.ref->entity),
                  place.line);
        }
    }

    void check_parent(const engine::Reference& reference, const Place& place) {
        const EntityTable* parent = find_entity(tables_, reference.entity);
        if (parent == nullptr) {
            fault(place.path,
                  fmt::format("the store has no entity '{}'{}",
                              reference.entity,
                              hint(reference.entity, names_of(tables_))),
                  place.line);
            return;
        }
        if (find_column(*parent, reference.column) == nullptr) {
            fault(place.path,
                  fmt::format("{} has no field '{}'{}",
                              parent->name,
                              reference.column,
                              hint(reference.column, names_of(parent->columns))),
                  place.line);
        }
    }

    void check_required(const EntityTable& table) {
        for (const EntityColumn& column : table.columns) {
            const bool given = std::any_of(
                mapping_.fields.begin(), mapping_.fields.end(), [&](const FieldRule& rule) {
                    return rule.stored && rule.target == column.name;
                });
            if (column.not_null && !given) {
                fault("fields",
                      fmt::format(
                          "{}.{} must have a value: add a field for it", table.name, column.name));
            }
        }
    }

    const Mapping& mapping_;
    const std::vector<EntityTable>& tables_;
    base::Faults faults_;
};

}  // namespace

const EntityTable* find_entity(const std::vector<EntityTable>& tables, const std::string& name) {
    const auto found = std::find_if(
        tables.begin(), tables.end(), [&](const EntityTable& table) { return table.name == name; });
    return found == tables.end() ? nullptr : &*found;
}

base::Faults check_against_store(const Mapping& mapping, const std::vector<EntityTable>& tables) {
    return Check(mapping, tables).run();
}

}  // namespace hrbridge::jobs
