#include "connectors/wecom/json.h"

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

const nlohmann::json* find(const nlohmann::json& object, std::string_view key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

}  // namespace

nlohmann::json parse_object(std::string_view text) {
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    return value.is_object() ? value : nlohmann::json(nlohmann::json::value_t::discarded);
}

std::optional<std::int64_t> integer_of(const nlohmann::json& object, std::string_view key) {
    const nlohmann::json* value = find(object, key);
    if (value == nullptr || !value->is_number_integer()) {
        return std::nullopt;
    }
    return value->get<std::int64_t>();
}

std::string text_of(const nlohmann::json& object, std::string_view key) {
    const nlohmann::json* value = find(object, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<std::string> id_list(const nlohmann::json& object, std::string_view key) {
    std::vector<std::string> ids;
    const nlohmann::json* value = find(object, key);
    if (value != nullptr && value->is_array()) {
        for (const nlohmann::json& item : *value) {
            if (item.is_string()) {
                ids.push_back(base::to_lower_ascii(item.get<std::string>()));
            }
        }
        return ids;
    }
    const std::string joined = text_of(object, key);
    for (const std::string_view part : base::split(joined, '|')) {
        if (!part.empty()) {
            ids.push_back(base::to_lower_ascii(part));
        }
    }
    return ids;
}

}  // namespace hrbridge::wecom
