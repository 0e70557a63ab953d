#include "connectors/lost_column.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace hrbridge::connectors {

bool names_lost_column(const base::SystemError& error) {
    // SQLSTATEs of ODBC 3 and 2, and of PostgreSQL.
    constexpr std::array<std::string_view, 3> kStates{"42S22", "S0022", "42703"};
    const std::string_view code = error.code();
    if (std::any_of(kStates.begin(), kStates.end(), [code](std::string_view state) {
            return code.starts_with(state);
        })) {
        return true;
    }
    // SQLite has no code of its own for it.
    return std::string_view(error.what()).find("no such column") != std::string_view::npos;
}

}  // namespace hrbridge::connectors
