#include "connectors/wecom/callback.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "connectors/wecom/json.h"
#include "connectors/wecom/xml.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using Fields = std::map<std::string, std::string>;

constexpr std::size_t kMostQueryBytes = 4096;
constexpr std::size_t kTimestampDigits = 10;  // until the year 2286
constexpr std::size_t kMostEchoBytes = 64;

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) {
        return std::nullopt;
    }
    return value;
}

std::int64_t unix_seconds(base::Timestamp at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// What the platform sends is a number. Anything longer or richer may be a callback that somebody
// captured and wants to have deciphered: its signature fits as an echo too.
bool is_echo(std::string_view text) {
    return !text.empty() && text.size() <= kMostEchoBytes &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

bool looks_like_json(std::string_view text) {
    const std::string_view trimmed = base::trim(text);
    return !trimmed.empty() && trimmed.front() == '{';
}

void collect_leaves(const nlohmann::json& value, const std::string& name, Fields& fields) {
    if (value.is_object()) {
        for (const auto& [key, child] : value.items()) {
            collect_leaves(child, key, fields);
        }
    } else if (value.is_array()) {
        for (const nlohmann::json& child : value) {
            collect_leaves(child, name, fields);
        }
    } else if (value.is_string()) {
        fields.emplace(name, value.get<std::string>());
    } else if (value.is_number_integer()) {
        fields.emplace(name, value.dump());
    }
}

// nlohmann's parser keeps its own stack, but walking and freeing the value does not.
bool nests_too_deep(std::string_view json) {
    constexpr int kMostDepth = 64;
    int depth = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_text = false;
            }
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMostDepth) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

std::optional<Fields> leaves(std::string_view text) {
    if (!looks_like_json(text)) {
        return xml_leaves(base::trim(text));
    }
    if (nests_too_deep(text)) {
        return std::nullopt;
    }
    const nlohmann::json object = parse_object(text);
    if (object.is_discarded()) {
        return std::nullopt;
    }
    Fields fields;
    collect_leaves(object, "", fields);
    return fields;
}

std::string take(const Fields& fields, std::string_view name) {
    const auto found = fields.find(std::string(name));
    return found == fields.end() ? std::string() : found->second;
}

std::string first_of(const Fields& fields, std::string_view name, std::string_view other) {
    const std::string value = take(fields, name);
    return value.empty() ? take(fields, other) : value;
}

// Each part with its length, so that two different lists of parts never read the same.
void add_part(std::string& key, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        key += std::string(name) + ":" + std::to_string(value.size()) + ":" + std::string(value);
    }
}

// Events whose own numbers name the happening; all others are told apart by their whole text,
// which holds sender and second as well.
std::string dedupe_key(const CallbackEvent& event) {
    if (const std::string id = take(event.fields, "MsgId"); !id.empty()) {
        return "message/" + id;
    }
    std::string key;
    if (event.event == "template_card_event" || event.event == "template_card_menu_event") {
        constexpr std::array<std::string_view, 3> kNames{"TaskId", "EventKey", "ResponseCode"};
        for (const std::string_view name : kNames) {
            add_part(key, name, take(event.fields, name));
        }
        add_part(key, "FromUserName", event.from_user);
    }
    if (take(event.fields, "ResponseCode").empty() || key.empty()) {
        key = base::to_hex(base::sha256(event.plaintext));
    }
    return (event.event.empty() ? event.message_type : event.event) + "/" + key;
}

CallbackVerdict refuse(CallbackRefusal refusal) {
    return {std::nullopt, refusal, std::nullopt};
}

std::string seen_key(const CallbackQuery& query) {
    return query.msg_signature + "/" + query.timestamp + "/" + query.nonce;
}

bool too_long(const CallbackQuery& query) {
    return query.msg_signature.size() + query.timestamp.size() + query.nonce.size() +
               query.echostr.size() >
           kMostQueryBytes;
}

}  // namespace

int http_status(CallbackRefusal refusal) {
    switch (refusal) {
        case CallbackRefusal::Malformed:
            return 400;
        case CallbackRefusal::Forged:
        case CallbackRefusal::Stale:
        case CallbackRefusal::OtherCorp:
            return 403;
        case CallbackRefusal::Replayed:
            return 200;
    }
    return 400;
}

std::string_view to_string(CallbackRefusal refusal) {
    switch (refusal) {
        case CallbackRefusal::Malformed:
            return "malformed";
        case CallbackRefusal::Forged:
            return "forged";
        case CallbackRefusal::Stale:
            return "stale";
        case CallbackRefusal::Replayed:
            return "replayed";
        case CallbackRefusal::OtherCorp:
            return "other corp";
    }
    return "malformed";
}

bool ReplayGuard::seen(const CallbackQuery& query) const {
    const std::scoped_lock lock(mutex_);
    return seen_.count(seen_key(query)) > 0;
}

void ReplayGuard::remember(const CallbackQuery& query, std::int64_t forget_after) {
    const std::scoped_lock lock(mutex_);
    if (seen_.insert(seen_key(query)).second) {
        by_end_.emplace(forget_after, seen_key(query));
    }
}

void ReplayGuard::forget(std::int64_t now) {
    const std::scoped_lock lock(mutex_);
    const auto end = by_end_.lower_bound(now);
    for (auto it = by_end_.begin(); it != end; ++it) {
        seen_.erase(it->second);
    }
    by_end_.erase(by_end_.begin(), end);
}

