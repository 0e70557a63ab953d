#include "connectors/wecom/token_owner.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/wecom/json.h"

namespace hrbridge::wecom {
namespace {

using std::chrono::seconds;

// Renewed this long before its end, so that no call starts with a token that ends under way.
constexpr seconds kMargin{300};
constexpr seconds kMostPause{300};
constexpr seconds kPauseAfterWrongSetting{600};
constexpr seconds kShortBlock{60};
constexpr seconds kLongBlock{3600};
constexpr int kFrequencyLimit = 45009;

}  // namespace

TokenOwner::TokenOwner(Credentials credentials,
                       const Http& http,
                       const base::Clock& clock,
                       monitoring::Metrics* metrics)
    : credentials_(std::move(credentials)), http_(http), clock_(clock), metrics_(metrics) {}

bool TokenOwner::usable() const {
    return current_ && !refused_ && clock_.now() + kMargin < current_->expires_at;
}

base::Secret TokenOwner::token() {
    std::unique_lock lock(mutex_);
    fetched_.wait(lock, [&] { return !fetching_; });
    if (usable()) {
        return current_->text;
    }
    // Within the margin the old token still works when no new one can be had.
    const bool old_works = current_ && !refused_ && clock_.now() < current_->expires_at;
    if (clock_.now() < blocked_until_) {
        if (old_works) {
            return current_->text;
        }
        const bool wrong_setting = last_failure_.remedy == base::Remedy::Stop;
        throw base::ConnectorError(
            "wecom",
            wrong_setting ? last_failure_.code : "breaker",
            last_failure_.remedy,
            "no new access token is asked for after the last failure (" + last_failure_.what + ")");
    }
    try {
        fetch(lock);
    } catch (const base::ConnectorError&) {
        if (!old_works) {
            throw;
        }
    }
    return current_->text;
}

void TokenOwner::fetch(std::unique_lock<std::mutex>& lock) {
    fetching_ = true;
    lock.unlock();
    std::optional<Token> fresh;
    std::unique_ptr<base::ConnectorError> error;
    try {
        fresh = call();
    } catch (const base::ConnectorError& caught) {
        error = std::make_unique<base::ConnectorError>(caught);
    } catch (...) {
        lock.lock();
        fetching_ = false;
        fetched_.notify_all();
        throw;
    }
    lock.lock();
    fetching_ = false;
    fetched_.notify_all();
    if (error) {
        note_failure(*error);
        throw base::ConnectorError(*error);
    }
    current_ = std::move(fresh);
    refused_ = false;
    failures_ = 0;
    blocked_until_ = base::Timestamp{};
}

Token TokenOwner::call() const {
    const base::Timestamp asked_at = clock_.now();
    HttpReply reply;
    try {
        reply = http_.get("/cgi-bin/gettoken?corpid=" + url_encode(credentials_.corp_id) +
                          "&corpsecret=" + url_encode(std::string(credentials_.secret.reveal())));
    } catch (const HttpError& error) {
        count(error.code());
        throw;
    }
    const nlohmann::json body = parse_object(reply.body);
    const std::optional<std::int64_t> errcode = integer_of(body, "errcode");
    if (!errcode) {
        count("HTTP " + std::to_string(reply.status));
        throw base::ConnectorError("wecom",
                                   "HTTP " + std::to_string(reply.status),
                                   base::Remedy::Retry,
                                   "gettoken did not answer as the platform does");
    }
    count(std::to_string(*errcode));
    const ErrorRule rule = rule_of(static_cast<int>(*errcode));
    if (rule.reaction != Reaction::None) {
        throw base::ConnectorError("wecom",
                                   "errcode " + std::to_string(*errcode),
                                   remedy_of(rule.reaction),
                                   "gettoken: " + describe(rule));
    }
    const seconds valid{integer_of(body, "expires_in").value_or(0)};
    std::string text = text_of(body, "access_token");
    if (text.empty()) {
        throw base::ConnectorError(
            "wecom", "gettoken", base::Remedy::Retry, "gettoken answered without a token");
    }
    return {base::Secret(std::move(text)), asked_at, asked_at + valid};
}

void TokenOwner::count(const std::string& errcode) const {
    if (metrics_ != nullptr) {
        metrics_->wecom_calls.Add({{"api", "gettoken"}, {"errcode", errcode}}).Increment();
    }
}

seconds TokenOwner::pause_after(const base::ConnectorError& error) const {
    if (error.code() == "errcode " + std::to_string(kFrequencyLimit)) {
        return failures_ <= 1 ? kShortBlock : kLongBlock;
    }
    if (error.remedy() == base::Remedy::Stop) {
        return kPauseAfterWrongSetting;
    }
    // 1, 2, 4 … 256, 300 seconds: about 20 tries in the first hour of an outage, 12 in the next.
    const int doublings = std::min(failures_ - 1, 9);
    return std::min(seconds(1LL << doublings), kMostPause);
}

void TokenOwner::note_failure(const base::ConnectorError& error) {
    ++failures_;
    last_failure_ = {error.code(), error.remedy(), error.what()};
    blocked_until_ = clock_.now() + pause_after(error);
}

void TokenOwner::invalidate(const base::Secret& failed) {
    const std::scoped_lock lock(mutex_);
    if (current_ && current_->text.reveal() == failed.reveal()) {
        refused_ = true;
    }
}

void TokenOwner::reset() {
    const std::scoped_lock lock(mutex_);
    failures_ = 0;
    blocked_until_ = base::Timestamp{};
}

base::Timestamp TokenOwner::blocked_until() const {
    const std::scoped_lock lock(mutex_);
    return blocked_until_;
}

}  // namespace hrbridge::wecom
