#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::store {

// "a, b", for a statement; each with `before`, such as an alias and a point. Empty for none.
std::string column_list(const std::vector<std::string>& names, std::string_view before = {});

// The names of such a list.
std::vector<std::string> columns_of(std::string_view list);

}  // namespace hrbridge::store
