#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "connectors/wecom/errors.h"
#include "connectors/wecom/http.h"
#include "connectors/wecom/token_owner.h"
#include "monitoring/metrics.h"

namespace hrbridge::wecom {

// An answer of the platform; `body` is its JSON object.
struct Reply {
    int errcode = 0;
    std::string body;
};

// Calls of one app. Adds the access token and, when the platform refuses it (40014, 42001, and
// 40001 on a business call), fetches a new one once and calls once more. At most four calls run at
// a time (45033 otherwise). Thread-safe; the references must outlive it; `metrics` may be nullptr.
class Client {
  public:
    static constexpr int kMostParallel = 4;

    Client(const Http& http, TokenOwner& tokens, monitoring::Metrics* metrics)
        : http_(http), tokens_(tokens), metrics_(metrics) {}

    // `api` as in "message/send". Gives any errcode back. Throws HttpError when no answer came,
    // also (sent() true) for one that is not the platform's JSON, and what TokenOwner throws.
    Reply post(const std::string& api, const std::string& json);
    // `query` as in "code=abc", already URL-encoded; may be empty.
    Reply get(const std::string& api, const std::string& query);

  private:
    Reply call(const std::string& api, const std::string& query, const std::string* json);
    Reply call_once(const std::string& api,
                    const std::string& query,
                    const std::string* json,
                    const base::Secret& token);
    void count(const std::string& api, const std::string& errcode) const;

    const Http& http_;
    TokenOwner& tokens_;
    monitoring::Metrics* metrics_;
    std::mutex mutex_;
    std::condition_variable freed_;
    int running_ = 0;
};

// Throws ConnectorError for an errcode other than 0, with what the table says of it.
void require_ok(const std::string& api, const Reply& reply);

}  // namespace hrbridge::wecom
