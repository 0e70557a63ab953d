#pragma once

#include <mutex>
#include <set>

namespace hrbridge::base {

// The sockets that threads of a server wait on, so that another thread can end them all. That ends
// the connection below and leaves everything else, as the state of TLS, to the thread that uses it.
class OpenSockets {
  public:
    // Counts a socket in while it lives; the socket itself may be closed before.
    class Entry {
      public:
        Entry(OpenSockets& owner, int socket);
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        ~Entry();

      private:
        OpenSockets& owner_;
        int own_;  // a descriptor of our own: the other's number may be somebody else's by then
    };

    // Nothing is received or sent on them any more, nor on those that come later.
    void end_all();

  private:
    std::mutex mutex_;
    std::set<int> open_;
    bool ended_ = false;
};

}  // namespace hrbridge::base
