#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::file {

// A field of a record: bytes in the file's charset, nothing decoded.
struct CsvField {
    std::string bytes;
    bool quoted = false;  // "" is an empty text, an empty field without quotes is NULL
};

struct CsvRecord {
    std::vector<CsvField> fields;
    std::uint64_t begin = 0;      // offset of the first byte
    std::uint64_t end = 0;        // offset behind the line end
    std::uint64_t line = 1;       // of the first byte, from 1
    std::uint64_t next_line = 1;  // of the byte behind the record
    std::string problem;          // not empty: the record cannot be taken apart
    std::string raw;              // as read, without its line end; cut at kMostRecord
};

// RFC 4180, one record at a time: quoted fields may hold separators, line ends and doubled quotes;
// lines end with CRLF or LF, the last one maybe without. Input comes in pieces of any size; memory
// is that of the longest record, at most kMostRecord. GBK and GB18030 are safe as long as separator
// and quote lie below 0x40 and are no digits: no second or later byte of theirs looks like one.
// Carriage returns elsewhere than before a line feed are data, except behind a closing quote.
class CsvParser {
  public:
    static constexpr std::size_t kMostRecord = 4U << 20U;

    explicit CsvParser(char separator = ',', char quote = '"')
        : separator_(separator), quote_(quote) {}
    // Starts at this place of the file.
    void start(std::uint64_t offset, std::uint64_t line);
    // Takes bytes up to and with the end of a record; gives how many were taken. `done` says
    // whether `record` is whole.
    std::size_t feed(std::string_view bytes, CsvRecord& record, bool& done);
    // The record under way ends with its line, whatever that holds, and has a problem.
    void take_whole_line();
    // The end of the file: true when there was a last record without a line end.
    bool finish(CsvRecord& record);

  private:
    enum class State { FieldStart, Plain, Quoted, QuoteInQuoted, ReturnBehindQuote, Broken };

    std::size_t run_length(std::string_view bytes) const;
    void keep(std::string_view bytes);
    void take(char byte);
    void end_field();
    void break_off(const char* problem);
    void take_behind_quote(char byte);
    bool end_record(CsvRecord& record);

    char separator_;
    char quote_;
    State state_ = State::FieldStart;
    CsvRecord record_;
    CsvField field_;
    std::uint64_t offset_ = 0;
    std::uint64_t line_ = 1;
    bool any_ = false;  // a byte of this record was seen
};

}  // namespace hrbridge::file
