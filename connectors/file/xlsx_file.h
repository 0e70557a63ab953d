#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/file/dataset.h"
#include "connectors/file/record_file.h"
#include "connectors/file/xlsx_package.h"
#include "connectors/file/xlsx_sheet.h"
#include "connectors/file/xlsx_strings.h"
#include "connectors/file/xlsx_workbook.h"

namespace hrbridge::file {

// One sheet of an open workbook; a record is a row that is not empty. A spot's line is the number
// of the next row.
class XlsxFile final : public RecordFile {
  public:
    // The dataset outlives the file.
    XlsxFile(const Place& place, const Dataset& dataset, ListedFile listed);

    std::vector<std::string> read_header() override;
    void go_to(const Spot& spot) override;
    Spot spot() const override { return {last_row_, last_row_ + 1, 0}; }
    bool next(CsvRecord& record) override;
    void expect_unchanged() const override { file_.expect_unchanged(); }

  private:
    struct Shown {
        bool there = false;  // otherwise NULL
        CellText value;
    };
    // A merged range that the row under way crosses, and its value.
    struct Filling {
        MergedRange range;
        Shown value;
    };

    Shown shown(const XlsxCell& cell) const;
    CellText text_of(const XlsxCell& cell) const;
    void place_columns(std::size_t columns);
    bool next_row(XlsxRow& row);
    std::vector<Shown> cells_of(const XlsxRow& row) const;
    bool has_value(const std::vector<Shown>& cells) const;
    CsvRecord record_of(std::uint64_t row, std::vector<Shown>& cells) const;
    void fill_merged(const XlsxRow& row, std::vector<Shown>& cells);

    const Dataset& dataset_;
    OpenFile file_;
    XlsxPackage package_;
    XlsxWorkbook workbook_;
    XlsxStrings strings_;
    std::unique_ptr<XlsxSheet> sheet_;
    std::vector<std::string> names_;   // of the fields
    std::vector<std::size_t> fields_;  // of the sheet's columns
    std::vector<bool> judged_;         // fields that a mapping reads
    std::uint64_t last_row_ = 0;
    std::vector<MergedRange> merged_;
    std::size_t next_merged_ = 0;
    std::list<Filling> filling_;
};

}  // namespace hrbridge::file
