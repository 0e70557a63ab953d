#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"
#include "daemon/store/store.h"
#include "mappings/engine/mapping.h"
#include "migration/check/rule_spec.h"

// The project file of a migration (migration.yaml): which modules move, in which order, and what
// each must hold to before it goes live. migration/README.md describes the file.
namespace hrbridge::project {

// What a field's values must keep to, beside its type: one contract sets at least one of these.
struct Contract {
    std::string id;
    std::string entity;
    std::string field;
    std::optional<std::int64_t> longest;        // characters of the longest value
    std::optional<std::int64_t> null_most_ppm;  // share of NULL
    std::vector<std::string> codes;             // the only values; empty: any
    int line = 0;
};

enum class TotalForm { Rows, Sum, Earliest, Latest, Distinct };
std::string_view to_string(TotalForm form);

// A figure of the source that a person took from the source system itself, not by this program:
// what mapping and reconciliation share cannot hide a difference from it.
struct ControlTotal {
    std::string id;
    std::string mapping;
    TotalForm form = TotalForm::Rows;
    std::string column;  // of the source, as the contract of the mapping names it; empty: Rows
    // As written: a whole number, for Sum a decimal, for Earliest and Latest a date or a time.
    std::string value;
    std::string field;  // that the column is to stand in; empty: where the mapping puts it
    int line = 0;
};

// Rows that a person checks whatever the draw says: those of an entity for which a predicate of the
// mapping language's logic rules holds.
struct MustCheck {
    std::string id;
    std::string entity;
    std::string where;
    std::string say;  // why, for the checker
    int line = 0;
};

struct Title {
    std::string zh;
    std::string en;
};

// What people must have answered with yes before a module goes live.
struct GoItem {
    std::string id;
    Title say;
    int line = 0;
};

struct Module {
    std::string name;  // "core_hr"; part of a rehearsal's name
    Title title;
    std::vector<std::string> mappings;  // in the order in which they load
    std::int64_t limit_ppm = 0;         // wrong rows that the sample must rule out
    std::int64_t confidence_ppm = 0;    // with which it rules them out
    base::Decimal balance_tolerance;    // a balance may differ by so much, in its own unit
    std::int64_t volume_ppm = 0;        // rows may differ from the last run's by this share
    std::int64_t cut_over_ms = 0;       // the window in which the last rehearsal must fit
    std::int64_t rollback_ms = 0;       // how long a promotion can be undone
    std::vector<Contract> contracts;
    std::vector<ControlTotal> control_totals;
    std::vector<MustCheck> must_check;
    std::vector<check::RuleSpec> rules;  // over whole entities, beside those of the mappings
    std::vector<GoItem> go_no_go;        // empty: the usual questions
    int line = 0;
};

// Immutable once read.
struct Project {
    std::string name;
    std::string file;
    std::string hash;             // SHA-256 (hex) of the file
    std::vector<Module> modules;  // in the order in which they migrate

    const Module* find(std::string_view module) const;
};

struct LoadedProject {
    std::optional<Project> project;  // absent when there are faults
    base::Faults faults;
};

// Reads the file strictly: unknown keys, wrong values and names that are used twice are faults with
// line and the nearest valid word; all at once.
LoadedProject load_project(const std::string& path);
LoadedProject parse_project(std::string_view text, const std::string& file);

// Holds a project against the mappings and entities that there are: mappings that do not exist or
// stand in two modules, an entity that two modules load, an order that loads a row before what it
// refers to or a mapping before one that it needs, contracts, totals and predicates about what is
// not there. All faults at once, with the project's lines.
base::Faults check_project(const Project& project,
                           const std::vector<engine::Mapping>& mappings,
                           const std::vector<store::EntityTable>& entities);

// The module's mappings in their order. Only of a project that check_project() found no fault in.
std::vector<const engine::Mapping*> mappings_of(const Module& module,
                                                const std::vector<engine::Mapping>& mappings);

// All that the module asks of what it loaded, in the form in which it is judged: its rules, its
// contracts and control totals, and of each entity that its volume changed by no more than the
// share. A balance without a tolerance of its own has the module's.
std::vector<check::RuleSpec> rules_of(const Module& module,
                                      const std::vector<engine::Mapping>& mappings);

// The entities that the module's mappings load, each once, in their order.
std::vector<std::string> entities_of(const Module& module,
                                     const std::vector<engine::Mapping>& mappings);

// The entities that must be there before the module loads: those that its entities refer to and it
// does not load, and those that these refer to, parents first. Follows the store's foreign keys.
std::vector<std::string> parents_of(const Module& module,
                                    const std::vector<engine::Mapping>& mappings,
                                    const std::vector<store::EntityTable>& entities);

}  // namespace hrbridge::project
