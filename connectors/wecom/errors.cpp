#include "connectors/wecom/errors.h"

#include <algorithm>
#include <array>

namespace hrbridge::wecom {
namespace {

constexpr std::string_view kSecret =
    "check the app's corp id and secret (console: 应用管理 > the app > Secret)";
constexpr std::string_view kTemplate = "the message is malformed or too long; correct its template";
constexpr std::string_view kScope =
    "the person is outside the app's visible range (可见范围); enlarge it or map the person anew";
constexpr std::string_view kDomain =
    "check the app's trusted domain (网页授权及JS-SDK 可信域名) and its filing";
constexpr std::string_view kAgent =
    "the agent id does not belong to the secret; check wecom.agent_id";
constexpr std::string_view kCheckin =
    "the check-in request is wrong: 1 to 100 people and at most 30 days a call";

constexpr std::array kRules{
    ErrorRule{-1, Reaction::RetrySoon, "the platform is busy"},
    ErrorRule{0, Reaction::None, "accepted"},
    ErrorRule{6000, Reaction::RetryLater, "concurrent change on the platform"},
    ErrorRule{40001, Reaction::Halt, kSecret},
    ErrorRule{40003, Reaction::DeadReceiver, "the userid is not valid; map the person anew"},
    ErrorRule{40008, Reaction::DeadMessage, kTemplate},
    ErrorRule{40013, Reaction::Halt, kSecret},
    ErrorRule{40014, Reaction::RefreshToken, "the access token is not valid"},
    ErrorRule{40029, Reaction::RestartLogin, "the login code is spent or older than 5 minutes"},
    ErrorRule{40033, Reaction::DeadMessage, "the message holds characters that are not allowed"},
    ErrorRule{40035, Reaction::DeadMessage, kTemplate},
    ErrorRule{40056, Reaction::Halt, kAgent},
    ErrorRule{40058, Reaction::DeadMessage, kTemplate},
    ErrorRule{40063, Reaction::DeadMessage, kTemplate},
    ErrorRule{40091, Reaction::Halt, kSecret},
    ErrorRule{
        40093, Reaction::RebuildPage, "the JS-SDK signature is wrong; sign the URL without #"},
    ErrorRule{41001, Reaction::Halt, "the access token is missing: a defect of this program"},
    ErrorRule{41016, Reaction::DeadMessage, kTemplate},
    ErrorRule{42001, Reaction::RefreshToken, "the access token has expired"},
    ErrorRule{42012, Reaction::RebuildPage, "corp ticket and app ticket are mixed up"},
    ErrorRule{42033, Reaction::DeadMessage, kTemplate},
    ErrorRule{43004, Reaction::DeadReceiver, "the person has not activated WeCom; use another way"},
    ErrorRule{43012,
              Reaction::Halt,
              "the app has no callback URL, so cards with buttons cannot be sent; set it in the "
              "console (接收消息 > 设置API接收)"},
    ErrorRule{45002, Reaction::DeadMessage, kTemplate},
    ErrorRule{45009,
              Reaction::BackOff,
              "frequency limit; some blocks can be lifted with the console's self-service tool"},
    ErrorRule{45029, Reaction::SplitRequest, "the answer is too large; ask for less at once"},
    ErrorRule{45033, Reaction::RetryLater, "too many calls in parallel"},
    ErrorRule{48002,
              Reaction::Halt,
              "the app may not call this API; add it under the system app's 可调用接口的应用"},
    ErrorRule{48006, Reaction::Halt, "the permission was withdrawn after long disuse; renew it"},
    ErrorRule{50001, Reaction::Halt, kDomain},
    ErrorRule{50002, Reaction::DeadReceiver, kScope},
    ErrorRule{50003, Reaction::Halt, "the app is disabled in the console; enable it"},
    ErrorRule{60011, Reaction::DeadReceiver, kScope},
    ErrorRule{60020,
              Reaction::Halt,
              "this machine's address is not among the app's trusted addresses (企业可信IP); add "
              "the public address by which it leaves, then wait a minute"},
    ErrorRule{60021, Reaction::DeadReceiver, kScope},
    ErrorRule{60111, Reaction::DeadReceiver, "the userid is not in the directory; map it anew"},
    ErrorRule{80001, Reaction::Halt, kDomain},
    ErrorRule{81013, Reaction::DeadReceiver, "no receiver is valid and visible to the app"},
    ErrorRule{82001, Reaction::DeadMessage, "the message names no receiver"},
    ErrorRule{82002, Reaction::DeadMessage, "the message names too many departments"},
    ErrorRule{82003, Reaction::DeadMessage, "the message names too many tags"},
    ErrorRule{85005, Reaction::Halt, kDomain},
    ErrorRule{93000, Reaction::Halt, "the group robot was removed; make a new one"},
    ErrorRule{301002, Reaction::Halt, kAgent},
    ErrorRule{301023, Reaction::SplitRequest, kCheckin},
    ErrorRule{301024, Reaction::SplitRequest, kCheckin},
    ErrorRule{301025, Reaction::SplitRequest, kCheckin},
    ErrorRule{301055, Reaction::Halt, "the app has no right on approvals; grant it in the console"},
};

}  // namespace

std::span<const ErrorRule> error_rules() {
    return kRules;
}

ErrorRule rule_of(int errcode) {
    const auto* found = std::find_if(kRules.begin(), kRules.end(), [&](const ErrorRule& rule) {
        return rule.errcode == errcode;
    });
    if (found == kRules.end()) {
        return {errcode, Reaction::Unlisted, "look it up in the platform's error code page"};
    }
    return *found;
}

base::Remedy remedy_of(Reaction reaction) {
    switch (reaction) {
        case Reaction::None:
        case Reaction::RetrySoon:
        case Reaction::RetryLater:
        case Reaction::RefreshToken:
        case Reaction::BackOff:
        case Reaction::Unlisted:
            return base::Remedy::Retry;
        case Reaction::Halt:
        case Reaction::RebuildPage:
        case Reaction::SplitRequest:
            return base::Remedy::Stop;
        case Reaction::DeadReceiver:
        case Reaction::DeadMessage:
        case Reaction::RestartLogin:
            return base::Remedy::Row;
    }
    return base::Remedy::Stop;
}

std::string describe(const ErrorRule& rule) {
    return "errcode " + std::to_string(rule.errcode) + ": " + std::string(rule.advice);
}

}  // namespace hrbridge::wecom
