#include "connectors/wecom/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "connectors/wecom/json.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using connectors::SendOutcome;
using Kind = connectors::SendOutcome::Kind;
using std::chrono::seconds;

constexpr std::int64_t kHaltSeconds = 900;
constexpr seconds kShortBlock{60};
constexpr seconds kLongBlock{3600};

SendOutcome make(Kind kind, std::string code, std::string error, std::int64_t wait = 0) {
    SendOutcome outcome;
    outcome.kind = kind;
    outcome.code = std::move(code);
    outcome.error = std::move(error);
    outcome.wait_seconds = wait;
    return outcome;
}

// A matter of the moment, not of the message: it waits as long as that takes.
SendOutcome put_off(std::string code, std::string error, std::int64_t wait) {
    SendOutcome outcome = make(Kind::Retry, std::move(code), std::move(error), wait);
    outcome.counts = false;
    return outcome;
}

bool contains(const std::vector<std::string>& ids, const std::string& receiver) {
    return std::find(ids.begin(), ids.end(), base::to_lower_ascii(receiver)) != ids.end();
}

}  // namespace

SendOutcome WecomSender::send(const std::string& request, const std::string& receiver) {
    if (const std::int64_t wait = breaker_seconds(); wait > 0) {
        return put_off("breaker", "waiting after the platform's frequency limit", wait);
    }
    if (const seconds wait = limiter_.admit(receiver); wait.count() > 0) {
        return put_off("limit", "held back under the platform's message limits", wait.count());
    }
    try {
        return outcome_of(client_.post("message/send", request), receiver);
    } catch (const HttpError& error) {
        if (error.sent()) {
            return make(Kind::Unknown, error.code(), error.what());
        }
        limiter_.take_back(receiver);
        const bool wrong_setting = error.remedy() == base::Remedy::Stop;
        return make(wrong_setting ? Kind::Halt : Kind::Retry,
                    error.code(),
                    error.what(),
                    wrong_setting ? kHaltSeconds : 0);
    } catch (const base::ConnectorError& error) {
        limiter_.take_back(receiver);
        if (error.remedy() == base::Remedy::Stop) {
            return make(Kind::Halt, error.code(), error.what(), kHaltSeconds);
        }
        return put_off(error.code(), error.what(), 0);
    }
}

SendOutcome WecomSender::outcome_of(const Reply& reply, const std::string& receiver) {
    const ErrorRule rule = rule_of(reply.errcode);
    if (rule.reaction != Reaction::None) {
        return refused(rule);
    }
    close_breaker();
    // errcode 0 is said even when a part of the receivers was refused.
    const nlohmann::json body = parse_object(reply.body);
    if (contains(id_list(body, "invaliduser"), receiver)) {
        return make(Kind::Dead, "invaliduser", std::string(rule_of(60111).advice));
    }
    if (contains(id_list(body, "unlicenseduser"), receiver)) {
        return make(Kind::Dead,
                    "unlicenseduser",
                    "the person has no licence of the basic interface; assign one in the console");
    }
    SendOutcome sent = make(Kind::Sent, "0", "");
    if (std::string id = text_of(body, "msgid"); !id.empty()) {
        sent.message_id = std::move(id);
    }
    if (std::string code = text_of(body, "response_code"); !code.empty()) {
        sent.response_code = std::move(code);
    }
    return sent;
}

SendOutcome WecomSender::refused(const ErrorRule& rule) {
    std::string code = std::to_string(rule.errcode);
    std::string error = describe(rule);
    switch (rule.reaction) {
        case Reaction::BackOff:
            return put_off(std::move(code), std::move(error), open_breaker());
        case Reaction::RetrySoon:
        case Reaction::RefreshToken:
        case Reaction::Unlisted:
            return make(Kind::Retry, std::move(code), std::move(error));
        case Reaction::RetryLater:
            return put_off(std::move(code), std::move(error), 0);
        case Reaction::Halt:
            return make(Kind::Halt, std::move(code), std::move(error), kHaltSeconds);
        case Reaction::None:
        case Reaction::DeadReceiver:
        case Reaction::DeadMessage:
        case Reaction::RestartLogin:
        case Reaction::RebuildPage:
        case Reaction::SplitRequest:
            return make(Kind::Dead, std::move(code), std::move(error));
    }
    return make(Kind::Dead, std::move(code), std::move(error));
}

std::int64_t WecomSender::open_breaker() {
    const std::scoped_lock lock(mutex_);
    const seconds pause = frequency_errors_ == 0 ? kShortBlock : kLongBlock;
    ++frequency_errors_;
    blocked_until_ = clock_.now() + pause;
    return pause.count();
}

std::int64_t WecomSender::breaker_seconds() {
    const std::scoped_lock lock(mutex_);
    return std::chrono::ceil<seconds>(blocked_until_ - clock_.now()).count();
}

void WecomSender::close_breaker() {
    const std::scoped_lock lock(mutex_);
    frequency_errors_ = 0;
}

}  // namespace hrbridge::wecom
