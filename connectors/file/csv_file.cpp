#include "connectors/file/csv_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kLookedAt = 4096;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

CsvFile::CsvFile(const Place& place, ListedFile listed)
    : place_(place), listed_(std::move(listed)), parser_(place.separator, place.quote) {
    const std::string path = (std::filesystem::path(place_.folder) / listed_.name).string();
    // Without O_NONBLOCK a pipe put in the file's place would hold the run for ever.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor_ < 0) {
        fail(fmt::format("cannot be opened: {}; give the daemon's user the right to read it",
                         std::generic_category().message(errno)));
    }
    try {
        expect_unchanged();
        parser_.start(0, 1);
        fill();
        const std::string_view head = std::string_view(buffer_).substr(0, kLookedAt);
        if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF") ||
            head.find('\0') != std::string_view::npos) {
            fail("is UTF-16 or no text at all; save it as UTF-8 or GB18030");
        }
        if (head.starts_with(kUtf8Mark)) {
            used_ = kUtf8Mark.size();
            parser_.start(used_, 1);
        }
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

CsvFile::~CsvFile() {
    ::close(descriptor_);
}

void CsvFile::fail(const std::string& what) const {
    throw base::ConnectorError(
        place_.source, "file", base::Remedy::Stop, fmt::format("{} {}", listed_.name, what));
}

void CsvFile::expect_unchanged() const {
    struct stat status {};
    const bool known = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    if (!known || static_cast<std::uint64_t>(status.st_size) != listed_.size ||
        status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec != listed_.modified) {
        fail(
            "was changed while it was being read; write a file under another name and rename it "
            "when it is whole, then run the mapping again with --full");
    }
}

bool CsvFile::fill() {
    buffer_.resize(kBufferBytes);
    used_ = 0;
    ssize_t got = -1;
    do {
        got = ::read(descriptor_, buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        buffer_.clear();
        fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    buffer_.resize(static_cast<std::size_t>(got));
    return got > 0;
}

bool CsvFile::next(CsvRecord& record) {
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

bool CsvFile::next_line(CsvRecord& record) {
    parser_.take_whole_line();
    return next(record);
}

void CsvFile::seek(std::uint64_t offset, std::uint64_t line) {
    if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
        fail(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
    }
    buffer_.clear();
    used_ = 0;
    parser_.start(offset, line);
}

std::vector<std::string> read_header(CsvFile& file, const std::string& charset) {
    CsvRecord record;
    if (!file.next(record) || !record.problem.empty()) {
        file.fail("has no header line that can be read; set `header: false` when it has none");
    }
    std::vector<std::string> names;
    for (const CsvField& field : record.fields) {
        const auto name = decode(std::string(base::trim(field.bytes)), charset);
        if (!name) {
            file.fail(fmt::format("has a header that is not {}; correct read_as.charset", charset));
        }
        if (name->empty() || *name == base::kMalformedColumn || *name == base::kPlaceColumn ||
            std::find(names.begin(), names.end(), *name) != names.end()) {
            file.fail(fmt::format("has a header whose name {} is empty, taken or repeated",
                                  names.size() + 1));
        }
        names.push_back(*name);
    }
    return names;
}

}  // namespace hrbridge::file
