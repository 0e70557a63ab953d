#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/csv_parser.h"

namespace {

using hrbridge::file::CsvParser;
using hrbridge::file::CsvRecord;

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::vector<CsvRecord> read(std::string_view text, std::size_t piece, char separator) {
    CsvParser parser(separator);
    std::vector<CsvRecord> records;
    CsvRecord record;
    while (!text.empty()) {
        std::string_view rest = text.substr(0, piece);
        text.remove_prefix(rest.size());
        while (!rest.empty()) {
            bool done = false;
            rest.remove_prefix(parser.feed(rest, record, done));
            if (done) {
                records.push_back(record);
            }
        }
    }
    if (parser.finish(record)) {
        records.push_back(record);
    }
    return records;
}

void must_be_same(const CsvRecord& one, const CsvRecord& other) {
    must(one.begin == other.begin && one.end == other.end && one.line == other.line);
    must(one.next_line == other.next_line && one.problem == other.problem && one.raw == other.raw);
    must(one.fields.size() == other.fields.size());
    for (std::size_t i = 0; i < one.fields.size(); ++i) {
        must(one.fields[i].bytes == other.fields[i].bytes);
        must(one.fields[i].quoted == other.fields[i].quoted);
    }
}

std::string write(const CsvRecord& record, char separator) {
    std::string text;
    for (const auto& field : record.fields) {
        text += text.empty() ? "\"" : std::string{separator, '"'};
        for (const char byte : field.bytes) {
            text += byte == '"' ? "\"\"" : std::string(1, byte);
        }
        text += '"';
    }
    return text + "\r\n";
}

}  // namespace

// Records follow each other without a gap, are the same whatever pieces the bytes come in and
// wherever reading goes on, and a record that was taken apart survives being written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::size_t piece = 1U + data[0];
    const char separator = data[1] % 2 == 0 ? ',' : ';';
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::vector<CsvRecord> records = read(text, text.size(), separator);
    const std::vector<CsvRecord> in_pieces = read(text, piece, separator);
    must(records.size() == in_pieces.size());
    std::uint64_t place = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const CsvRecord& record = records[i];
        must_be_same(record, in_pieces[i]);
        must(record.begin == place && record.end > record.begin && record.end <= text.size());
        must(record.problem.empty() != record.fields.empty());
        place = record.end;
        if (record.problem.empty()) {
            const std::vector<CsvRecord> again = read(write(record, separator), 7, separator);
            must(again.size() == 1 && again[0].fields.size() == record.fields.size());
            for (std::size_t f = 0; f < record.fields.size(); ++f) {
                must(again[0].fields[f].bytes == record.fields[f].bytes);
            }
        }
    }
    must(place == text.size());
    return 0;
}
