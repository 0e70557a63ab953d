#include "daemon/store/fact_term.h"

#include <algorithm>

#include <fmt/format.h>

namespace hrbridge::store {

const std::vector<FactEntity>& fact_entities() {
    static const std::vector<FactEntity> entities{{"attendance_day", "work_date", false},
                                                  {"defect", "made_date", false},
                                                  {"production_fact", "work_date", false},
                                                  {"punch", "punched_at", true}};
    return entities;
}

const FactEntity* find_fact_entity(std::string_view name) {
    const auto& entities = fact_entities();
    const auto found = std::find_if(
        entities.begin(), entities.end(), [&](const auto& each) { return each.name == name; });
    return found == entities.end() ? nullptr : &*found;
}

std::int64_t FactTerm::first_word() const {
    return entity->is_instant ? kept_from_at.time_since_epoch().count()
                              : kept_from.time_since_epoch().count();
}

std::optional<FactTerm> fact_term(sql::Connection& connection, std::string_view entity) {
    const FactEntity* const fact = find_fact_entity(entity);
    if (fact == nullptr) {
        return std::nullopt;
    }
    const auto rows = connection.query(
        "SELECT kept_from, kept_from_at, CASE WHEN cleared_at IS NULL THEN 0 ELSE 1 END FROM "
        "fact_term WHERE entity = $1",
        {std::string(entity)});
    if (!rows->next()) {
        return std::nullopt;
    }
    return FactTerm{fact, rows->date(0), rows->timestamp(1), rows->integer(2) != 0};
}

std::optional<base::Date> all_facts_kept_from(sql::Connection& connection) {
    const auto rows =
        connection.query("SELECT kept_from FROM fact_term ORDER BY kept_from DESC LIMIT 1", {});
    if (!rows->next()) {
        return std::nullopt;
    }
    return rows->date(0);
}

void set_fact_term(sql::Connection& connection,
                   const FactEntity& entity,
                   const std::optional<FactTerm>& term,
                   base::Timestamp now) {
    const std::string name(entity.name);
    if (!term) {
        connection.execute("DELETE FROM fact_term WHERE entity = $1", {name});
        return;
    }
    connection.execute(
        "INSERT INTO fact_term (entity, kept_from, kept_from_at, moved_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (entity) DO UPDATE SET kept_from = excluded.kept_from, kept_from_at = "
        "excluded.kept_from_at, moved_at = excluded.moved_at, cleared_at = NULL",
        {name, term->kept_from, term->kept_from_at, now});
}

void look_for_old_facts_again(sql::Connection& connection) {
    connection.execute("UPDATE fact_term SET cleared_at = NULL", {});
}

void note_cleared(sql::Connection& connection, const FactEntity& entity, base::Timestamp now) {
    connection.execute("UPDATE fact_term SET cleared_at = $2 WHERE entity = $1",
                       {std::string(entity.name), now});
}

std::optional<base::Date> newest_day(sql::Connection& connection,
                                     const FactEntity& entity,
                                     const base::Zone& zone) {
    const auto rows = connection.query(
        fmt::format("SELECT {0} FROM {1} ORDER BY {0} DESC LIMIT 1", entity.day, entity.name), {});
    if (!rows->next()) {
        return std::nullopt;
    }
    return entity.is_instant ? zone.date_of(rows->timestamp(0)) : rows->date(0);
}

std::string of_kept_days(std::string_view entity, std::string_view alias) {
    const FactEntity* const fact = find_fact_entity(entity);
    if (fact == nullptr) {
        return "TRUE";
    }
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM fact_term f WHERE f.entity = '{}' AND {}.{} < f.{})",
        fact->name,
        alias,
        fact->day,
        fact->is_instant ? "kept_from_at" : "kept_from");
}

}  // namespace hrbridge::store
