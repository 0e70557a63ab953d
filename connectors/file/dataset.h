#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"

namespace hrbridge::file {

struct Dataset {
    std::string pattern;  // of file names: * and ?
    char separator = ',';
    char quote = '"';
    bool header = true;
    std::string charset;                // of header names
    std::vector<std::string> contract;  // names of the `columns:` map, in its order
};

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults);

// Whether a file name fits a pattern of * and ?.
bool name_fits(const std::string& pattern, const std::string& name);
// Bytes of a charset as UTF-8; nullopt when they are not of this charset or it is not known.
std::optional<std::string> decode(const std::string& bytes, const std::string& charset);

}  // namespace hrbridge::file
