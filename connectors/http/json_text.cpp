#include "connectors/http/json_text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "connectors/http/json_scan.h"

namespace hrbridge::http {
namespace {

std::string compact(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    std::size_t place = 0;
    while (place < raw.size()) {
        if (raw[place] == '"') {
            const std::size_t end = skip_string(raw, place);
            out.append(raw.substr(place, end - place));
            place = end;
        } else {
            if (!is_json_blank(raw[place])) {
                out.push_back(raw[place]);
            }
            ++place;
        }
    }
    return out;
}

// RFC 6901: "0" or digits without a leading zero.
std::optional<std::size_t> array_index(const std::string& token) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    const bool whole = error == std::errc() && end == token.data() + token.size();
    const bool leading_zero = token.size() > 1 && token.front() == '0';
    return whole && !leading_zero ? std::optional(index) : std::nullopt;
}

std::optional<JsonValue> child(JsonValue parent, const std::string& token) {
    JsonCursor cursor(parent);
    if (parent.kind() == JsonKind::Object) {
        while (cursor.next()) {
            if (cursor.name() == token) {
                return cursor.value();
            }
        }
        return std::nullopt;
    }
    const std::optional<std::size_t> index = array_index(token);
    if (parent.kind() != JsonKind::Array || !index) {
        return std::nullopt;
    }
    for (std::size_t i = 0; cursor.next(); ++i) {
        if (i == *index) {
            return cursor.value();
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<JsonPointer> parse_pointer(std::string_view text) {
    JsonPointer tokens;
    if (text.empty()) {
        return tokens;
    }
    if (text.front() != '/') {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '/') {
            tokens.emplace_back();
        } else if (text[i] != '~') {
            tokens.back().push_back(text[i]);
        } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
            tokens.back().push_back(text[++i] == '0' ? '~' : '/');
        } else {
            return std::nullopt;
        }
    }
    return tokens;
}

JsonKind JsonValue::kind() const {
    switch (raw_.empty() ? 'n' : raw_.front()) {
        case 'n':
            return JsonKind::Null;
        case 't':
        case 'f':
            return JsonKind::Bool;
        case '"':
            return JsonKind::String;
        case '[':
            return JsonKind::Array;
        case '{':
            return JsonKind::Object;
        default:
            return JsonKind::Number;
    }
}

std::string JsonValue::text() const {
    const JsonKind own = kind();
    if (own == JsonKind::String) {
        std::string out;
        unescape(raw_.substr(1, raw_.size() - 2), out);
        return out;
    }
    return own == JsonKind::Array || own == JsonKind::Object ? compact(raw_) : std::string(raw_);
}

std::optional<JsonValue> JsonValue::at(const JsonPointer& pointer) const {
    std::optional<JsonValue> value = *this;
    for (const std::string& token : pointer) {
        value = child(*value, token);
        if (!value) {
            return std::nullopt;
        }
    }
    return value;
}

JsonCursor::JsonCursor(JsonValue container)
    : raw_(container.raw()), object_(container.kind() == JsonKind::Object) {
    const bool walks = object_ || container.kind() == JsonKind::Array;
    place_ = walks ? 1 : raw_.size();
}

bool JsonCursor::next() {
    place_ = skip_blanks(raw_, place_);
    if (place_ < raw_.size() && raw_[place_] == ',') {
        place_ = skip_blanks(raw_, place_ + 1);
    }
    if (place_ >= raw_.size() || raw_[place_] == ']' || raw_[place_] == '}') {
        return false;
    }
    if (object_) {
        const std::size_t end = skip_string(raw_, place_);
        unescape(raw_.substr(place_ + 1, end - place_ - 2), name_);
        place_ = skip_blanks(raw_, skip_blanks(raw_, end) + 1);
    }
    const std::size_t end = skip_value(raw_, place_);
    value_ = JsonValue(raw_.substr(place_, end - place_));
    place_ = end;
    return true;
}

std::string quote_json(std::string_view utf8) {
    std::string out = "\"";
    for (const char byte : utf8) {
        if (byte == '"' || byte == '\\') {
            out.push_back('\\');
            out.push_back(byte);
        } else if (static_cast<unsigned char>(byte) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
        } else {
            out.push_back(byte);
        }
    }
    out.push_back('"');
    return out;
}

}  // namespace hrbridge::http
