#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/store.h"

// Which rows of an entity are about a person, by the columns that lead to one.
namespace hrbridge::store {

inline constexpr std::string_view kPerson = "person";
inline constexpr std::string_view kSpell = "employment_spell";

struct PersonColumn {
    std::string column;
    std::string parent;    // person or employment_spell
    bool subject = false;  // the row is about that person; else it only names him
};

// A row is about the person without whom it would not be (the column is never NULL), and a defect
// about who is held responsible. A manager or a finder is only named.
std::vector<PersonColumn> person_columns(const EntityTable& table);

// The column that is the entity's own number of a person ("person_no", "employee_no"); empty: the
// entity is no person.
std::string own_number(const EntityTable& table);

}  // namespace hrbridge::store
