#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/base/log.h"
#include "daemon/web/http.h"

namespace hrbridge::web {

struct ServerOptions {
    std::string host = "127.0.0.1";
    int port = 0;             // 0: a free one
    std::string certificate;  // PEM; with key: TLS
    std::string key;
    std::size_t max_body = 1U << 20U;
    int threads = 8;
    int timeout_seconds = 30;  // of a silent connection
};

// Called in several threads at a time.
using RequestHandler = std::function<Response(const Request&)>;

class CurrentHandler;

// The daemon's own HTTP server. Requests are parsed strictly and limited in size; answers carry
// headers that forbid frames, sniffing and scripts from elsewhere. Serves from construction until
// destruction. Throws base::SystemError when it cannot listen; refuses an address that others can
// reach without TLS, and one that another server listens on.
class Server {
  public:
    Server(const ServerOptions& options, RequestHandler handler, base::Log& log);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();
    int port() const;
    // False only behind a listen_again() that lost the address.
    bool listening() const;
    // Gives requests to another handler from now on; returns when no request uses the one before.
    // The listener stays, and so do connections.
    void replace(RequestHandler handler);
    const ServerOptions& options() const { return options_; }
    // Whether a server of these options would listen as this one does: address, certificate and
    // key, the contents of their files too.
    bool listens_as(const ServerOptions& options) const;
    // Listens anew with these options, e.g. with a renewed certificate; connections end. Throws
    // when that fails and listens as before. When another program takes the address at that moment
    // it tries for some seconds, and then neither is listened to.
    void listen_again(const ServerOptions& options);

  private:
    struct Impl;
    void listen(const ServerOptions& options);
    void listen_patiently(const ServerOptions& options);

    base::Log& log_;
    ServerOptions options_;
    std::string certificate_;  // what the files held: digest
    std::unique_ptr<CurrentHandler> handler_;
    std::unique_ptr<Impl> impl_;
};

// Throws base::SystemError when certificate and key of these options cannot be used together.
void check_certificate(const ServerOptions& options);

}  // namespace hrbridge::web
