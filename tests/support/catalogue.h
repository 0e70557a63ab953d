#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "daemon/base/yaml.h"

namespace hrbridge::test {

// By code, the placeholders that its text has in texts.<language>.yaml of a folder of the sources.
inline std::map<std::string, std::set<std::string>> placeholders(const std::string& folder,
                                                                 const std::string& language) {
    const std::string path =
        std::string(HRBRIDGE_SOURCE_DIR) + "/" + folder + "/texts." + language + ".yaml";
    const auto document = base::load_yaml(path);
    if (!document) {
        throw std::runtime_error(path + ": " + document.fault().what);
    }
    std::map<std::string, std::set<std::string>> found;
    for (const auto& [code, node] : document->entries) {
        std::set<std::string>& names = found[code];
        for (std::size_t at = node.text.find('{'); at != std::string::npos;
             at = node.text.find('{', at + 1)) {
            names.insert(node.text.substr(at, node.text.find('}', at) - at));
        }
    }
    return found;
}

}  // namespace hrbridge::test
