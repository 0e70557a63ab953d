#include "connectors/wecom/client.h"

#include <optional>
#include <utility>

#include "connectors/wecom/json.h"

namespace hrbridge::wecom {
namespace {

constexpr int kSecretRefused = 40001;

bool asks_for_new_token(int errcode) {
    return rule_of(errcode).reaction == Reaction::RefreshToken || errcode == kSecretRefused;
}

// One of the places for calls that may run at a time.
class Slot {
  public:
    Slot(std::mutex& mutex, std::condition_variable& freed, int& running)
        : mutex_(mutex), freed_(freed), running_(running) {
        std::unique_lock lock(mutex_);
        freed_.wait(lock, [&] { return running_ < Client::kMostParallel; });
        ++running_;
    }
    ~Slot() {
        const std::scoped_lock lock(mutex_);
        --running_;
        freed_.notify_one();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

  private:
    std::mutex& mutex_;
    std::condition_variable& freed_;
    int& running_;
};

}  // namespace

Reply Client::post(const std::string& api, const std::string& json) {
    return call(api, "", &json);
}

Reply Client::get(const std::string& api, const std::string& query) {
    return call(api, query, nullptr);
}

Reply Client::call(const std::string& api, const std::string& query, const std::string* json) {
    const base::Secret token = tokens_.token();
    Reply reply = call_once(api, query, json, token);
    if (asks_for_new_token(reply.errcode)) {
        tokens_.invalidate(token);
        reply = call_once(api, query, json, tokens_.token());
    }
    return reply;
}

Reply Client::call_once(const std::string& api,
                        const std::string& query,
                        const std::string* json,
                        const base::Secret& token) {
    std::string path =
        "/cgi-bin/" + api + "?access_token=" + url_encode(std::string(token.reveal()));
    if (!query.empty()) {
        path += "&" + query;
    }
    const Slot slot(mutex_, freed_, running_);
    HttpReply answer;
    try {
        answer = json == nullptr ? http_.get(path) : http_.post(path, *json);
    } catch (const HttpError& error) {
        count(api, error.code());
        throw;
    }
    const std::optional<std::int64_t> errcode = integer_of(parse_object(answer.body), "errcode");
    if (!errcode) {
        const std::string code = "HTTP " + std::to_string(answer.status);
        count(api, code);
        throw HttpError(
            code, base::Remedy::Retry, api + " did not answer as the platform does", true);
    }
    count(api, std::to_string(*errcode));
    return {static_cast<int>(*errcode), std::move(answer.body)};
}

void Client::count(const std::string& api, const std::string& errcode) const {
    if (metrics_ != nullptr) {
        metrics_->wecom_calls.Add({{"api", api}, {"errcode", errcode}}).Increment();
    }
}

void require_ok(const std::string& api, const Reply& reply) {
    const ErrorRule rule = rule_of(reply.errcode);
    if (rule.reaction != Reaction::None) {
        throw base::ConnectorError("wecom",
                                   "errcode " + std::to_string(reply.errcode),
                                   remedy_of(rule.reaction),
                                   api + ": " + describe(rule));
    }
}

}  // namespace hrbridge::wecom
