#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "daemon/store/sql.h"

namespace hrbridge::store {

// A term's begin and end as a statement says them, from the parameters that hold both by the
// caller's clock. Machines that share a PostgreSQL have clocks that differ: there the server's
// counts, and the parameters tell only how long the term is.
struct TermSql {
    std::string now;
    std::string until;
};

inline TermSql term_sql(const sql::Connection& connection,
                        const std::string& now,
                        const std::string& until) {
    if (connection.dialect() != sql::Dialect::Postgres) {
        return {now, until};
    }
    return {"clock_timestamp()", fmt::format("clock_timestamp() + ({} - {})", until, now)};
}

// A statement with {now} and {until} in their places.
inline std::string with_term(std::string_view statement, const TermSql& term) {
    return fmt::format(
        fmt::runtime(statement), fmt::arg("now", term.now), fmt::arg("until", term.until));
}

}  // namespace hrbridge::store
