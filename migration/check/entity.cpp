#include "migration/check/entity.h"

#include <algorithm>

#include <fmt/format.h>

namespace hrbridge::check {

std::string as_name(const std::string& name) {
    return '"' + name + '"';
}

std::string listed(const std::vector<std::string>& names, const std::string& alias) {
    std::string out;
    for (const std::string& name : names) {
        out += (out.empty() ? "" : ", ") + alias + as_name(name);
    }
    return out;
}

Entity::Entity(const Scope& scope,
               const std::vector<store::EntityTable>& tables,
               const std::string& name)
    : scope_(scope),
      tables_(tables),
      sqlite_(scope.connection.dialect() == store::sql::Dialect::Sqlite) {
    const auto found = std::find_if(
        tables.begin(), tables.end(), [&](const auto& each) { return each.name == name; });
    if (found == tables.end()) {
        throw CannotCheck({"no_entity", {{"entity", name}}});
    }
    table_ = &*found;
    for (const engine::Mapping* mapping : scope.mappings) {
        if (mapping->entity != name) {
            continue;
        }
        is_mapped_ = true;
        for (const engine::FieldRule& field : mapping->fields) {
            if (!field.pii.empty()) {
                personal_.insert(field.target);
            }
        }
    }
}

const store::EntityColumn& Entity::need(const std::string& field) const {
    const auto found = std::find_if(table_->columns.begin(),
                                    table_->columns.end(),
                                    [&](const auto& each) { return each.name == field; });
    if (found == table_->columns.end()) {
        throw CannotCheck({"no_field", {{"entity", name()}, {"field", field}}});
    }
    return *found;
}

const store::EntityColumn& Entity::need_plain(const std::string& field) const {
    const store::EntityColumn& column = need(field);
    if (column.sealed) {
        throw CannotCheck({"sealed_field", {{"field", field}}});
    }
    return column;
}

const store::EntityColumn& Entity::need_time(const std::string& field) const {
    const store::EntityColumn& column = need_plain(field);
    if (column.type.kind != base::Kind::Date && column.type.kind != base::Kind::Timestamp) {
        throw CannotCheck({"no_time", {{"field", field}}});
    }
    return column;
}

bool Entity::is_personal(const std::string& field) const {
    const store::EntityColumn& column = need(field);
    const auto& key = table_->key;
    const bool is_known = is_mapped_ || !column.references.empty() ||
                          std::find(key.begin(), key.end(), field) != key.end();
    return column.sealed || !is_known || personal_.contains(field);
}

base::FieldType Entity::value_type(const std::string& field) const {
    const store::EntityColumn& column = need(field);
    if (!column.sealed) {
        return column.type;
    }
    for (const engine::Mapping* mapping : scope_.mappings) {
        for (const engine::FieldRule& rule : mapping->fields) {
            if (mapping->entity == name() && rule.target == field && rule.stored) {
                return rule.type;
            }
        }
    }
    throw CannotCheck({"sealed_type", {{"field", field}}});
}

std::string Entity::rows(const std::vector<std::string>& fields, const std::string& where) const {
    const std::string columns = listed(fields);
    return fmt::format("SELECT r.id AS row_no{}{} FROM {} r WHERE {}",
                       columns.empty() ? "" : ", ",
                       columns,
                       as_name(name()),
                       live("r", where));
}

std::string Entity::live(const std::string& alias, const std::string& where) const {
    const std::string condition = alias + ".gone_at IS NULL";
    return where.empty() ? condition
                         : condition + " AND " + predicate(where).render(engine_dialect(), alias);
}

std::vector<std::string> Entity::all_fields() const {
    std::vector<std::string> names;
    for (const store::EntityColumn& column : table_->columns) {
        names.push_back(column.name);
    }
    return names;
}

std::vector<engine::PredicateColumn> Entity::predicate_columns() const {
    std::vector<engine::PredicateColumn> columns;
    for (const store::EntityColumn& column : table_->columns) {
        columns.push_back({column.name, column.type, column.sealed});
    }
    return columns;
}

engine::SqlDialect Entity::engine_dialect() const {
    return sqlite_ ? engine::SqlDialect::Sqlite : engine::SqlDialect::Postgres;
}

engine::Predicate Entity::predicate(const std::string& text) const {
    auto parsed = engine::Predicate::parse(text, predicate_columns(), "predicate");
    if (!parsed) {
        throw CannotCheck(
            {"bad_predicate", {{"where", parsed.fault().where}, {"what", parsed.fault().what}}});
    }
    if (sqlite_ && parsed->most_decimal_digits() > engine::Predicate::kMostSqliteDigits) {
        throw CannotCheck({"too_many_digits", {}});
    }
    // A surrogate id means nothing to whoever writes a rule.
    for (const std::string& column : parsed->compared_columns()) {
        if (!need(column).references.empty()) {
            throw CannotCheck({"predicate_of_reference", {{"field", column}}});
        }
    }
    return std::move(parsed).value();
}

std::string Entity::shown(const std::string& field,
                          const std::string& alias,
                          std::string& joins) const {
    const store::EntityColumn& column = need(field);
    if (column.references.empty()) {
        return alias + "." + as_name(field);
    }
    const Entity parent = other(column.references);
    const std::string joined = alias + "_" + field;
    const std::string join = fmt::format(" LEFT JOIN {0} {1} ON {1}.id = {2}.{3}",
                                         as_name(parent.name()),
                                         joined,
                                         alias,
                                         as_name(field));
    if (joins.find(join) == std::string::npos) {
        joins += join;
    }
    return parent.shown(parent.table().key.front(), joined, joins);
}

base::FieldType Entity::shown_type(const std::string& field) const {
    const store::EntityColumn& column = need(field);
    if (column.references.empty()) {
        return column.type;
    }
    const Entity parent = other(column.references);
    return parent.shown_type(parent.table().key.front());
}

std::vector<std::string> Entity::key_parts(const std::string& alias, std::string& joins) const {
    std::vector<std::string> parts;
    for (const std::string& field : table_->key) {
        parts.push_back(shown(field, alias, joins));
    }
    return parts;
}

std::string Entity::ordinal(const std::string& expression,
                            const store::EntityColumn& column) const {
    if (sqlite_) {
        return expression;
    }
    return column.type.kind == base::Kind::Date
               ? fmt::format("CAST({} - date '1970-01-01' AS bigint)", expression)
               : fmt::format("CAST(extract(epoch from {}) * 1000000 AS bigint)", expression);
}

}  // namespace hrbridge::check
