#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"

namespace hrbridge::file {

enum class Format { Csv, Xlsx };

struct Dataset {
    Format format = Format::Csv;
    std::string pattern;  // of file names: * and ?
    char separator = ',';
    char quote = '"';
    bool header = true;
    std::string charset;  // of header names
    // Of workbooks:
    std::string sheet;  // its name, or its number from 1; empty: the only visible one
    std::uint64_t header_row = 1;
    bool fill_merged = false;                // all cells of a merged range have its value
    std::uint64_t most_bytes = 4ULL << 30U;  // of one part, unpacked
    std::vector<std::string> contract;       // names of the `columns:` map, in its order
};

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults);

// Whether a file name fits a pattern of * and ?.
bool name_fits(const std::string& pattern, const std::string& name);
// Bytes of a charset as UTF-8; nullopt when they are not of this charset or it is not known.
std::optional<std::string> decode(const std::string& bytes, const std::string& charset);

}  // namespace hrbridge::file
