#pragma once

#include <thread>

#include <Poco/Net/ServerSocket.h>

#include "daemon/web/certificate.h"
#include "daemon/web/connections.h"
#include "daemon/web/server.h"

namespace hrbridge::web {

// Listens on an address and hands each connection over to be served, from construction until
// destruction. Throws Poco's exceptions when it cannot listen, and what check_open_address() does.
class Listener {
  public:
    // Without a certificate connections are plain; it must outlive the listener.
    Listener(const ServerOptions& options,
             const CurrentCertificate* certificate,
             Connections::Serve serve);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    // Takes no more connections, ends those there are and waits for their requests under work.
    ~Listener();
    int port() const { return socket_.address().port(); }

  private:
    void accept_all();

    Connections connections_;
    Poco::Net::ServerSocket socket_;
    std::thread thread_;
};

// Throws base::SystemError for an address that others can reach, without TLS.
void check_open_address(const ServerOptions& options);

}  // namespace hrbridge::web
