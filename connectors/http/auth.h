#pragma once

#include <mutex>
#include <stop_token>
#include <string>

#include "connectors/http/client.h"
#include "connectors/http/message.h"
#include "connectors/http/options.h"
#include "daemon/base/clock.h"

namespace hrbridge::http {

// Adds what an authentication demands to a request. Keeps the OAuth token of one source for all its
// sessions. Thread-safe; `options` and `clock` outlive it.
class Authenticator {
  public:
    Authenticator(std::string source, const Options& options, const base::Clock& clock)
        : source_(std::move(source)), options_(options), clock_(clock) {}

    // May ask the token server over `client`. Throws base::ConnectorError: Stop when it refuses.
    void sign(Request& request, Client& client, const std::stop_token& stop);
    // The server answered 401 to a request signed with this. True when trying once more with a new
    // token makes sense.
    bool refused(const Request& request);

  private:
    std::string oauth_token(const OAuthAuth& auth, Client& client, const std::stop_token& stop);

    std::string source_;
    const Options& options_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::string token_;
    base::Timestamp token_ends_;
};

}  // namespace hrbridge::http
