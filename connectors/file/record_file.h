#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/csv_parser.h"

namespace hrbridge::file {

// A file as it was when it was listed.
struct ListedFile {
    std::string name;
    std::uint64_t size = 0;
    std::int64_t modified = 0;  // nanoseconds
};

// What all files of one reading share. Outlives them.
struct Place {
    std::string source;  // for errors
    std::string folder;
};

// Where reading goes on in a file: bytes and lines of a CSV file, rows of a workbook.
struct Spot {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
    // Lines before this offset belong to a record whose quotes do not match. Each is a reject of
    // its own: so the number of rejects says how much is lost, and nothing that stood inside quotes
    // is taken for a row.
    std::uint64_t broken_until = 0;
};

// Stands before a file's name in an error, and "'" behind it: files are named after people too, and
// by this whoever shows errors to strangers finds the name.
constexpr std::string_view kNamed = "file '";
// "file 'rows.csv'"; quotes, backslashes and control characters of the name become "?".
std::string named(std::string_view file);

// The listed file, opened without following links. Throws base::ConnectorError (Stop), whose text
// names the file and what to do.
class OpenFile {
  public:
    OpenFile(const Place& place, ListedFile listed);
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile();

    int descriptor() const { return descriptor_; }
    const ListedFile& listed() const { return listed_; }
    // The file is still the one that was listed; throws when somebody has written to it.
    void expect_unchanged() const;
    [[noreturn]] void fail(const std::string& what) const;

  private:
    const Place& place_;
    ListedFile listed_;
    int descriptor_ = -1;
};

// A file of records under reading. Throws base::ConnectorError (Stop) as OpenFile does.
class RecordFile {
  public:
    virtual ~RecordFile() = default;
    // The names of the columns as UTF-8; reading stands behind them then. None: the file is empty.
    virtual std::vector<std::string> read_header() = 0;
    // Goes to a spot of this file.
    virtual void go_to(const Spot& spot) = 0;
    // Behind the record that was read last.
    virtual Spot spot() const = 0;
    // The next record, its fields in the order of the header; false at the end of the file.
    virtual bool next(CsvRecord& record) = 0;
    virtual void expect_unchanged() const = 0;
};

// Whether names of a header can be columns: not empty, not repeated, none of the connector's own.
// The number, from 1, of the first one that cannot; 0: all can.
std::size_t unfit_name(const std::vector<std::string>& names);

}  // namespace hrbridge::file
