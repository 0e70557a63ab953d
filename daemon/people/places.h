#pragma once

#include <string>
#include <vector>

#include "daemon/people/person.h"
#include "daemon/store/person_columns.h"
#include "daemon/store/store.h"

namespace hrbridge::people {

// An entity with rows about a person.
struct Place {
    store::EntityTable table;
    std::vector<store::PersonColumn> subjects;
    // Facts of work stay behind an erasure, without anything that says of whom they are, since
    // others are compared by them. Everything else goes.
    bool kept = false;

    // A condition on its rows under this alias, versions too: those about the person.
    std::string about(const Person& person, const std::string& alias) const;
};

// All of them by the store's own catalogue, those first whose rows go.
std::vector<Place> places_of(store::sql::Connection& connection);

}  // namespace hrbridge::people
