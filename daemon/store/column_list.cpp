#include "daemon/store/column_list.h"

#include "daemon/base/text.h"

namespace hrbridge::store {

std::string column_list(const std::vector<std::string>& names, std::string_view before) {
    std::string list;
    for (const std::string& name : names) {
        list += list.empty() ? "" : ", ";
        list += before;
        list += name;
    }
    return list;
}

std::vector<std::string> columns_of(std::string_view list) {
    std::vector<std::string> names;
    for (const std::string_view name : base::split(list, ',')) {
        if (const auto trimmed = base::trim(name); !trimmed.empty()) {
            names.emplace_back(trimmed);
        }
    }
    return names;
}

}  // namespace hrbridge::store
