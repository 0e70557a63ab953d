#include "daemon/app/new_file.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace hrbridge::app {

NewFile::NewFile(std::string path, mode_t mode)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)),
      why_(fd_ < 0 ? errno : 0) {}

NewFile::~NewFile() {
    if (fd_ >= 0) {
        ::close(fd_);
        ::unlink(path_.c_str());
    }
}

bool NewFile::keep(std::string_view bytes) {
    while (why_ == 0 && !bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written <= 0) {
            why_ = errno;
        } else {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    if (why_ == 0 && ::fsync(fd_) != 0) {
        why_ = errno;
    }
    if (why_ == 0) {
        ::close(std::exchange(fd_, -1));
    }
    return why_ == 0;
}

}  // namespace hrbridge::app
