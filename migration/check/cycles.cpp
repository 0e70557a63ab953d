#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "migration/check/sql_rules.h"
#include "migration/check/stream.h"

namespace hrbridge::check {
namespace {

constexpr std::size_t kMostEdges = 2'000;  // of cycles, looked at to name their members

struct Edge {
    std::int64_t row = 0;
    std::string child;
    std::string parent;
    std::int64_t low = 0;
    std::int64_t high = 1;
};

// How an entity's rows point upwards: what a row is to others, and whom it names.
struct Ways {
    std::string child;   // SQL over checked
    std::string parent;  // likewise
    std::vector<std::string> fields;
    std::string child_shown;  // over the entity e
    std::string parent_shown;
    std::string joins;
};

Ways ways_of(const Entity& entity, const AcyclicForm& form) {
    const store::EntityColumn& child = entity.need_plain(form.child);
    const store::EntityColumn& parent = entity.need_plain(form.parent);
    Ways ways;
    const bool own = parent.references == entity.name() &&
                     entity.table().key == std::vector<std::string>{form.child};
    if (!own && (child.references != parent.references || child.type.kind != parent.type.kind)) {
        throw CannotCheck({"other_kind", {{"field", form.child}, {"parent", form.parent}}});
    }
    ways.child = own ? "row_no" : as_name(form.child);
    ways.parent = as_name(form.parent);
    ways.fields = {form.child, form.parent};
    ways.child_shown = entity.shown(form.child, "e", ways.joins);
    ways.parent_shown = entity.shown(form.parent, "e", ways.joins);
    if (form.valid) {
        for (const std::string& end : {form.valid->from, form.valid->to}) {
            if (std::find(ways.fields.begin(), ways.fields.end(), end) == ways.fields.end()) {
                ways.fields.push_back(end);
            }
        }
    }
    return ways;
}

// Everybody and whoever is above him, with what all edges between hold at the same time. UNION
// keeps each of these once, so that it ends in a cycle too: there are only so many.
Violation violation_of(const Entity& entity, const AcyclicForm& form, const Ways& ways) {
    Violation violation;
    violation.checked = entity.rows(ways.fields);
    violation.field = form.parent;
    const Ends ends = form.valid ? ends_of(entity, *form.valid, "") : Ends{"0", "1"};
    const char* later = entity.is_sqlite() ? "max" : "greatest";
    const char* earlier = entity.is_sqlite() ? "min" : "least";
    violation.beside = fmt::format(
        ", edges AS (SELECT row_no, {0} AS child, {1} AS parent, CAST({2} AS bigint) AS low, "
        "CAST({3} AS bigint) AS high FROM checked WHERE {0} IS NOT NULL AND {1} IS NOT NULL AND "
        "{2} < {3}), reach AS (SELECT child AS origin, parent AS node, low, high FROM edges UNION "
        "SELECT r.origin, e.parent, {4}(r.low, e.low), {5}(r.high, e.high) FROM reach r JOIN edges "
        "e ON e.child = r.node AND r.low < e.high AND e.low < r.high)",
        ways.child,
        ways.parent,
        ends.low,
        ends.high,
        later,
        earlier);
    violation.rows =
        "SELECT e.row_no FROM edges e WHERE e.child = e.parent UNION SELECT e.row_no FROM edges e "
        "JOIN reach r ON r.origin = e.parent AND r.node = e.child AND r.low < e.high AND e.low < "
        "r.high";
    return violation;
}

// What is personal is told apart by its position: masked, two people may look alike.
std::vector<Edge> edges_of(const Scope& scope,
                           const Entity& entity,
                           const Violation& violation,
                           const Ways& ways) {
    std::vector<Edge> edges;
    const auto rows = scope.connection.query(
        with_clause(violation) +
            fmt::format("SELECT g.row_no, g.low, g.high, {}, {} FROM edges g JOIN {} e ON e.id = "
                        "g.row_no{} WHERE g.row_no IN (SELECT row_no FROM broken) ORDER BY "
                        "g.row_no LIMIT {}",
                        ways.child_shown,
                        ways.parent_shown,
                        as_name(entity.name()),
                        ways.joins,
                        kMostEdges),
        {});
    const auto text = [&rows](int column) { return shown_text(rows->value(column)); };
    while (rows->next()) {
        edges.push_back({rows->integer(0), text(3), text(4), rows->integer(1), rows->integer(2)});
    }
    return edges;
}

// The members of a shortest cycle through the row, from its child upwards; empty: not found among
// these edges.
std::vector<std::string> cycle_through(const std::vector<Edge>& edges, std::int64_t row) {
    struct Step {
        std::string node;
        std::int64_t low;
        std::int64_t high;
        std::vector<std::string> members;
    };
    const auto first = std::find_if(
        edges.begin(), edges.end(), [row](const Edge& each) { return each.row == row; });
    if (first == edges.end()) {
        return {};
    }
    std::deque<Step> waiting{{first->parent, first->low, first->high, {first->child}}};
    std::set<std::tuple<std::string, std::int64_t, std::int64_t>> seen;
    while (!waiting.empty()) {
        const Step step = std::move(waiting.front());
        waiting.pop_front();
        if (step.node == first->child) {
            return step.members;
        }
        if (!seen.insert({step.node, step.low, step.high}).second) {
            continue;
        }
        for (const Edge& edge : edges) {
            const std::int64_t low = std::max(step.low, edge.low);
            const std::int64_t high = std::min(step.high, edge.high);
            if (edge.child == step.node && low < high) {
                Step next{edge.parent, low, high, step.members};
                next.members.push_back(step.node);
                waiting.push_back(std::move(next));
            }
        }
    }
    return {};
}

}  // namespace

Found judge_acyclic(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto& form = std::get<AcyclicForm>(rule.form);
    const Ways ways = ways_of(entity, form);
    const Violation violation = violation_of(entity, form, ways);
    Found found = find_rows(scope, entity, violation);
    if (found.rows.empty()) {
        return found;
    }
    const bool personal = entity.is_personal(form.child) || entity.is_personal(form.parent);
    const std::vector<Edge> edges = edges_of(scope, entity, violation, ways);
    for (FoundRow& row : found.rows) {
        std::vector<std::string> members = cycle_through(edges, row.id);
        if (members.empty()) {
            continue;
        }
        members.push_back(members.front());
        if (personal) {
            std::transform(members.begin(), members.end(), members.begin(), &base::mask);
        }
        row.located.note = {"cycle", {{"members", fmt::format("{}", fmt::join(members, " → "))}}};
    }
    return found;
}

}  // namespace hrbridge::check
