#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::pip {

// How far a mapping's source has been read into the store.
struct Reading {
    std::string mapping;
    // nullopt: never to its end, by the mapping as it is now, or it is being read from the
    // beginning.
    std::optional<base::Timestamp> until;
};

// The mapping that is read least far; nullopt when there is none.
std::optional<Reading> least_read(store::sql::Connection& connection,
                                  const std::vector<std::string>& mappings);

// Rows of the mappings that were refused or wait, and that may be of `first_day` or later: a row is
// not of a later day than that after it was first seen. What they say is sealed, so that nobody can
// tell whose they are.
std::int64_t open_rows(store::sql::Connection& connection,
                       const std::vector<std::string>& mappings,
                       base::Date first_day);

}  // namespace hrbridge::pip