std::optional<CallbackEvent> parse_event(std::string_view plaintext) {
    const std::optional<Fields> fields = leaves(plaintext);
    if (!fields) {
        return std::nullopt;
    }
    CallbackEvent event;
    event.plaintext = plaintext;
    event.fields = *fields;
    event.message_type = first_of(*fields, "MsgType", "msgtype");
    event.event = first_of(*fields, "Event", "event");
    event.from_user = first_of(*fields, "FromUserName", "fromusername");
    event.agent_id = to_integer(first_of(*fields, "AgentID", "agentid")).value_or(0);
    event.created = to_integer(first_of(*fields, "CreateTime", "createtime"));
    event.dedupe_key = dedupe_key(event);
    return event;
}

// The signature sorts and joins its parts, so that digits may wander between them: only the one
// form that the platform writes is taken.
bool CallbackReceiver::fresh(const std::string& timestamp) const {
    if (timestamp.size() != kTimestampDigits ||
        !std::all_of(timestamp.begin(), timestamp.end(), is_digit)) {
        return false;
    }
    const std::int64_t at = to_integer(timestamp).value_or(0);
    const std::int64_t now = unix_seconds(clock_.now());
    return at >= now - options_.window.count() && at <= now + options_.window.count();
}

// The time inside the message, which nobody without the key can change: a captured one whose
// timestamp and nonce changed places has a signature that fits, and ends here.
bool CallbackReceiver::young(std::int64_t created) const {
    const std::int64_t now = unix_seconds(clock_.now());
    return created >= now - options_.longest_delay.count() &&
           created <= now + options_.window.count();
}

base::Result<std::string> CallbackReceiver::verify_url(const CallbackQuery& query) const {
    if (query.echostr.empty() || too_long(query)) {
        return base::Fault{"callback", "is not the platform's URL check"};
    }
    if (!crypto_.verify(query.msg_signature, query.timestamp, query.nonce, query.echostr)) {
        return base::Fault{"callback", "the signature does not fit: Token mismatch"};
    }
    if (!fresh(query.timestamp)) {
        return base::Fault{"callback", "the timestamp is stale: check this machine's clock"};
    }
    base::Result<std::string> echo = crypto_.decrypt(query.echostr);
    if (echo && !is_echo(*echo)) {
        return base::Fault{"callback", "what it asks to decipher is no echo of the platform"};
    }
    return echo;
}

CallbackVerdict CallbackReceiver::receive(const CallbackQuery& query, std::string_view body) const {
    if (body.size() > options_.most_bytes || too_long(query)) {
        return refuse(CallbackRefusal::Malformed);
    }
    const std::optional<Fields> envelope = leaves(body);
    const std::string encrypted = envelope ? first_of(*envelope, "Encrypt", "encrypt") : "";
    if (encrypted.empty()) {
        return refuse(CallbackRefusal::Malformed);
    }
    if (!crypto_.verify(query.msg_signature, query.timestamp, query.nonce, encrypted)) {
        return refuse(CallbackRefusal::Forged);
    }
    if (!fresh(query.timestamp)) {
        return refuse(CallbackRefusal::Stale);
    }
    const base::Result<std::string> plain = crypto_.decrypt(encrypted);
    if (!plain) {
        return refuse(CallbackRefusal::OtherCorp);
    }
    std::optional<CallbackEvent> event = parse_event(*plain);
    if (!event) {
        return refuse(CallbackRefusal::Malformed);
    }
    if (!event->created) {
        return refuse(CallbackRefusal::Malformed);
    }
    if (!young(*event->created)) {
        return refuse(CallbackRefusal::Stale);
    }
    if (guard_.seen(query)) {
        return {std::nullopt, CallbackRefusal::Replayed, std::move(event)};
    }
    return {std::move(event), CallbackRefusal::Malformed, std::nullopt};
}

void CallbackReceiver::accepted(const CallbackQuery& query) {
    const std::int64_t now = unix_seconds(clock_.now());
    guard_.forget(now);
    guard_.remember(query, to_integer(query.timestamp).value_or(now) + options_.window.count());
}

std::string CallbackReceiver::reply(std::string_view plaintext, const RandomSource& random) const {
    const std::string timestamp = std::to_string(unix_seconds(clock_.now()));
    const std::string nonce = base::to_hex(random(8));
    const std::string encrypted = crypto_.encrypt(plaintext, random(16));
    const std::string signature = crypto_.signature(timestamp, nonce, encrypted);
    return "<xml>" + xml_element("Encrypt", encrypted) + xml_element("MsgSignature", signature) +
           "<TimeStamp>" + timestamp + "</TimeStamp>" + xml_element("Nonce", nonce) + "</xml>";
}

std::string CallbackReceiver::button_reply(const CallbackEvent& pressed,
                                           std::string_view text,
                                           const RandomSource& random) const {
    return reply("<xml>" + xml_element("ToUserName", pressed.from_user) +
                     xml_element("FromUserName", crypto_.receive_id()) + "<CreateTime>" +
                     std::to_string(unix_seconds(clock_.now())) + "</CreateTime>" +
                     xml_element("MsgType", "update_button") + "<Button>" +
                     xml_element("ReplaceName", text) + "</Button></xml>",
                 random);
}

}  // namespace hrbridge::wecom
