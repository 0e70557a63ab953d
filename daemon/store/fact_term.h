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

    // kept_from as the day column has it: days or microseconds.
    std::int64_t first_word() const;
};

struct FactTermState {
    std::optional<FactTerm> term;  // nullopt: all days are kept
    std::int64_t months = 0;       // as configured when it was moved last; 0: none were
    // Grows with each move: a batch of another one's reading is not begun. 0: never moved.
    std::int64_t epoch = 0;
    std::optional<base::Timestamp> moved_at = std::nullopt;
    bool cleared = true;  // nothing older is in the store
};

// Of the live store; of an entity whose rows are of no day it is the default.
FactTermState fact_term(sql::Connection& connection, std::string_view entity);
// For a batch, behind nobody_erased_since(), for which a move waits: whether the term is that of
// this epoch, and will be until the transaction ends.
bool has_term_of(sql::Connection& connection, std::string_view entity, std::int64_t epoch);
// The first day from which on no facts of any entity were ever deleted; nullopt: none were.
std::optional<base::Date> facts_whole_from(sql::Connection& connection);

// In the caller's transaction, behind begin_erasure(), which lets the batches under way end. Where
// `term` is nullopt the entity is kept for ever from now on; what was deleted comes back with a
// reading of the whole source.
void set_fact_term(sql::Connection& connection,
                   const FactEntity& entity,
                   const std::optional<FactTerm>& term,
                   std::int64_t months,
                   base::Timestamp now);
// Somebody's facts are no longer on hold. In the caller's transaction, behind begin_erasure().
void look_for_old_facts_again(sql::Connection& connection);
// A whole pass that began in this epoch is done.
void note_cleared(sql::Connection& connection, const FactEntity& entity, std::int64_t epoch);

// The newest day of the entity's rows in this zone, of those until `today`; nullopt: it has none.
std::optional<base::Date> newest_day(sql::Connection& connection,
                                     const FactEntity& entity,
                                     const base::Zone& zone,
                                     base::Date today);

// A condition on the entity's rows under this alias: those of days that are kept. "TRUE" for an
// entity whose rows are of no day, and where no term is set.
std::string of_kept_days(sql::Connection& connection,
                         std::string_view entity,
                         std::string_view alias);

}  // namespace hrbridge::store
