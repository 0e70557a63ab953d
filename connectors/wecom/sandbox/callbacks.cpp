#include "connectors/wecom/sandbox/callbacks.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/wecom/crypto.h"
#include "connectors/wecom/http.h"
#include "connectors/wecom/json.h"
#include "connectors/wecom/xml.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom::sandbox {
namespace {

constexpr int kMostDeliveries = 4;
constexpr std::chrono::milliseconds kPatience{5'000};

// What is needed to speak to the callback URL, copied so that nothing is locked meanwhile.
struct Line {
    CallbackTarget target;
    std::string corp_id;
    std::int64_t now = 0;
};

std::optional<Line> line_of(const State& state) {
    if (!state.options.callback) {
        return std::nullopt;
    }
    return Line{*state.options.callback, state.options.corp_id, state.now()};
}

std::optional<MessageCrypto> crypto_of(const Line& line) {
    base::Result<MessageCrypto> crypto =
        MessageCrypto::make(line.target.token, line.target.encoding_aes_key, line.corp_id);
    return crypto ? std::optional(std::move(crypto).value()) : std::nullopt;
}

Http http_of(const Line& line) {
    HttpOptions options;
    options.base_url = line.target.url;
    options.ca_file = line.target.ca_file;
    options.timeout = kPatience;
    return Http(std::move(options));
}

std::string signed_query(const MessageCrypto& crypto, std::int64_t now, const std::string& cipher) {
    const std::string timestamp = std::to_string(now);
    const std::string nonce = base::to_hex(base::random_bytes(8));
    return "?msg_signature=" + crypto.signature(timestamp, nonce, cipher) +
           "&timestamp=" + timestamp + "&nonce=" + nonce;
}

bool has_button(const Delivery& delivery, const std::string& key) {
    const nlohmann::json message = parse_object(delivery.message);
    const nlohmann::json card = message.value("template_card", nlohmann::json::object());
    const nlohmann::json buttons = card.value("button_list", nlohmann::json::array());
    return std::any_of(buttons.begin(), buttons.end(), [&](const nlohmann::json& button) {
        return !key.empty() && text_of(button, "key") == key;
    });
}

std::string event_xml(const State& state,
                      const Delivery& delivery,
                      const std::string& key,
                      const std::string& response_code) {
    const nlohmann::json card = parse_object(delivery.message)["template_card"];
    return "<xml>" + xml_element("ToUserName", state.options.corp_id) +
           xml_element("FromUserName", delivery.userid) + "<CreateTime>" +
           std::to_string(state.now()) + "</CreateTime>" + xml_element("MsgType", "event") +
           xml_element("Event", "template_card_event") + xml_element("EventKey", key) +
           xml_element("TaskId", text_of(card, "task_id")) +
           xml_element("CardType", text_of(card, "card_type")) +
           xml_element("ResponseCode", response_code) + "<AgentID>" +
           std::to_string(state.options.agent_id) + "</AgentID></xml>";
}

// The button text of an encrypted passive reply; empty for none.
std::string passive_update(const MessageCrypto& crypto, const std::string& body) {
    const auto envelope = xml_leaves(base::trim(body));
    if (!envelope || envelope->count("Encrypt") == 0) {
        return "";
    }
    const base::Result<std::string> plain = crypto.decrypt(envelope->at("Encrypt"));
    const auto fields = plain ? xml_leaves(*plain) : std::nullopt;
    if (!fields || fields->count("MsgType") == 0 || fields->at("MsgType") != "update_button") {
        return "";
    }
    const auto name = fields->find("ReplaceName");
    return name == fields->end() ? "" : name->second;
}

void post_event(const Line& line,
                const MessageCrypto& crypto,
                const std::string& event,
                PressResult& result,
                std::string& answer) {
    const std::string cipher = crypto.encrypt(event, base::random_bytes(16));
    result.sent = true;
    result.query = signed_query(crypto, line.now, cipher);
    result.body = "<xml>" + xml_element("ToUserName", line.corp_id) +
                  xml_element("Encrypt", cipher) + "</xml>";
    const Http http = http_of(line);
    while (result.deliveries < kMostDeliveries && result.status != 200) {
        ++result.deliveries;
        try {
            HttpReply reply = http.post(result.query, result.body, "text/xml; charset=utf-8");
            result.status = static_cast<int>(reply.status);
            answer = std::move(reply.body);
        } catch (const HttpError&) {
            result.status = 0;
        }
    }
}

}  // namespace

PressResult press_button(State& state, std::int64_t delivery, const std::string& key) {
    PressResult result;
    std::optional<Line> line;
    std::string event;
    {
        const std::scoped_lock lock(state.mutex);
        const Delivery* pressed = state.find_delivery(delivery);
        line = line_of(state);
        if (!line || pressed == nullptr || !pressed->replaced_by.empty() ||
            !has_button(*pressed, key)) {
            return result;
        }
        event = event_xml(state, *pressed, key, state.new_response_code(delivery));
    }
    const std::optional<MessageCrypto> crypto = crypto_of(*line);
    if (!crypto) {
        return result;
    }
    std::string answer;
    post_event(*line, *crypto, event, result, answer);
    const std::string replace_name = result.status == 200 ? passive_update(*crypto, answer) : "";
    if (!replace_name.empty()) {
        const std::scoped_lock lock(state.mutex);
        if (Delivery* pressed = state.find_delivery(delivery)) {
            pressed->replaced_by = replace_name;
            state.keep(*pressed);
        }
    }
    return result;
}

bool verify_callback_url(State& state) {
    std::optional<Line> line;
    {
        const std::scoped_lock lock(state.mutex);
        line = line_of(state);
    }
    const std::optional<MessageCrypto> crypto = line ? crypto_of(*line) : std::nullopt;
    if (!crypto) {
        return false;
    }
    const std::string text = base::random_id();
    const std::string cipher = crypto->encrypt(text, base::random_bytes(16));
    try {
        const HttpReply reply = http_of(*line).get(signed_query(*crypto, line->now, cipher) +
                                                   "&echostr=" + url_encode(cipher));
        return reply.status == 200 && reply.body == text;
    } catch (const HttpError&) {
        return false;
    }
}

}  // namespace hrbridge::wecom::sandbox
