#include "connectors/wecom/sandbox/card_check.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "connectors/wecom/json.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom::sandbox {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kTextBytes = 2048;
constexpr std::size_t kUrlBytes = 2048;
constexpr std::size_t kTaskIdBytes = 128;
constexpr std::size_t kKeyBytes = 1024;

struct TextRule {
    const char* path;  // JSON pointer
    std::size_t most;  // characters
};

constexpr std::array kCardTexts{TextRule{"/source/desc", 20},
                                TextRule{"/main_title/title", 36},
                                TextRule{"/main_title/desc", 44},
                                TextRule{"/emphasis_content/title", 14},
                                TextRule{"/emphasis_content/desc", 22},
                                TextRule{"/sub_title_text", 160}};

Json at(const Json& json, const std::string& pointer) {
    const Json::json_pointer path(pointer);
    return json.contains(path) ? json.at(path) : Json();
}

Json list_of(const Json& json, const char* key) {
    Json list = at(json, std::string("/") + key);
    return list.is_array() ? list : Json::array();
}

std::optional<Objection> too_long(std::string_view name) {
    return Objection{40058, std::string(name) + " exceeds its length or count"};
}

bool is_task_id(const std::string& id) {
    return !id.empty() && id.size() <= kTaskIdBytes &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '@';
           });
}

bool is_url(const std::string& url) {
    return url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
}

std::optional<Objection> check_lists(const Json& card) {
    const Json details = list_of(card, "horizontal_content_list");
    if (details.size() > 6 || list_of(card, "jump_list").size() > 3) {
        return too_long("horizontal_content_list or jump_list");
    }
    for (const Json& detail : details) {
        if (text_of(detail, "keyname").empty()) {
            return Objection{42033, "missing keyname"};
        }
        if (base::code_points(text_of(detail, "keyname")) > 5 ||
            base::code_points(text_of(detail, "value")) > 30) {
            return too_long("horizontal_content_list");
        }
    }
    return std::nullopt;
}

std::optional<Objection> check_buttons(const Json& card) {
    const Json buttons = list_of(card, "button_list");
    if (buttons.empty()) {
        return Objection{40063, "button_list is empty"};
    }
    if (buttons.size() > 6) {
        return too_long("button_list");
    }
    std::set<std::string> keys;
    for (const Json& button : buttons) {
        const std::string text = text_of(button, "text");
        if (text.empty()) {
            return Objection{40063, "button text is empty"};
        }
        const std::string key = text_of(button, "key");
        if (base::code_points(text) > 10 || key.size() > kKeyBytes) {
            return too_long("button_list");
        }
        const bool opens_url = integer_of(button, "type").value_or(0) == 1;
        if (opens_url ? !is_url(text_of(button, "url")) : key.empty()) {
            return Objection{40035, "a button needs a key or a url"};
        }
        if (!opens_url && !keys.insert(key).second) {
            return Objection{40035, "button keys repeat"};
        }
    }
    return std::nullopt;
}

std::optional<Objection> check_notice(const Json& card) {
    const std::string title = at(card, "/main_title/title").is_string() ? "x" : "";
    if (title.empty() && text_of(card, "sub_title_text").empty()) {
        return Objection{42033, "main_title.title and sub_title_text are both empty"};
    }
    const Json action = at(card, "/card_action");
    const std::int64_t type = integer_of(action, "type").value_or(0);
    if (type != 1 && type != 2) {
        return Objection{40035, "card_action is required"};
    }
    if (type == 1 && !is_url(text_of(action, "url"))) {
        return Objection{40035, "card_action.url is no URL"};
    }
    return std::nullopt;
}

std::optional<Objection> check_text_card(const Json& card) {
    for (const char* key : {"title", "description", "url"}) {
        if (text_of(card, key).empty()) {
            return Objection{std::string_view(key) == "title" ? 41016 : 40063,
                             std::string("missing ") + key};
        }
    }
    // The platform cuts both texts without saying so.
    if (text_of(card, "title").size() > 128 || text_of(card, "description").size() > 512 ||
        text_of(card, "url").size() > kUrlBytes || base::code_points(text_of(card, "btntxt")) > 4) {
        return too_long("textcard");
    }
    return is_url(text_of(card, "url")) ? std::nullopt
                                        : std::optional(Objection{40035, "url has no scheme"});
}

}  // namespace

bool calls_back(const Json& card) {
    const std::string type = text_of(card, "card_type");
    return type == "button_interaction" || type == "vote_interaction" ||
           type == "multiple_interaction" || card.contains("action_menu");
}

std::optional<Objection> check_card(const Json& card) {
    if (!card.is_object()) {
        return Objection{40063, "template_card is empty"};
    }
    const std::string type = text_of(card, "card_type");
    if (card.contains("template_card")) {
        return Objection{41016, "missing title"};
    }
    if (type != "text_notice" && type != "button_interaction") {
        return Objection{40035, "card_type is not one that the sandbox knows"};
    }
    for (const TextRule& rule : kCardTexts) {
        const Json value = at(card, rule.path);
        if (value.is_string() && base::code_points(value.get<std::string>()) > rule.most) {
            return too_long(rule.path);
        }
    }
    if (auto objection = check_lists(card)) {
        return objection;
    }
    const std::string task_id = text_of(card, "task_id");
    const bool needs_task_id = type == "button_interaction" || card.contains("action_menu");
    if ((needs_task_id || !task_id.empty()) && !is_task_id(task_id)) {
        return Objection{40035, "task_id is missing or not made of letters, digits and _-@"};
    }
    if (type == "text_notice") {
        return check_notice(card);
    }
    const Json title = at(card, "/main_title/title");
    if (!title.is_string() || title.get<std::string>().empty()) {
        return Objection{42033, "missing main_title.title"};
    }
    return check_buttons(card);
}

std::optional<Objection> check_content(const Json& message) {
    const std::string type = text_of(message, "msgtype");
    const Json content = message.value(type, Json());
    if (type == "template_card") {
        return check_card(content);
    }
    if (type == "textcard") {
        return check_text_card(content);
    }
    if (type != "text" && type != "markdown") {
        return Objection{40008, "invalid message type"};
    }
    const std::string text = text_of(content, "content");
    if (text.empty()) {
        return Objection{40063, "content is empty"};
    }
    // The platform cuts a text here without saying so.
    if (text.size() > kTextBytes) {
        return Objection{45002, "content exceeds 2048 bytes"};
    }
    return std::nullopt;
}

}  // namespace hrbridge::wecom::sandbox
