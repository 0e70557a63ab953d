#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "connectors/wecom/sandbox/exchange.h"

namespace hrbridge::wecom::sandbox {

struct ServerOptions {
    std::string host;
    std::uint16_t port = 0;
    std::string certificate;
    std::string key;
};

// An HTTP(S) server whose handler also may drop a connection or never answer.
class Server {
  public:
    using Handler = std::function<Response(const Request&)>;

    // Starts to serve. Throws ConnectorError(Stop) when the address cannot be had.
    Server(const ServerOptions& options, Handler handler);
    ~Server();  // ends hanging answers and waits for all
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::wecom::sandbox
