#pragma once

#include <string>
#include <vector>

#include "connectors/file/xlsx_cell.h"
#include "connectors/file/xlsx_package.h"

namespace hrbridge::file {

// What a workbook says before its cells.
struct XlsxWorkbook {
    std::string sheet_part;    // of the sheet that was asked for
    std::string strings_part;  // empty: it has no shared strings
    bool from_1904 = false;
    std::vector<NumberKind> styles;  // by the number that a cell names
};

// `sheet`: its name, or its number from 1; empty: the only visible one. Throws as the package does,
// also when there is no such sheet, with the names of those there are.
XlsxWorkbook read_workbook(const XlsxPackage& package, const std::string& sheet);

}  // namespace hrbridge::file
