#pragma once

#include <cstddef>
#include <string>

#include "daemon/base/time.h"
#include "daemon/store/sql.h"

namespace hrbridge::store {

// Personal data that somebody is shown, for the audit. Nothing of it is a value.
struct Reading {
    std::string actor;
    std::string act;     // "findings.read": of what kind
    std::string object;  // which: an id, a mapping; "all"
    std::size_t shown = 1;
};

// Writes the audit's row. Before the data leaves: who is shown something whose reading cannot be
// noted is shown an error instead.
void note_reading(sql::Connection& connection, const Reading& reading, base::Timestamp at);

}  // namespace hrbridge::store
