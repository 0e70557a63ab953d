#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::odbc {

// The query with a shorter select list: the columns named in `only` (in any case), and what might
// change the number of rows. nullopt where that is not sure to give the same rows: not all of
// `only` are found by name, the query has *, DISTINCT, TOP, GROUP BY, HAVING, UNION, a WITH or the
// like, or it uses a left-out column by a name that the list gives it.
std::optional<std::string> narrow_select(std::string_view query,
                                         const std::vector<std::string>& only);

}  // namespace hrbridge::odbc
