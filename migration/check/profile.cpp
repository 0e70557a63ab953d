#include "migration/check/profile.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "migration/check/entity.h"

namespace hrbridge::check {
namespace {

constexpr std::int64_t kMostCodes = 100;

base::Value or_null(const std::optional<std::int64_t>& number) {
    return number ? base::Value(*number) : base::Value();
}

void measure_codes(const Scope& scope, const Entity& entity, FieldProfile& profile) {
    const auto rows = scope.connection.query(
        fmt::format("SELECT {0}, count(*) FROM ({1}) c WHERE {0} IS NOT NULL GROUP BY {0}",
                    as_name(profile.field),
                    entity.rows({profile.field})),
        {});
    while (rows->next()) {
        profile.codes[rows->text(0)] = rows->integer(1);
    }
    profile.has_codes = true;
}

FieldProfile measure(const Scope& scope, const Entity& entity, const store::EntityColumn& column) {
    FieldProfile profile;
    profile.entity = entity.name();
    profile.field = column.name;
    const std::string field = as_name(column.name);
    const bool is_text = column.type.kind == base::Kind::Text && !column.sealed;
    {
        const auto rows = scope.connection.query(
            fmt::format("SELECT count(*), count({0}), {1}, {2} FROM ({3}) c",
                        field,
                        is_text ? fmt::format("CAST(max(length({})) AS bigint)", field) : "NULL",
                        column.sealed ? "NULL" : fmt::format("count(DISTINCT {})", field),
                        entity.rows({column.name})),
            {});
        rows->next();
        profile.rows = rows->integer(0);
        profile.nulls = profile.rows - rows->integer(1);
        profile.longest = is_text ? rows->optional_integer(2) : std::nullopt;
        profile.distinct = column.sealed ? std::nullopt : rows->optional_integer(3);
    }
    const auto& key = entity.table().key;
    const bool in_key = std::find(key.begin(), key.end(), column.name) != key.end();
    if (is_text && !in_key && !entity.is_personal(column.name) && *profile.distinct <= kMostCodes) {
        measure_codes(scope, entity, profile);
    }
    return profile;
}

std::vector<std::string> missing(const FieldProfile& from, const FieldProfile& in) {
    std::vector<std::string> codes;
    for (const auto& [code, rows] : from.codes) {
        if (!in.codes.contains(code)) {
            codes.push_back(code);
        }
    }
    return codes;
}

}  // namespace

std::vector<FieldProfile> measure_profiles(const Scope& scope) {
    std::set<std::string> names;
    for (const engine::Mapping* mapping : scope.mappings) {
        names.insert(mapping->entity);
    }
    const auto tables = store::entity_tables(scope.connection);
    std::vector<FieldProfile> profiles;
    for (const std::string& name : names) {
        const Entity entity(scope, tables, name);
        for (const store::EntityColumn& column : entity.table().columns) {
            profiles.push_back(measure(scope, entity, column));
        }
    }
    return profiles;
}

void keep_profiles(store::sql::Connection& connection, const std::vector<FieldProfile>& profiles) {
    connection.execute("DELETE FROM value_profile", {});
    for (const FieldProfile& each : profiles) {
        connection.execute(
            "INSERT INTO value_profile (entity, field, rows_live, nulls, longest, distinct_values, "
            "codes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            {each.entity,
             each.field,
             each.rows,
             each.nulls,
             or_null(each.longest),
             or_null(each.distinct),
             each.has_codes ? base::Value(nlohmann::json(each.codes).dump()) : base::Value()});
    }
}

std::vector<FieldProfile> kept_profiles(store::sql::Connection& connection) {
    std::vector<FieldProfile> profiles;
    const auto rows = connection.query(
        "SELECT entity, field, rows_live, nulls, longest, distinct_values, codes FROM "
        "value_profile ORDER BY entity, field",
        {});
    while (rows->next()) {
        FieldProfile each;
        each.entity = rows->text(0);
        each.field = rows->text(1);
        each.rows = rows->integer(2);
        each.nulls = rows->integer(3);
        each.longest = rows->optional_integer(4);
        each.distinct = rows->optional_integer(5);
        if (const auto codes = rows->optional_text(6)) {
            each.codes = nlohmann::json::parse(*codes).get<std::map<std::string, std::int64_t>>();
            each.has_codes = true;
        }
        profiles.push_back(std::move(each));
    }
    return profiles;
}

std::vector<ProfileChange> compare_profiles(const std::vector<FieldProfile>& before,
                                            const std::vector<FieldProfile>& after) {
    using Sides = std::pair<std::optional<FieldProfile>, std::optional<FieldProfile>>;
    std::map<std::pair<std::string, std::string>, Sides> fields;
    for (const FieldProfile& each : before) {
        fields[{each.entity, each.field}].first = each;
    }
    for (const FieldProfile& each : after) {
        fields[{each.entity, each.field}].second = each;
    }
    std::vector<ProfileChange> changes;
    for (const auto& [name, sides] : fields) {
        if (sides.first == sides.second) {
            continue;
        }
        ProfileChange change{name.first, name.second, sides.first, sides.second, {}, {}};
        if (sides.first && sides.second && sides.first->has_codes && sides.second->has_codes) {
            change.codes_gone = missing(*sides.first, *sides.second);
            change.codes_come = missing(*sides.second, *sides.first);
        }
        changes.push_back(std::move(change));
    }
    return changes;
}

}  // namespace hrbridge::check
