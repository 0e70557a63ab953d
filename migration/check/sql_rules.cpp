#include "migration/check/sql_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "migration/check/sealed_rules.h"

namespace hrbridge::check {
namespace {

// Beyond each day and instant that a store holds, with room for one more.
constexpr std::int64_t kOpen = 9'000'000'000'000'000'000;

std::string none_null(const std::vector<std::string>& fields, const std::string& alias) {
    std::string out;
    for (const std::string& field : fields) {
        out += fmt::format("{}{}{} IS NOT NULL", out.empty() ? "" : " AND ", alias, as_name(field));
    }
    return out;
}

// The column that holds the parent's name for itself, and its SQL.
std::string parent_column(const Entity& entity, const ReferenceForm& form, std::string& parent) {
    const store::EntityColumn& column = entity.need_plain(form.field);
    if (!form.parent) {
        if (column.references.empty()) {
            throw CannotCheck({"no_reference", {{"field", form.field}}});
        }
        parent = column.references;
        return "id";
    }
    parent = form.parent->entity;
    if (column.references == parent) {
        return "id";
    }
    const store::EntityColumn& target = entity.other(parent).need_plain(form.parent->column);
    if (!column.references.empty() || target.type.kind != column.type.kind) {
        throw CannotCheck(
            {"other_kind",
             {{"field", form.field}, {"parent", parent + "." + form.parent->column}}});
    }
    return form.parent->column;
}

// What keeps a parent from being one on the child's day.
std::string day_condition(const Entity& entity,
                          const Entity& parent,
                          const ReferenceForm& form,
                          bool null_fails) {
    if (!form.within) {
        return {};
    }
    const store::EntityColumn& day = entity.need_time(form.day);
    const Ends ends = ends_of(parent, *form.within, "p.");
    if (day.type.kind != parent.need(form.within->from).type.kind) {
        throw CannotCheck(
            {"other_kind",
             {{"field", form.day}, {"parent", parent.name() + "." + form.within->from}}});
    }
    const std::string at = entity.ordinal("c." + as_name(form.day), day);
    return fmt::format(" AND ({2}({0} >= {1} AND {0} < {3}))",
                       at,
                       ends.low,
                       null_fails ? "" : "c." + as_name(form.day) + " IS NULL OR ",
                       ends.high);
}

}  // namespace

Ends ends_of(const Entity& entity, const Span& span, const std::string& alias) {
    const store::EntityColumn& from = entity.need_time(span.from);
    const store::EntityColumn& to = entity.need_time(span.to);
    if (from.type.kind != to.type.kind) {
        throw CannotCheck({"other_kind", {{"field", span.from}, {"parent", span.to}}});
    }
    if (span.to_counts && to.type.kind != base::Kind::Date) {
        throw CannotCheck({"end_of_instant", {{"field", span.to}}});
    }
    return {
        fmt::format("COALESCE({}, {})", entity.ordinal(alias + as_name(span.from), from), -kOpen),
        fmt::format("COALESCE({}{}, {})",
                    entity.ordinal(alias + as_name(span.to), to),
                    span.to_counts ? " + 1" : "",
                    kOpen)};
}

Found judge_row(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto predicate = entity.predicate(std::get<RowForm>(rule.form).predicate);
    Violation violation;
    violation.checked = entity.rows(predicate.columns());
    violation.rows = "SELECT row_no FROM checked WHERE " +
                     predicate.render_violation(entity.engine_dialect(), "", rule.null_fails);
    violation.field = predicate.columns().empty() ? "" : predicate.columns().front();
    return find_rows(scope, entity, violation);
}

// Every row of a value that comes more than once: which of them is right nobody knows.
Found judge_unique(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto& fields = std::get<UniqueForm>(rule.form).fields;
    for (const std::string& field : fields) {
        if (entity.need(field).sealed) {
            return judge_unique_sealed(scope, entity, rule);
        }
    }
    Violation violation;
    violation.checked = entity.rows(fields, rule.where);
    violation.where = rule.where;
    violation.rows = fmt::format(
        "SELECT row_no FROM (SELECT row_no, count(*) OVER (PARTITION BY {}) AS times FROM checked "
        "WHERE {}) w WHERE times > 1",
        listed(fields),
        none_null(fields, ""));
    violation.field = fields.front();
    return find_rows(scope, entity, violation);
}

Found judge_reference(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto& form = std::get<ReferenceForm>(rule.form);
    std::string parent;
    const std::string column = parent_column(entity, form, parent);
    std::vector<std::string> fields{form.field};
    if (form.within && form.day != form.field) {
        fields.push_back(form.day);
    }
    Violation violation;
    violation.checked = entity.rows(fields, rule.where);
    violation.where = rule.where;
    violation.rows = fmt::format(
        "SELECT c.row_no FROM checked c LEFT JOIN {0} p ON p.{1} = c.{2} AND p.gone_at IS NULL{3} "
        "WHERE c.{2} IS NOT NULL AND p.id IS NULL",
        as_name(parent),
        as_name(column),
        as_name(form.field),
        day_condition(entity, entity.other(parent), form, rule.null_fails));
    violation.field = form.within ? form.day : form.field;
    return find_rows(scope, entity, violation);
}

// In the order of their begins a span overlaps an earlier one when the latest end before it is
// behind its begin, and a later one when the next begin is before its end.
Found judge_spans(const Scope& scope, const Entity& entity, const RuleSpec& rule) {
    const auto& form = std::get<SpansForm>(rule.form);
    std::vector<std::string> fields = form.group;
    for (const std::string& field : form.group) {
        entity.need_plain(field);
    }
    for (const std::string& end : {form.valid.from, form.valid.to}) {
        if (std::find(fields.begin(), fields.end(), end) == fields.end()) {
            fields.push_back(end);
        }
    }
    const Ends ends = ends_of(entity, form.valid, "");
    Violation violation;
    violation.checked = entity.rows(fields, rule.where);
    violation.where = rule.where;
    violation.beside = fmt::format(
        ", spans AS (SELECT row_no, {0}, {1} AS low, {2} AS high FROM checked WHERE {3} AND {1} < "
        "{2}), placed AS (SELECT row_no, low, high, max(high) OVER (PARTITION BY {0} ORDER BY low, "
        "row_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_high, lead(low) OVER "
        "(PARTITION BY {0} ORDER BY low, row_no) AS next_low FROM spans)",
        listed(form.group),
        ends.low,
        ends.high,
        none_null(form.group, ""));
    violation.rows = form.gaps
                         ? "SELECT row_no FROM placed WHERE last_high < low"
                         : "SELECT row_no FROM placed WHERE last_high > low OR next_low < high";
    violation.field = form.valid.from;
    Found found = find_rows(scope, entity, violation);
    if (form.gaps || found.rows.empty()) {
        return found;
    }
    std::vector<std::int64_t> ids;
    std::string same;
    for (const FoundRow& row : found.rows) {
        ids.push_back(row.id);
    }
    for (const std::string& field : form.group) {
        same += fmt::format(" AND a.{0} = b.{0}", as_name(field));
    }
    std::map<std::int64_t, std::int64_t> peers;
    {
        const auto rows = scope.connection.query(
            with_clause(violation) +
                fmt::format("SELECT a.row_no, min(b.row_no) FROM spans a JOIN spans b ON a.row_no "
                            "<> b.row_no AND a.low < b.high AND b.low < a.high{} WHERE a.row_no IN "
                            "({}) GROUP BY a.row_no",
                            same,
                            id_list(ids)),
            {});
        while (rows->next()) {
            peers[rows->integer(0)] = rows->integer(1);
        }
    }
    for (FoundRow& row : found.rows) {
        const auto peer = locate(scope, entity, {peers.at(row.id)}, "");
        row.located.note = {"overlaps_with", {{"key", peer.at(0).located.key}}};
    }
    return found;
}

}  // namespace hrbridge::check
