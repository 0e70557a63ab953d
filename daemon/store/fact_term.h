#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

// How far back facts are kept: retention by age.
namespace hrbridge::store {

// An entity whose rows are of one day each.
struct FactEntity {
    std::string_view name;
    std::string_view day;  // the column: a date, or an instant where `is_instant`
    bool is_instant;
};
const std::vector<FactEntity>& fact_entities();
// nullptr: its rows are of no day.
const FactEntity* find_fact_entity(std::string_view name);

// An entity's term: older rows are in no source that hrbridge reads, and go from the store.
struct FactTerm {
    const FactEntity* entity;
    base::Date kept_from;          // the first day that is kept
    base::Timestamp kept_from_at;  // its midnight in the plant
    bool cleared = false;          // nothing older is in the store

    // kept_from as the day column has it: days or microseconds.
    std::int64_t first_word() const;
};

// nullopt: kept for ever. The store is the live one.
std::optional<FactTerm> fact_term(sql::Connection& connection, std::string_view entity);
// The newest kept_from of all entities; nullopt: all facts are kept for ever.
std::optional<base::Date> all_facts_kept_from(sql::Connection& connection);

// In the caller's transaction. Where `term` is nullopt the entity is kept for ever from now on;
// what was deleted comes back with a reading of the whole source.
void set_fact_term(sql::Connection& connection,
                   const FactEntity& entity,
                   const std::optional<FactTerm>& term,
                   base::Timestamp now);
// Somebody's facts are no longer on hold, or came in beside the term.
void look_for_old_facts_again(sql::Connection& connection);
void note_cleared(sql::Connection& connection, const FactEntity& entity, base::Timestamp now);

// The newest day of the entity's rows in this zone; nullopt: it has none.
std::optional<base::Date> newest_day(sql::Connection& connection,
                                     const FactEntity& entity,
                                     const base::Zone& zone);

// A condition on the entity's rows under this alias: those of days that are kept. "TRUE" for an
// entity whose rows are of no day, and where no term is set.
std::string of_kept_days(std::string_view entity, std::string_view alias);

}  // namespace hrbridge::store
