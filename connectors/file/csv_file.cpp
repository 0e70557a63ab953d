#include "connectors/file/csv_file.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kLookedAt = 4096;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr const char* kBrokenLine =
    "the line is part of a record whose quotes do not match; correct the file, or write quotes "
    "inside a field twice";

bool spans_lines(const CsvRecord& record) {
    const std::size_t end = record.raw.find('\n');
    return end != std::string::npos && end + 1 < record.raw.size();
}

}  // namespace

CsvFile::CsvFile(const Place& place, const Dataset& dataset, ListedFile listed)
    : dataset_(dataset),
      file_(place, std::move(listed)),
      parser_(dataset.separator, dataset.quote) {
    parser_.start(0, 1);
    fill();
    const std::string_view head = std::string_view(buffer_).substr(0, kLookedAt);
    if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF") ||
        head.find('\0') != std::string_view::npos) {
        file_.fail("is UTF-16 or no text at all; save it as UTF-8 or GB18030");
    }
    if (head.starts_with(kUtf8Mark)) {
        used_ = kUtf8Mark.size();
        parser_.start(used_, 1);
    }
}

bool CsvFile::fill() {
    buffer_.resize(kBufferBytes);
    used_ = 0;
    ssize_t got = -1;
    do {
        got = ::read(file_.descriptor(), buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        buffer_.clear();
        file_.fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    buffer_.resize(static_cast<std::size_t>(got));
    return got > 0;
}

bool CsvFile::read_record(CsvRecord& record) {
    while (true) {
        if (used_ == buffer_.size() && !fill()) {
            return parser_.finish(record);
        }
        bool done = false;
        used_ += parser_.feed(std::string_view(buffer_).substr(used_), record, done);
        if (done) {
            return true;
        }
    }
}

bool CsvFile::read_line(CsvRecord& record) {
    parser_.take_whole_line();
    return read_record(record);
}

bool CsvFile::next(CsvRecord& record) {
    const bool broken = spot_.offset < spot_.broken_until;
    if (!(broken ? read_line(record) : read_record(record))) {
        return false;
    }
    if (!broken && !record.problem.empty() && spans_lines(record)) {
        spot_.broken_until = record.end;
        seek(record.begin, record.line);
        return next(record);
    }
    if (broken) {
        record.problem = kBrokenLine;
    }
    spot_.offset = record.end;
    spot_.line = record.next_line;
    return true;
}

void CsvFile::seek(std::uint64_t offset, std::uint64_t line) {
    if (::lseek(file_.descriptor(), static_cast<off_t>(offset), SEEK_SET) < 0) {
        file_.fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    buffer_.clear();
    used_ = 0;
    parser_.start(offset, line);
}

void CsvFile::go_to(const Spot& spot) {
    if (spot.offset > file_.listed().size) {
        file_.fail("is shorter than the checkpoint's position; run the mapping with --full");
    }
    seek(spot.offset, spot.line);
    spot_ = spot;
}

std::vector<std::string> CsvFile::read_header() {
    CsvRecord record;
    if (!read_record(record)) {
        return {};
    }
    if (!record.problem.empty()) {
        file_.fail("has no header line that can be read; set `header: false` when it has none");
    }
    std::vector<std::string> names;
    for (const CsvField& field : record.fields) {
        const auto name = decode(std::string(base::trim(field.bytes)), dataset_.charset);
        if (!name) {
            file_.fail(fmt::format("has a header that is not {}; correct read_as.charset",
                                   dataset_.charset));
        }
        names.push_back(*name);
    }
    if (const std::size_t unfit = unfit_name(names); unfit > 0) {
        file_.fail(fmt::format("has a header whose name {} is empty, taken or repeated", unfit));
    }
    spot_ = {record.end, record.next_line, 0};
    return names;
}

}  // namespace hrbridge::file
