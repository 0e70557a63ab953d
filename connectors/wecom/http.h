#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "daemon/base/error.h"
#include "daemon/base/result.h"

namespace hrbridge::wecom {

struct HttpOptions {
    // Scheme, host and port. Plain http is for loopback (the sandbox) only.
    std::string base_url = "https://qyapi.weixin.qq.com";
    std::string ca_file;  // a private CA's PEM file; empty: the system's
    std::string proxy;    // empty: none; the environment's proxies are not used
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{15'000};
    std::size_t most_bytes = 8U << 20U;
};

// A fault for a URL that is not https and not plain http to a loopback address.
base::Faults check_url(const std::string& url, const std::string& where);

struct HttpReply {
    long status = 0;
    std::string body;
};

// No answer. `sent` says whether request bytes had left, that is, whether the other side may have
// acted on it. Texts never hold the URL, which carries the access token.
class HttpError : public base::ConnectorError {
  public:
    HttpError(std::string code, base::Remedy remedy, const std::string& what, bool sent)
        : ConnectorError("wecom", std::move(code), remedy, what), sent_(sent) {}

    bool sent() const { return sent_; }

  private:
    bool sent_;
};

// Each call has its own connection: libcurl sends a request again by itself when a kept connection
// turns out to be dead, which must not happen to messages. TLS is always verified, redirects are
// not followed. Immutable; thread-safe.
class Http {
  public:
    // Throws ConnectorError(Stop) when check_url() finds a fault.
    explicit Http(HttpOptions options);

    // `path_and_query` is appended to the base URL.
    HttpReply get(const std::string& path_and_query) const;
    HttpReply post(const std::string& path_and_query,
                   const std::string& body,
                   const std::string& content_type = "application/json; charset=utf-8") const;
    const HttpOptions& options() const { return options_; }

  private:
    HttpReply perform(const std::string& path_and_query,
                      const std::string* body,
                      const std::string& content_type) const;

    HttpOptions options_;
};

std::string url_encode(const std::string& text);

}  // namespace hrbridge::wecom
