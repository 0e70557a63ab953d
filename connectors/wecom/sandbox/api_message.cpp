#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/wecom/json.h"
#include "connectors/wecom/sandbox/api.h"
#include "connectors/wecom/sandbox/card_check.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom::sandbox {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostReceivers = 1000;
constexpr std::size_t kMostUseridBytes = 64;
constexpr std::int64_t kLongestCheck = 14'400;
constexpr std::int64_t kDefaultCheck = 1800;
constexpr std::size_t kMemberMinute = 30;
constexpr std::size_t kMemberHour = 1000;
constexpr std::int64_t kSendsPerAccount = 200;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kRecallSeconds = kDaySeconds;
constexpr std::int64_t kPlatformOffset = 8 * 3600;

struct Receivers {
    std::vector<std::string> good;
    std::vector<std::string> invalid;
    std::vector<std::string> unlicensed;
    bool inactive = false;  // one of them has not activated WeCom
};

std::string joined(const std::vector<std::string>& ids) {
    std::string text;
    for (const std::string& id : ids) {
        text += (text.empty() ? "" : "|") + id;
    }
    return text;
}

Receivers sort_out(const State& state, const std::string& touser) {
    Receivers receivers;
    if (touser == "@all") {
        for (const Person& person : state.options.people) {
            if (person.visible && person.licensed && person.active) {
                receivers.good.push_back(person.userid);
            }
        }
        return receivers;
    }
    for (const std::string_view part : base::split(touser, '|')) {
        const Person* person = state.find_person(std::string(part));
        if (person == nullptr || !person->visible) {
            receivers.invalid.push_back(base::to_lower_ascii(part));
        } else if (!person->licensed) {
            receivers.unlicensed.push_back(base::to_lower_ascii(part));
        } else if (!person->active) {
            receivers.inactive = true;
        } else {
            receivers.good.push_back(person->userid);
        }
    }
    return receivers;
}

std::optional<Response> check_receivers(const Json& message) {
    const std::string touser = text_of(message, "touser");
    const bool strings = !message.contains("touser") || message["touser"].is_string();
    if (!strings) {
        return refusal(40035, "touser must be a string");
    }
    if (touser.empty() && text_of(message, "toparty").empty() &&
        text_of(message, "totag").empty()) {
        return refusal(82001, "all receivers are empty");
    }
    const std::vector<std::string_view> parts = base::split(touser, '|');
    if (parts.size() > kMostReceivers) {
        return refusal(40058, "touser exceeds 1000");
    }
    const auto too_long = [](std::string_view id) { return id.size() > kMostUseridBytes; };
    if (std::any_of(parts.begin(), parts.end(), too_long)) {
        return refusal(40003, "invalid userid");
    }
    return std::nullopt;
}

std::optional<Response> check_message(const State& state, const Json& message) {
    if (const auto agent = integer_of(message, "agentid"); agent != state.options.agent_id) {
        return refusal(40056, "invalid agentid");
    }
    if (std::optional<Response> refused = check_receivers(message)) {
        return refused;
    }
    if (std::optional<Objection> objection = check_content(message)) {
        return refusal(objection->errcode, objection->what);
    }
    const Json card = message.value("template_card", Json());
    if (card.is_object() && calls_back(card) && !state.options.callback) {
        return refusal(43012, "require agent with callback url");
    }
    return std::nullopt;
}

// Over a member's rate the platform drops the message and says nothing.
bool over_rate(State& state, const std::string& userid) {
    std::deque<std::int64_t>& sends = state.member_sends[userid];
    const std::int64_t now = state.now();
    while (!sends.empty() && sends.front() <= now - 3600) {
        sends.pop_front();
    }
    const auto in_minute =
        std::count_if(sends.begin(), sends.end(), [&](std::int64_t at) { return at > now - 60; });
    if (sends.size() >= kMemberHour || static_cast<std::size_t>(in_minute) >= kMemberMinute) {
        return true;
    }
    sends.push_back(now);
    return false;
}

bool over_day(State& state, std::size_t persons) {
    const std::int64_t day = (state.now() + kPlatformOffset) / kDaySeconds;
    if (day != state.day) {
        state.day = day;
        state.sent_on_day = 0;
    }
    const auto more = static_cast<std::int64_t>(persons);
    if (state.sent_on_day + more > state.options.account_cap * kSendsPerAccount) {
        return true;
    }
    state.sent_on_day += more;
    return false;
}

std::string deliver(State& state,
                    const Json& message,
                    const Request& request,
                    const Receivers& receivers) {
    const Json card = message.value("template_card", Json());
    const std::string msgid = state.new_id("msg-");
    std::string code;
    for (const std::string& userid : receivers.good) {
        if (over_rate(state, userid)) {
            ++state.counters.dropped;
            continue;
        }
        Delivery delivery;
        delivery.id = static_cast<std::int64_t>(state.deliveries.size()) + 1;
        delivery.userid = userid;
        delivery.msgid = msgid;
        delivery.message = request.body;
        delivery.at = state.now();
        if (card.is_object() && calls_back(card)) {
            if (code.empty()) {
                code = state.new_response_code(delivery.id);
            } else {
                state.response_codes[code].deliveries.push_back(delivery.id);
            }
            delivery.response_code = code;
        }
        state.keep(delivery);
        state.deliveries.push_back(std::move(delivery));
    }
    nlohmann::ordered_json reply;
    reply["errcode"] = 0;
    reply["errmsg"] = "ok";
    reply["invaliduser"] = joined(receivers.invalid);
    if (!receivers.unlicensed.empty()) {
        reply["unlicenseduser"] = joined(receivers.unlicensed);
    }
    reply["msgid"] = msgid;
    if (!code.empty()) {
        reply["response_code"] = code;
    }
    return reply.dump();
}

