#include "connectors/wecom/messages.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using Json = nlohmann::ordered_json;

enum class Unit { Bytes, Characters };

struct Limit {
    std::size_t least;
    std::size_t most;
    Unit unit;
};

constexpr Limit kUserid{1, 64, Unit::Bytes};
constexpr Limit kText{1, 2048, Unit::Bytes};
constexpr Limit kTextCardTitle{1, 128, Unit::Bytes};
constexpr Limit kTextCardDescription{1, 512, Unit::Bytes};
constexpr Limit kUrl{1, 2048, Unit::Bytes};
constexpr Limit kTextCardButton{0, 4, Unit::Characters};
constexpr Limit kSource{0, 20, Unit::Characters};
constexpr Limit kTitle{1, 36, Unit::Characters};
constexpr Limit kDescription{0, 44, Unit::Characters};
constexpr Limit kSubTitle{0, 160, Unit::Characters};
constexpr Limit kEmphasis{0, 14, Unit::Characters};
constexpr Limit kEmphasisDescription{0, 22, Unit::Characters};
constexpr Limit kDetailName{1, 5, Unit::Characters};
constexpr Limit kDetailValue{0, 30, Unit::Characters};
constexpr Limit kButtonText{1, 10, Unit::Characters};
constexpr Limit kButtonKey{0, 1024, Unit::Bytes};
constexpr Limit kTaskId{1, 128, Unit::Bytes};
constexpr Limit kResponseCode{1, 512, Unit::Bytes};
constexpr std::size_t kMostDetails = 6;
constexpr std::size_t kMostButtons = 6;
constexpr int kMostStyle = 4;

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20U || c == '\n';
}

// Keeps the first thing that is wrong.
class Checker {
  public:
    void text(std::string_view name, const std::string& value, Limit limit) {
        if (!base::is_valid_utf8(value)) {
            return refuse(name, "is not valid UTF-8");
        }
        if (!std::all_of(value.begin(), value.end(), is_plain)) {
            return refuse(name, "holds control characters, which the platform refuses");
        }
        const std::size_t size =
            limit.unit == Unit::Bytes ? value.size() : base::code_points(value);
        if (size < limit.least || size > limit.most) {
            refuse(name,
                   "must have " + std::to_string(limit.least) + " to " +
                       std::to_string(limit.most) +
                       (limit.unit == Unit::Bytes ? " bytes, has " : " characters, has ") +
                       std::to_string(size));
        }
    }
    void require(bool holds, std::string_view name, const std::string& what) {
        if (!holds) {
            refuse(name, what);
        }
    }
    void url(std::string_view name, const std::string& value) {
        text(name, value, kUrl);
        const std::string_view view = value;
        require(view.substr(0, 8) == "https://" || view.substr(0, 7) == "http://",
                name,
                "must start with https:// or http://");
    }
    void addressee(const Addressee& to) {
        text("userid", to.userid, kUserid);
        require(to.userid.find('|') == std::string::npos && to.userid != "@all",
                "userid",
                "must name one person");
        require(to.agent_id > 0, "agent_id", "must be the app's AgentId");
    }
    const std::optional<base::Fault>& fault() const { return fault_; }

  private:
    void refuse(std::string_view name, const std::string& what) {
        if (!fault_) {
            fault_ = base::Fault{"message." + std::string(name), what};
        }
    }
    std::optional<base::Fault> fault_;
};

// The platform reads an absent `safe` as 0; 1 forbids forwarding and adds a watermark.
Json envelope(const Addressee& to, std::string_view type) {
    Json message;
    message["touser"] = to.userid;
    message["msgtype"] = type;
    message["agentid"] = to.agent_id;
    message["safe"] = 1;
    return message;
}

std::string finished(Json message) {
    message["enable_duplicate_check"] = 1;
    message["duplicate_check_interval"] = kDuplicateCheckSeconds;
    return message.dump();
}

bool is_task_id_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '@';
}

void check_task_id(Checker& checker, const std::string& task_id) {
    checker.text("task_id", task_id, kTaskId);
    checker.require(std::all_of(task_id.begin(), task_id.end(), is_task_id_character),
                    "task_id",
                    "may hold letters, digits and _-@ only");
}

void check_details(Checker& checker, const Card& card) {
    checker.require(card.details.size() <= kMostDetails, "details", "must be at most 6");
    for (const auto& [name, value] : card.details) {
        checker.text("details.name", name, kDetailName);
        checker.text("details.value", value, kDetailValue);
    }
}

void check_card(Checker& checker, const Card& card) {
    checker.text("source", card.source, kSource);
    checker.text("title", card.title, kTitle);
    checker.text("description", card.description, kDescription);
    checker.text("text", card.text, kSubTitle);
    check_details(checker, card);
}

