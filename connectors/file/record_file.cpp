#include "connectors/file/record_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::file {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

std::string named(std::string_view file) {
    std::string out(kNamed);
    std::transform(file.begin(), file.end(), std::back_inserter(out), [](char c) {
        constexpr std::string_view kEnds = "'\"\\";
        return kEnds.find(c) != std::string_view::npos || (c >= 0 && c < ' ') ? '?' : c;
    });
    return out + "'";
}

OpenFile::OpenFile(const Place& place, ListedFile listed)
    : place_(place), listed_(std::move(listed)) {
    const std::string path = (std::filesystem::path(place_.folder) / listed_.name).string();
    // Without O_NONBLOCK a pipe put in the file's place would hold the run for ever.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor_ < 0) {
        fail(fmt::format("cannot be opened: {}; give the daemon's user the right to read it",
                         std::generic_category().message(errno)));
    }
    try {
        expect_unchanged();
    } catch (...) {
        ::close(descriptor_);
        throw;
    }
}

OpenFile::~OpenFile() {
    ::close(descriptor_);
}

void OpenFile::fail(const std::string& what) const {
    throw base::ConnectorError(
        place_.source, "file", base::Remedy::Stop, fmt::format("{} {}", named(listed_.name), what));
}

void OpenFile::expect_unchanged() const {
    struct stat status {};
    const bool known = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    if (!known || static_cast<std::uint64_t>(status.st_size) != listed_.size ||
        status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec != listed_.modified) {
        fail(
            "was changed while it was being read; write a file under another name and rename it "
            "when it is whole, then run the mapping again with --full");
    }
}

std::size_t unfit_name(const std::vector<std::string>& names) {
    for (auto name = names.begin(); name != names.end(); ++name) {
        if (name->empty() || *name == base::kMalformedColumn || *name == base::kPlaceColumn ||
            std::find(names.begin(), name, *name) != name) {
            return static_cast<std::size_t>(name - names.begin()) + 1;
        }
    }
    return 0;
}

}  // namespace hrbridge::file
