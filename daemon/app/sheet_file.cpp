#include "daemon/app/sheet_file.h"

#include <filesystem>

#include <sys/stat.h>

#include "connectors/file/xlsx_file.h"
#include "daemon/base/error.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kColumns = 10;
constexpr std::uint64_t kMostBytes = 256ULL << 20U;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

file::ListedFile listed(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw base::ConnectorError("sheet", "none", base::Remedy::Stop, path + " cannot be read");
    }
    return {std::filesystem::path(path).filename().string(),
            static_cast<std::uint64_t>(status.st_size),
            status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

}  // namespace

std::vector<spot_check::ReadLine> read_sheet_file(const std::string& path) {
    const std::filesystem::path absolute = std::filesystem::absolute(path);
    const file::Place place{"sheet", absolute.parent_path().string()};
    file::Dataset dataset;
    dataset.format = file::Format::Xlsx;
    dataset.header = false;
    dataset.most_bytes = kMostBytes;
    for (std::size_t i = 0; i < kColumns; ++i) {
        dataset.contract.push_back(std::to_string(i));
    }
    file::XlsxFile book(place, dataset, listed(absolute.string()));
    std::vector<spot_check::ReadLine> lines;
    file::CsvRecord record;
    while (book.next(record)) {
        spot_check::ReadLine line{record.line, {}};
        for (const file::CsvField& field : record.fields) {
            line.cells.push_back(field.bytes);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace hrbridge::app
