#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/csv_parser.h"
#include "connectors/file/dataset.h"

namespace hrbridge::file {

// A file as it was when it was listed.
struct ListedFile {
    std::string name;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // nanoseconds
};

// One open CSV file. Throws base::ConnectorError (Stop), whose text names the file and what to do.
class CsvFile {
  public:
    // What all files of one reading share. Outlives the file.
    struct Place {
        std::string source;  // for errors
        std::string folder;
        char separator = ',';
        char quote = '"';
    };

    // Opens and follows no link. A byte order mark of UTF-8 is skipped; UTF-16 is refused.
    CsvFile(const Place& place, ListedFile listed);
    CsvFile(const CsvFile&) = delete;
    CsvFile& operator=(const CsvFile&) = delete;
    ~CsvFile();

    const ListedFile& listed() const { return listed_; }
    // The next record; false at the end of the file.
    bool next(CsvRecord& record);
    // The next line as a record that cannot be taken apart; false at the end of the file.
    bool next_line(CsvRecord& record);
    void seek(std::uint64_t offset, std::uint64_t line);
    // The file is still the one that was listed; throws when somebody has written to it.
    void expect_unchanged() const;
    [[noreturn]] void fail(const std::string& what) const;

  private:
    bool fill();

    const Place& place_;
    ListedFile listed_;
    int descriptor_ = -1;
    CsvParser parser_;
    std::string buffer_;
    std::size_t used_ = 0;
};

// The names in the file's first line, as UTF-8. Throws when they cannot be read, repeat or are
// empty.
std::vector<std::string> read_header(CsvFile& file, const std::string& charset);

}  // namespace hrbridge::file
