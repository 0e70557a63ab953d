#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/app/config.h"
#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {

// Relative paths of a configuration count from its file's folder; "" stays "".
std::string absolute_in(const std::string& folder, const std::string& path);

// The reading of one file: where relative paths count from and where faults go.
struct Reading {
    std::string folder;
    base::Faults& faults;

    std::string absolute(const std::string& path) const { return absolute_in(folder, path); }
    // Empty when the key is missing, or, with a fault, when its secret cannot be had.
    base::Secret secret(base::YamlReader& reader, std::string_view key) const;
    // A file that is read later; empty when the key is missing.
    std::string file(base::YamlReader& reader, std::string_view key) const;
    std::string folder_of(base::YamlReader& reader,
                          std::string_view key,
                          const std::string& otherwise) const;
    // One folder or a list of them.
    std::vector<std::string> folders_of(base::YamlReader& reader,
                                        std::string_view key,
                                        const std::string& otherwise) const;
};

// The section `wecom:`.
void read_wecom(base::YamlReader reader, const Reading& reading, WecomConfig& out);

}  // namespace hrbridge::app
