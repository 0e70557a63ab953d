#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/file/csv_parser.h"
#include "connectors/file/dataset.h"
#include "connectors/file/record_file.h"

namespace hrbridge::file {

// One open CSV file. A record that spans lines because its quotes do not match comes line by line.
class CsvFile final : public RecordFile {
  public:
    // A byte order mark of UTF-8 is skipped; UTF-16 is refused. The dataset outlives the file.
    CsvFile(const Place& place, const Dataset& dataset, ListedFile listed);

    std::vector<std::string> read_header() override;
    void go_to(const Spot& spot) override;
    Spot spot() const override { return spot_; }
    bool next(CsvRecord& record) override;
    void expect_unchanged() const override { file_.expect_unchanged(); }

  private:
    bool fill();
    bool read_record(CsvRecord& record);
    // The next line as a record that cannot be taken apart; false at the end of the file.
    bool read_line(CsvRecord& record);
    void seek(std::uint64_t offset, std::uint64_t line);

    const Dataset& dataset_;
    OpenFile file_;
    CsvParser parser_;
    std::string buffer_;
    std::size_t used_ = 0;
    Spot spot_;
};

}  // namespace hrbridge::file
