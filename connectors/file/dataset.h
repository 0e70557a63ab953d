#pragma once

#include <string>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/result.h"
#include "daemon/base/yaml.h"

namespace hrbridge::file {

// The column behind the contract's: NULL for a good record; otherwise why the record could not be
// taken apart, with file, line and the raw record, so that nothing is lost (the engine rejects it).
inline constexpr const char* kMalformedColumn = "#malformed";

struct Dataset {
    std::string pattern;  // of file names: * and ?
    char separator = ',';
    char quote = '"';
    bool header = true;
    std::string charset;                         // of header names
    std::vector<base::DescribedColumn> columns;  // the contract's, then kMalformedColumn
};

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults);

// Whether a file name fits a pattern of * and ?.
bool name_fits(const std::string& pattern, const std::string& name);
// UTF-8 text as bytes of a charset; empty when it has no such characters.
std::string encode(const std::string& utf8, const std::string& charset);

}  // namespace hrbridge::file
