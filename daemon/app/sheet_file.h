#pragma once

#include <string>
#include <vector>

#include "migration/spot_check/workbook.h"

namespace hrbridge::app {

// The rows of a workbook's only visible sheet, as text, each with its number. Throws
// base::ConnectorError on what is no such workbook.
std::vector<spot_check::ReadLine> read_sheet_file(const std::string& file);

}  // namespace hrbridge::app
