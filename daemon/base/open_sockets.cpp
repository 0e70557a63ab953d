#include "daemon/base/open_sockets.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hrbridge::base {

OpenSockets::Entry::Entry(OpenSockets& owner, int socket)
    : owner_(owner), own_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
    if (own_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot copy a descriptor");
    }
    const std::lock_guard lock(owner_.mutex_);
    owner_.open_.insert(own_);
    if (owner_.ended_) {
        ::shutdown(own_, SHUT_RDWR);
    }
}

OpenSockets::Entry::~Entry() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.open_.erase(own_);
    ::close(own_);
}

void OpenSockets::end_all() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    std::for_each(open_.begin(), open_.end(), [](int socket) { ::shutdown(socket, SHUT_RDWR); });
}

}  // namespace hrbridge::base
