#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace hrbridge::wecom::sandbox {

struct Objection {
    int errcode = 0;
    std::string what;
};

// What is wrong with the part of message/send that belongs to `msgtype`.
std::optional<Objection> check_content(const nlohmann::json& message);
// What is wrong with a template_card.
std::optional<Objection> check_card(const nlohmann::json& card);
// Whether the card can call back, so that the app needs a callback URL.
bool calls_back(const nlohmann::json& card);

}  // namespace hrbridge::wecom::sandbox