std::optional<Response> check_task_id(State& state, const Json& message) {
    const Json card = message.value("template_card", Json());
    const std::string task_id = text_of(card, "task_id");
    if (!task_id.empty() && !state.task_ids.insert(task_id).second) {
        return refusal(40035, "task_id was used before in this app");
    }
    return std::nullopt;
}

std::optional<Response> parse(const Request& request, Json& message) {
    if (has_unicode_escapes(request.body)) {
        return refusal(40033, "invalid character: \\u escapes are not allowed");
    }
    message = parse_object(request.body);
    if (message.is_discarded()) {
        return refusal(40035, "the body is no JSON object");
    }
    return std::nullopt;
}

Response ok(std::string body) {
    Response response;
    response.body = std::move(body);
    return response;
}

}  // namespace

Response send_message(State& state, const Request& request) {
    Json message;
    if (std::optional<Response> refused = parse(request, message)) {
        return *refused;
    }
    if (std::optional<Response> refused = check_message(state, message)) {
        return *refused;
    }
    ++state.counters.sends;
    const bool checked = integer_of(message, "enable_duplicate_check").value_or(0) == 1;
    const std::int64_t span =
        integer_of(message, "duplicate_check_interval").value_or(kDefaultCheck);
    if (checked && (span < 1 || span > kLongestCheck)) {
        return refusal(40035, "duplicate_check_interval is longer than 4 hours");
    }
    const std::string digest = base::sha256(request.body);
    if (const auto same = state.sent.find(digest);
        checked && same != state.sent.end() && same->second.until > state.now()) {
        ++state.counters.duplicates;
        return ok(same->second.reply);
    }
    const Receivers receivers = sort_out(state, text_of(message, "touser"));
    if (receivers.good.empty() && receivers.unlicensed.empty()) {
        return receivers.inactive ? refusal(43004, "require follow")
                                  : refusal(81013, "user & party & tag all invalid");
    }
    if (std::optional<Response> refused = check_task_id(state, message)) {
        return *refused;
    }
    if (over_day(state, receivers.good.size())) {
        return refusal(45009, "api freq out of limit");
    }
    const std::string reply = deliver(state, message, request, receivers);
    state.sent[digest] = {state.now() + span, reply};
    return ok(reply);
}

Response update_card(State& state, const Request& request) {
    Json body;
    if (std::optional<Response> refused = parse(request, body)) {
        return *refused;
    }
    if (body.contains("msgtype")) {
        return refusal(40008, "invalid message type");
    }
    if (integer_of(body, "agentid") != state.options.agent_id) {
        return refusal(40056, "invalid agentid");
    }
    const auto code = state.response_codes.find(text_of(body, "response_code"));
    if (code == state.response_codes.end() || code->second.valid_until <= state.now()) {
        return refusal(40035, "response_code is unknown, spent or older than 72 hours");
    }
    const std::string replace_name = text_of(body.value("button", Json()), "replace_name");
    if (replace_name.empty() == !body.contains("template_card")) {
        return refusal(40035, "either button.replace_name or template_card is required");
    }
    if (body.contains("template_card")) {
        if (std::optional<Objection> objection = check_card(body["template_card"])) {
            return refusal(objection->errcode, objection->what);
        }
    }
    std::vector<std::string> invalid;
    for (const std::string& userid : id_list(body, "userids")) {
        bool updated = false;
        for (const std::int64_t id : code->second.deliveries) {
            Delivery* delivery = state.find_delivery(id);
            if (delivery != nullptr && base::to_lower_ascii(delivery->userid) == userid) {
                delivery->replaced_by = replace_name.empty() ? "已更新" : replace_name;
                state.keep(*delivery);
                updated = true;
            }
        }
        if (!updated) {
            invalid.push_back(userid);
        }
    }
    state.response_codes.erase(code);
    return ok(Json{{"errcode", 0}, {"errmsg", "ok"}, {"invaliduser", invalid}}.dump());
}

Response recall_message(State& state, const Request& request) {
    const std::string msgid = text_of(parse_object(request.body), "msgid");
    bool found = false;
    for (Delivery& delivery : state.deliveries) {
        if (delivery.msgid == msgid && delivery.at > state.now() - kRecallSeconds) {
            delivery.replaced_by = "已撤回";
            state.keep(delivery);
            found = true;
        }
    }
    return found ? ok(R"({"errcode":0,"errmsg":"ok"})") : refusal(40035, "invalid msgid");
}

}  // namespace hrbridge::wecom::sandbox
