#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"
#include "mappings/engine/mapping.h"

// What a migration project asks of a loaded entity, beside the rules of its mappings. Whether the
// store has the entity and its fields is known when the rule is judged.
namespace hrbridge::check {

// [from, to): half-open; NULL is open on its side. With `to_counts` the day `to` still belongs.
struct Span {
    std::string from;
    std::string to;
    bool to_counts = false;
};

struct RowForm {
    std::string predicate;  // the mappings' SQL subset (mappings/README.md, "Logic rules")
};
// No two live rows agree in all of the fields; NULL agrees with nothing. Sealed fields too.
struct UniqueForm {
    std::vector<std::string> fields;
};
// The parent is there and live; and on the child's day, where one is named.
struct ReferenceForm {
    std::string field;
    std::optional<engine::Reference> parent;  // absent: the store's own foreign key
    std::string day;                          // a date of the child; empty: none
    std::optional<Span> within;               // dates of the parent
};
// Nobody is above himself. With `valid` only what holds on one and the same day makes a cycle.
struct AcyclicForm {
    std::string child;
    std::string parent;
    std::optional<Span> valid;
};
// Spans of rows that agree in `group` share no instant (or, with `gaps`, leave none out between
// them). Rows with a NULL in the group, and empty spans, are left alone.
struct SpansForm {
    std::vector<std::string> group;
    Span valid;
    bool gaps = false;
};
struct Measure {
    enum class Of { Rows, Count, Sum, Min, Max } of = Of::Rows;
    std::string field;
};
// As written: "count(*)", "sum(base_salary)".
std::string to_string(const Measure& measure);
struct BalanceForm {
    std::vector<std::string> group;  // empty: one group of all rows
    std::vector<Measure> of;
    bool states_tolerance = false;
    base::Decimal tolerance;  // of numbers, absolute or in percent of the source's
    bool percent = false;
};
struct VolumeForm {
    base::Decimal low;  // percent against the last run, both included
    base::Decimal high;
};
// Of the project's `contracts:`, not of a list of rules.
struct ContractForm {
    std::string field;
    std::optional<std::int64_t> longest;        // characters
    std::optional<std::int64_t> null_most_ppm;  // share of NULL, included
    std::vector<std::string> codes;             // empty: any
};
// Of the project's `control_totals:`: a figure that a person took from the source system itself.
struct ControlForm {
    enum class Of { Rows, Sum, Earliest, Latest, Distinct } of = Of::Rows;
    std::string mapping;
    std::string column;      // of the source; empty: Rows
    std::string value;       // as stated
    std::string field = {};  // of the entity, whatever the mapping says; empty: the mapping's
};
using Form = std::variant<RowForm,
                          UniqueForm,
                          ReferenceForm,
                          AcyclicForm,
                          SpansForm,
                          BalanceForm,
                          VolumeForm,
                          ContractForm,
                          ControlForm>;

struct RuleSpec {
    std::string id;  // unique within the module
    std::string entity;
    std::string say;
    std::string where;        // predicate: only these rows (unique, reference, spans, balance)
    bool null_fails = false;  // a predicate, or a day, that is NULL: fail instead of pass
    Form form;
    int line = 0;
};

// Reads a module's list of rules. All faults at once, each with file and line.
std::vector<RuleSpec> parse_rules(const base::YamlNode& list, base::Faults& faults);

// A mapping's rule over a whole run (acyclic, balance, volume).
base::Result<RuleSpec> run_rule_spec(const engine::Mapping& mapping, const engine::RunRule& rule);

}  // namespace hrbridge::check
