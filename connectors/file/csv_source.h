#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "connectors/file/connector.h"
#include "connectors/file/csv_parser.h"
#include "connectors/file/dataset.h"

namespace hrbridge::file {

// A file as it was when the reading began.
struct ListedFile {
    std::string name;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // nanoseconds
};

// Reads the files in the order of their names. A position names file, its size and time, and the
// offset and line behind the block's last record; a file that is not as it was when its reading
// began ends the reading with an error that says so.
class CsvSource final : public connectors::Source {
  public:
    CsvSource(const Options& options,
              Dataset dataset,
              std::vector<ListedFile> files,
              const connectors::ReadRequest& request);

    const std::vector<base::DescribedColumn>& columns() const override { return dataset_.columns; }
    bool read(base::RawBlock& block, const std::stop_token& stop) override;

  private:
    void take_position(const std::string& text);
    std::string position() const;
    void open_file();
    void read_header();
    void match_header(const CsvRecord& header);
    bool next_record(CsvRecord& record);
    bool fill();
    void append(base::RawBlock& block, const CsvRecord& record) const;
    std::string path() const;
    [[noreturn]] void fail(const std::string& what) const;

    const Options& options_;
    Dataset dataset_;
    std::vector<ListedFile> files_;
    std::size_t block_rows_;
    std::size_t block_bytes_;
    std::size_t file_ = 0;
    bool open_ = false;
    std::uint64_t resume_offset_ = 0;  // where the first file's reading goes on; 0: at its start
    std::uint64_t resume_line_ = 1;
    std::uint64_t offset_ = 0;  // behind the last record given
    std::uint64_t line_ = 1;
    std::ifstream in_;
    CsvParser parser_;
    std::string buffer_;
    std::size_t used_ = 0;
    std::vector<std::size_t> places_;  // field of each contract column
    std::size_t fields_ = 0;           // of a record
};

}  // namespace hrbridge::file