void check_buttons(Checker& checker, const std::vector<CardButton>& buttons) {
    checker.require(
        !buttons.empty() && buttons.size() <= kMostButtons, "buttons", "must be 1 to 6");
    std::vector<std::string> keys;
    for (const CardButton& button : buttons) {
        checker.text("buttons.text", button.text, kButtonText);
        checker.text("buttons.key", button.key, kButtonKey);
        checker.require(
            button.style >= 1 && button.style <= kMostStyle, "buttons.style", "must be 1 to 4");
        if (button.key.empty()) {
            checker.url("buttons.url", button.url);
            continue;
        }
        checker.require(std::find(keys.begin(), keys.end(), button.key) == keys.end(),
                        "buttons.key",
                        "must be unique in the card");
        keys.push_back(button.key);
    }
}

Json common_parts(const Card& card, std::string_view type) {
    Json json;
    json["card_type"] = type;
    if (!card.source.empty()) {
        json["source"] = Json{{"desc", card.source}, {"desc_color", 0}};
    }
    Json title{{"title", card.title}};
    if (!card.description.empty()) {
        title["desc"] = card.description;
    }
    json["main_title"] = std::move(title);
    if (!card.text.empty()) {
        json["sub_title_text"] = card.text;
    }
    if (!card.details.empty()) {
        Json list = Json::array();
        for (const auto& [name, value] : card.details) {
            list.push_back(Json{{"keyname", name}, {"value", value}});
        }
        json["horizontal_content_list"] = std::move(list);
    }
    if (!card.url.empty()) {
        json["card_action"] = Json{{"type", 1}, {"url", card.url}};
    }
    if (!card.task_id.empty()) {
        json["task_id"] = card.task_id;
    }
    return json;
}

Json button_list(const std::vector<CardButton>& buttons) {
    Json list = Json::array();
    for (const CardButton& button : buttons) {
        Json item{{"text", button.text}, {"style", button.style}};
        if (button.key.empty()) {
            item["type"] = 1;
            item["url"] = button.url;
        } else {
            item["type"] = 0;
            item["key"] = button.key;
        }
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace

base::Result<std::string> text_message(const Addressee& to, const std::string& content) {
    Checker checker;
    checker.addressee(to);
    checker.text("content", content, kText);
    if (checker.fault()) {
        return *checker.fault();
    }
    Json message = envelope(to, "text");
    message["text"] = Json{{"content", content}};
    return finished(std::move(message));
}

base::Result<std::string> textcard_message(const Addressee& to, const TextCard& card) {
    Checker checker;
    checker.addressee(to);
    checker.text("title", card.title, kTextCardTitle);
    checker.text("description", card.description, kTextCardDescription);
    checker.url("url", card.url);
    checker.text("button", card.button, kTextCardButton);
    if (checker.fault()) {
        return *checker.fault();
    }
    Json body{{"title", card.title}, {"description", card.description}, {"url", card.url}};
    if (!card.button.empty()) {
        body["btntxt"] = card.button;
    }
    Json message = envelope(to, "textcard");
    message["textcard"] = std::move(body);
    return finished(std::move(message));
}

base::Result<std::string> notice_card_message(const Addressee& to, const Card& card) {
    Checker checker;
    checker.addressee(to);
    check_card(checker, card);
    checker.text("emphasis", card.emphasis, kEmphasis);
    checker.text("emphasis_description", card.emphasis_description, kEmphasisDescription);
    checker.url("url", card.url);
    checker.require(card.buttons.empty(), "buttons", "need a button card");
    if (!card.task_id.empty()) {
        check_task_id(checker, card.task_id);
    }
    if (checker.fault()) {
        return *checker.fault();
    }
    Json json = common_parts(card, "text_notice");
    if (!card.emphasis.empty() || !card.emphasis_description.empty()) {
        json["emphasis_content"] =
            Json{{"title", card.emphasis}, {"desc", card.emphasis_description}};
    }
    Json message = envelope(to, "template_card");
    message["template_card"] = std::move(json);
    return finished(std::move(message));
}

base::Result<std::string> button_card_message(const Addressee& to, const Card& card) {
    Checker checker;
    checker.addressee(to);
    check_card(checker, card);
    check_buttons(checker, card.buttons);
    check_task_id(checker, card.task_id);
    checker.require(card.emphasis.empty() && card.emphasis_description.empty(),
                    "emphasis",
                    "needs a notice card");
    if (!card.url.empty()) {
        checker.url("url", card.url);
    }
    if (checker.fault()) {
        return *checker.fault();
    }
    Json json = common_parts(card, "button_interaction");
    json["button_list"] = button_list(card.buttons);
    Json message = envelope(to, "template_card");
    message["template_card"] = std::move(json);
    return finished(std::move(message));
}

base::Result<std::string> button_update(const Addressee& to,
                                        const std::string& response_code,
                                        const std::string& replace_name) {
    Checker checker;
    checker.addressee(to);
    checker.text("response_code", response_code, kResponseCode);
    checker.text("replace_name", replace_name, kButtonText);
    if (checker.fault()) {
        return *checker.fault();
    }
    Json body;
    body["userids"] = Json::array({to.userid});
    body["agentid"] = to.agent_id;
    body["response_code"] = response_code;
    body["button"] = Json{{"replace_name", replace_name}};
    return body.dump();
}

}  // namespace hrbridge::wecom
