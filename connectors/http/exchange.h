#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>

#include "connectors/http/auth.h"
#include "connectors/http/client.h"
#include "connectors/http/options.h"
#include "daemon/base/clock.h"
#include "daemon/base/error.h"

namespace hrbridge::http {

// Bodies that servers gave an ETag, so that an unchanged one need not travel again. The body is
// kept with its tag: a 304 gives the rows once more, because whether they were stored is not known
// here. Bounded; thread-safe.
class BodyCache {
  public:
    struct Entry {
        std::string etag;
        std::string body;
        std::string link;  // the Link header, which a 304 need not repeat
    };
    std::optional<Entry> find(const std::string& url) const;
    void keep(const std::string& url, Entry entry);

  private:
    static constexpr std::size_t kMostBytes = 4U << 20U;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    std::size_t bytes_ = 0;
};

// Gets pages from one server: signs, retries what may work later (Retry-After honoured), turns
// statuses into errors with what to do. One session; one thread.
class Exchange {
  public:
    struct Parts {
        std::string source;
        const Options& options;
        Authenticator& auth;
        BodyCache& cache;
        base::Clock& clock;
    };
    explicit Exchange(const Parts& parts);

    // The answer with status 200. Throws base::ConnectorError or base::Stopped.
    Response get(const Url& url, const std::stop_token& stop);
    // Any answer to one signed request, without retries.
    Response probe(const std::string& method, const Url& url, const std::stop_token& stop);

  private:
    Response once(const Url& url, const std::stop_token& stop);
    bool wait(const base::ConnectorError& error,
              const std::string& retry_after,
              int attempt,
              const std::stop_token& stop);
    base::ConnectorError refusal(const Response& response, const Url& url) const;

    Parts parts_;
    Client client_;
    std::mt19937_64 random_{std::random_device{}()};
    std::string retry_after_;  // of the last refusal
};

// Seconds to wait, from "120" or an HTTP date; nullopt for anything else.
std::optional<std::int64_t> parse_retry_after(const std::string& text, base::Timestamp now);
// RFC 9110 IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<base::Timestamp> parse_http_date(const std::string& text);

}  // namespace hrbridge::http
