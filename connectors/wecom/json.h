#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

// Reading answers of the platform without trusting their shape. For this folder's .cpp files.
namespace hrbridge::wecom {

// A discarded value when `text` is not one JSON object.
nlohmann::json parse_object(std::string_view text);
// nullopt when the key is missing or no integer.
std::optional<std::int64_t> integer_of(const nlohmann::json& object, std::string_view key);
// Empty when the key is missing or no string.
std::string text_of(const nlohmann::json& object, std::string_view key);
// The parts of "a|b|c", lower-cased as the platform does; an array of strings is read as well.
std::vector<std::string> id_list(const nlohmann::json& object, std::string_view key);

}  // namespace hrbridge::wecom
