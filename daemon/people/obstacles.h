#pragma once

#include <string>
#include <vector>

#include "daemon/people/person.h"
#include "daemon/store/sql.h"

namespace hrbridge::people {

// What stands against erasing anybody now, each with what to do: a promotion that can be rolled
// back would bring a person back, and a rehearsal's store has people of its own.
std::vector<std::string> obstacles(store::sql::Connection& connection);

// Why a person is on hold; empty: he is not.
std::string hold_of(store::sql::Connection& connection, std::int64_t person);

}  // namespace hrbridge::people
