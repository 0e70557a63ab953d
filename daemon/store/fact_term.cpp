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

FactTermState fact_term(sql::Connection& connection, std::string_view entity) {
    FactTermState state;
    const FactEntity* const fact = find_fact_entity(entity);
    if (fact == nullptr) {
        return state;
    }
    const auto rows = connection.query(
        "SELECT kept_from, kept_from_at, months, epoch, moved_at, cleared_epoch FROM fact_term "
        "WHERE entity = $1",
        {std::string(entity)});
    if (!rows->next()) {
        return state;
    }
    if (!rows->is_null(0)) {
        state.term = FactTerm{fact, rows->date(0), rows->timestamp(1)};
    }
    state.months = rows->integer(2);
    state.epoch = rows->integer(3);
    state.moved_at = rows->timestamp(4);
    state.cleared = rows->integer(5) == state.epoch;
    return state;
}

bool has_term_of(sql::Connection& connection, std::string_view entity, std::int64_t epoch) {
    return fact_term(connection, entity).epoch == epoch;
}

std::optional<base::Date> facts_whole_from(sql::Connection& connection) {
    const auto rows =
        connection.query("SELECT whole_from FROM fact_term ORDER BY whole_from DESC LIMIT 1", {});
    if (!rows->next()) {
        return std::nullopt;
    }
    return rows->date(0);
}

void set_fact_term(sql::Connection& connection,
                   const FactEntity& entity,
                   const std::optional<FactTerm>& term,
                   std::int64_t months,
                   base::Timestamp now) {
    const std::string name(entity.name);
    if (!term) {
        connection.execute(
            "UPDATE fact_term SET kept_from = NULL, kept_from_at = NULL, months = "
            "0, moved_at = $2, epoch = epoch + 1 WHERE entity = $1",
            {name, now});
        return;
    }
    connection.execute(
        "INSERT INTO fact_term (entity, months, kept_from, kept_from_at, whole_from, moved_at, "
        "epoch, cleared_epoch) VALUES ($1, $2, $3, $4, $3, $5, 1, 0) ON CONFLICT (entity) DO "
        "UPDATE SET months = excluded.months, kept_from = excluded.kept_from, kept_from_at = "
        "excluded.kept_from_at, whole_from = CASE WHEN excluded.whole_from > fact_term.whole_from "
        "THEN excluded.whole_from ELSE fact_term.whole_from END, moved_at = excluded.moved_at, "
        "epoch = fact_term.epoch + 1",
        {name, months, term->kept_from, term->kept_from_at, now});
}

void look_for_old_facts_again(sql::Connection& connection) {
    connection.execute("UPDATE fact_term SET epoch = epoch + 1", {});
}

void note_cleared(sql::Connection& connection, const FactEntity& entity, std::int64_t epoch) {
    connection.execute("UPDATE fact_term SET cleared_epoch = $2 WHERE entity = $1",
                       {std::string(entity.name), epoch});
}

// A row of a day to come is a mistake of its source.
std::optional<base::Date> newest_day(sql::Connection& connection,
                                     const FactEntity& entity,
                                     const base::Zone& zone,
                                     base::Date today) {
    const base::Date tomorrow = today + std::chrono::days(1);
    base::Value end = tomorrow;
    if (entity.is_instant) {
        end = zone.to_instant(base::LocalTime(tomorrow.time_since_epoch()));
    }
    const auto rows =
        connection.query(fmt::format("SELECT {0} FROM {1} WHERE gone_at IS NULL AND {0} < $1 ORDER "
                                     "BY {0} DESC LIMIT 1",
                                     entity.day,
                                     entity.name),
                         {end});
    if (!rows->next()) {
        return std::nullopt;
    }
    return entity.is_instant ? zone.date_of(rows->timestamp(0)) : rows->date(0);
}

std::string of_kept_days(sql::Connection& connection,
                         std::string_view entity,
                         std::string_view alias) {
    const FactEntity* const fact = find_fact_entity(entity);
    if (fact == nullptr || !fact_term(connection, entity).term) {
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
