#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "connectors/http/message.h"
#include "connectors/http/options.h"

namespace hrbridge::http {

// One connection to a server that is kept open between requests. Not thread-safe; one a session.
class Client {
  public:
    // `source` names the source in errors.
    Client(std::string source, const Options& options);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // Sends once and follows no redirect. Any status is an answer. Throws base::ConnectorError
    // (code "curl 28" and the like) when there is none, base::Stopped when `stop` was requested.
    Response send(const Request& request, const std::stop_token& stop);

  private:
    struct Transfer;
    void prepare(const Request& request, Transfer& transfer);
    [[noreturn]] void fail(const Request& request, int code, const Transfer& transfer) const;

    struct Handle;
    std::string source_;
    const Options* options_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace hrbridge::http
