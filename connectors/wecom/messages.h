#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/base/result.h"

// Builders of the exact bytes of message/send and message/update_template_card. A text that is too
// long is a fault and never cut (the platform cuts some of them silently). Key order and spelling
// are fixed, so that the same event always gives the same bytes; no \u escapes, which the platform
// refuses (40033). Limits after the pages "发送应用消息" and "模板卡片类型".
namespace hrbridge::wecom {

// The platform's longest duplicate check, in seconds.
inline constexpr std::int64_t kDuplicateCheckSeconds = 14'400;

struct Addressee {
    std::string userid;  // one person, 1 to 64 bytes
    std::int64_t agent_id = 0;
};

struct TextCard {
    std::string title;  // 1 to 128 bytes
    std::string
        description;     // 1 to 512 bytes, <div class="gray|normal|highlight"> and <br> allowed
    std::string url;     // with scheme, at most 2048 bytes
    std::string button;  // at most 4 characters; empty: the platform's "详情"
};

struct CardButton {
    std::string text;  // 1 to 10 characters
    std::string key;   // of the callback's EventKey, at most 1024 bytes; empty: opens `url`
    std::string url;
    int style = 1;  // 1 to 4
};

// text_notice and button_interaction.
struct Card {
    std::string source;                // at most 20 characters; may be empty
    std::string title;                 // 1 to 36 characters
    std::string description;           // at most 44 characters
    std::string text;                  // sub_title_text, at most 160
    std::string emphasis;              // at most 14; text_notice only
    std::string emphasis_description;  // at most 22
    std::vector<std::pair<std::string, std::string>> details;  // at most 6; names 1 to 5, values 30
    std::string url;                                           // opened by a touch of the card
    std::vector<CardButton> buttons;                           // 1 to 6; button_interaction only
    std::string task_id;  // never used before in this app; 1 to 128 of letters, digits and _-@;
                          // may be empty for a text_notice
};

base::Result<std::string> text_message(const Addressee& to, const std::string& content);
base::Result<std::string> textcard_message(const Addressee& to, const TextCard& card);
// Needs no callback URL.
base::Result<std::string> notice_card_message(const Addressee& to, const Card& card);
// Needs a callback URL in the console (43012 otherwise).
base::Result<std::string> button_card_message(const Addressee& to, const Card& card);
// Greys the buttons of a card for one person; `response_code` can be used once, within 72 hours.
base::Result<std::string> button_update(const Addressee& to,
                                        const std::string& response_code,
                                        const std::string& replace_name);

}  // namespace hrbridge::wecom
