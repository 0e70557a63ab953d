#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/app/services.h"
#include "daemon/web/server.h"

namespace hrbridge::app {

// The listeners that serve terminals in plain HTTP and nothing but that (`listen` of a source of
// kind iclock).
class TerminalListeners {
  public:
    explicit TerminalListeners(base::Log& log) : log_(log) {}
    TerminalListeners(const TerminalListeners&) = delete;
    TerminalListeners& operator=(const TerminalListeners&) = delete;
    ~TerminalListeners() = default;

    // Takes the addresses of these services that are not listened at yet; they answer 503 until
    // show(). Throws base::SystemError, and then nothing has changed.
    void prepare(const Services& services);
    // From now on terminals are answered by these services, which live as long as that holds;
    // addresses that they do not name are given up.
    void show(const std::shared_ptr<Services>& services);
    // Of the listener at a configured address; 0: none.
    int port(const std::string& host, int port) const;

  private:
    using Address = std::pair<std::string, int>;
    struct Entry {
        Address address;
        std::unique_ptr<web::Server> server;
    };
    static std::set<Address> addresses(const Services& services);
    const Entry* find(const Address& address) const;

    base::Log& log_;
    std::vector<Entry> entries_;
};

}  // namespace hrbridge::app
