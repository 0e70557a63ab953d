#pragma once

#include <string>
#include <string_view>

namespace hrbridge::store {

// The associated data of a sealed field (base::SealKeys): "person.id_number/AB000123". `key` is the
// row's natural key as text, its parts joined by "/"; a reference in the key is its parent's key.
inline std::string seal_place(std::string_view table,
                              std::string_view column,
                              std::string_view key) {
    std::string place(table);
    place += '.';
    place += column;
    place += '/';
    place += key;
    return place;
}

}  // namespace hrbridge::store
