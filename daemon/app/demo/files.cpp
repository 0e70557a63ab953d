#include "daemon/app/demo/files.h"

#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hrbridge::app::demo {

void write_file(const std::filesystem::path& file, std::string_view content, Readers readers) {
    std::filesystem::create_directories(file.parent_path());
    const mode_t mode = readers == Readers::ThisUser ? 0600 : 0644;
    const int fd = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);
    // An earlier demo's file keeps its mode through open().
    bool good = fd >= 0 && ::fchmod(fd, mode) == 0;
    while (good && !content.empty()) {
        const ssize_t written = ::write(fd, content.data(), content.size());
        good = written > 0;
        content.remove_prefix(good ? static_cast<std::size_t>(written) : 0);
    }
    if (fd >= 0) {
        ::close(fd);
    }
    if (!good) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

}  // namespace hrbridge::app::demo
