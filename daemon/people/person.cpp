#include "daemon/people/person.h"

#include <algorithm>

#include "daemon/store/erased_people.h"

namespace hrbridge::people {
namespace {

constexpr const char* kRead = "SELECT id, person_no, name, wecom_userid FROM person WHERE id = $1";
constexpr const char* kSpells =
    "SELECT id, employee_no, hire_date, end_date, probation_end FROM employment_spell WHERE "
    "person_id = $1 ORDER BY hire_date, id";
constexpr const char* kFind =
    "SELECT p.id FROM person p WHERE (p.person_no = $1 OR EXISTS (SELECT 1 FROM employment_spell s "
    "WHERE s.person_id = p.id AND s.employee_no = $1)) AND NOT EXISTS (SELECT 1 FROM erased_number "
    "e WHERE e.field = 'person.person_no' AND e.row_id = p.id) ORDER BY p.id";
constexpr const char* kEnded =
    "SELECT p.id FROM person p WHERE EXISTS (SELECT 1 FROM employment_spell s WHERE s.person_id = "
    "p.id) AND NOT EXISTS (SELECT 1 FROM employment_spell s WHERE s.person_id = p.id AND "
    "(s.end_date IS NULL OR s.end_date >= $1)) AND NOT EXISTS (SELECT 1 FROM erased_number e WHERE "
    "e.field = 'person.person_no' AND e.row_id = p.id) AND NOT EXISTS (SELECT 1 FROM legal_hold h "
    "WHERE h.person_id = p.id) ORDER BY p.id LIMIT $2";

std::optional<base::Date> optional_date(const store::sql::Rows& rows, int column) {
    return rows.is_null(column) ? std::nullopt : std::optional(rows.date(column));
}

std::vector<std::int64_t> ids_of(store::sql::Rows& rows) {
    std::vector<std::int64_t> ids;
    while (rows.next()) {
        ids.push_back(rows.integer(0));
    }
    return ids;
}

}  // namespace

bool Person::is_employed(base::Date today) const {
    return std::any_of(spells.begin(), spells.end(), [&](const Spell& spell) {
        return !spell.end_date || *spell.end_date >= today;
    });
}

bool Person::left_before(base::Date day) const {
    return !spells.empty() && !is_employed(day);
}

std::optional<Person> read_person(store::sql::Connection& connection, std::int64_t id) {
    Person person;
    {
        const auto rows = connection.query(kRead, {id});
        if (!rows->next()) {
            return std::nullopt;
        }
        person = {id, rows->text(1), rows->text(2), rows->optional_text(3), {}};
    }
    const auto rows = connection.query(kSpells, {id});
    while (rows->next()) {
        person.spells.push_back({rows->integer(0),
                                 rows->text(1),
                                 rows->date(2),
                                 optional_date(*rows, 3),
                                 optional_date(*rows, 4)});
    }
    return person;
}

std::vector<Person> find_people(store::sql::Connection& connection, const std::string& number) {
    std::vector<Person> found;
    for (const std::int64_t id : ids_of(*connection.query(kFind, {number}))) {
        if (auto person = read_person(connection, id)) {
            found.push_back(std::move(*person));
        }
    }
    return found;
}

std::map<std::string, std::int64_t> everybody(store::sql::Connection& connection,
                                              const base::SealKeys& keys) {
    base::KeyedDigest digest = keys.digest(store::kErasedPurpose);
    std::map<std::string, std::int64_t> all;
    const auto rows = connection.query("SELECT id, person_no FROM person", {});
    while (rows->next()) {
        all[store::erased_digest(digest, "person.person_no", rows->text(1))] = rows->integer(0);
    }
    return all;
}

std::vector<std::int64_t> ended_before(store::sql::Connection& connection,
                                       base::Date day,
                                       std::size_t limit) {
    return ids_of(*connection.query(kEnded, {day, static_cast<std::int64_t>(limit)}));
}

}  // namespace hrbridge::people
