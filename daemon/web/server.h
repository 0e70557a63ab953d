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

// The daemon's own HTTP server. Requests are parsed strictly and limited in size; answers carry
// headers that forbid frames, sniffing and scripts from elsewhere. Serves from construction until
// destruction. Throws base::SystemError when it cannot listen; refuses an address that others can
// reach without TLS.
class Server {
  public:
    Server(const ServerOptions& options,
           std::function<Response(const Request&)> handler,
           base::Log& log);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();
    int port() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::web
