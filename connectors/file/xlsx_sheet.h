#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/xlsx_package.h"

namespace hrbridge::file {

// A cell as the XML has it.
struct XlsxCell {
    std::uint32_t column = 0;  // from 0
    std::string type;          // attribute t: "", n, s, b, e, str, inlineStr, d
    std::uint32_t style = 0;
    std::string value;  // of <v>, or the texts of <is>
    bool has_value = false;
    bool has_formula = false;
};

struct XlsxRow {
    std::uint64_t number = 0;     // from 1
    std::vector<XlsxCell> cells;  // by column
};

struct MergedRange {
    std::uint64_t first_row = 0;
    std::uint64_t last_row = 0;
    std::uint32_t first_column = 0;
    std::uint32_t last_column = 0;
};

// The rows of a sheet's part, one behind another; those without a cell may be missing. Throws as
// the package does. Memory is that of the rows in one piece of the XML.
class XlsxSheet {
  public:
    XlsxSheet(const XlsxPackage& package, const std::string& part);

    // False behind the last row.
    bool next(XlsxRow& row);
    // The sheet's merged ranges by first row; reads the part to its end.
    static std::vector<MergedRange> merged(const XlsxPackage& package, const std::string& part);

  private:
    void start(std::string_view name, const XmlAttributes& attributes);
    void end(std::string_view name);
    void text(std::string_view piece);
    void start_row(const XmlAttributes& attributes);
    void start_cell(const XmlAttributes& attributes);
    void end_cell();

    const XlsxPackage& package_;
    std::unique_ptr<XlsxPackage::Part> part_;
    XmlParser parser_;
    std::vector<char> piece_;
    bool at_end_ = false;
    std::deque<XlsxRow> rows_;
    XlsxRow row_;
    std::size_t row_bytes_ = 0;
    XlsxCell cell_;
    std::uint64_t last_row_ = 0;
    bool in_data_ = false;
    bool in_cell_ = false;
    bool in_value_ = false;  // <v>, or <t> of <is>
    int phonetic_ = 0;
};

}  // namespace hrbridge::file
