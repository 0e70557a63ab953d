#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "connectors/wecom/errors.h"
#include "connectors/wecom/http.h"
#include "daemon/base/clock.h"
#include "daemon/base/error.h"
#include "daemon/base/secret.h"
#include "monitoring/metrics.h"

namespace hrbridge::wecom {

struct Credentials {
    std::string corp_id;
    base::Secret secret;  // of one self-built app
};

// An access token as the platform gave it.
struct Token {
    base::Secret text;
    base::Timestamp fetched_at;
    base::Timestamp expires_at;
};

// The one place that fetches the access token of an app: of several callers one fetches and the
// others wait for it. A token is dropped only for a newer one. Failures open a breaker, because
// about 2,000 failing fetches in an hour block the whole corp: at most 40 an hour are made.
// Thread-safe; `http`, `clock` and `metrics` must outlive it; `metrics` may be nullptr.
class TokenOwner {
  public:
    TokenOwner(Credentials credentials,
               const Http& http,
               const base::Clock& clock,
               monitoring::Metrics* metrics);

    // A token that is not known to be bad. Throws ConnectorError: Stop for a wrong secret or corp
    // id (40001, 40013, 40091), Retry otherwise, with code "breaker" when nothing was tried.
    base::Secret token();
    // Says that the platform refused `failed`. Does nothing when a newer token is already there.
    void invalidate(const base::Secret& failed);
    // Closes the breaker, after a person has changed the settings.
    void reset();
    // Until when nothing is tried; the past when the breaker is closed.
    base::Timestamp blocked_until() const;

  private:
    struct Failure {
        std::string code;
        base::Remedy remedy = base::Remedy::Retry;
        std::string what;
    };

    bool usable() const;
    void fetch(std::unique_lock<std::mutex>& lock);
    Token call() const;
    void count(const std::string& errcode) const;
    void note_failure(const base::ConnectorError& error);
    std::chrono::seconds pause_after(const base::ConnectorError& error) const;

    Credentials credentials_;
    const Http& http_;
    const base::Clock& clock_;
    monitoring::Metrics* metrics_;

    mutable std::mutex mutex_;
    std::condition_variable fetched_;
    bool fetching_ = false;
    bool refused_ = false;  // the platform does not take the current token any more
    std::optional<Token> current_;
    int failures_ = 0;  // in a row
    base::Timestamp blocked_until_;
    Failure last_failure_;
};

}  // namespace hrbridge::wecom
