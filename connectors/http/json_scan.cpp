#include "connectors/http/json_scan.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace hrbridge::http {
namespace {

unsigned byte_at(std::string_view text, std::size_t place) {
    return static_cast<unsigned char>(text[place]);
}

void append_utf8(std::uint32_t code, std::string& out) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
        return;
    }
    if (code < 0x800) {
        put(0xC0U | (code >> 6U));
    } else if (code < 0x10000) {
        put(0xE0U | (code >> 12U));
        put(0x80U | ((code >> 6U) & 0x3FU));
    } else {
        put(0xF0U | (code >> 18U));
        put(0x80U | ((code >> 12U) & 0x3FU));
        put(0x80U | ((code >> 6U) & 0x3FU));
    }
    put(0x80U | (code & 0x3FU));
}

// The code unit of "\uXXXX" at `place`; nullopt when there is none.
std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t place) {
    if (place + 6 > text.size() || text[place] != '\\' || text[place + 1] != 'u') {
        return std::nullopt;
    }
    std::uint32_t unit = 0;
    const char* const digits = text.data() + place + 2;
    const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
    if (error != std::errc() || end != digits + 4) {
        return std::nullopt;
    }
    return unit;
}

// Reads one or a pair of \u escapes at `place` and moves behind; false for a lone surrogate.
bool unescape_unit(std::string_view inside, std::size_t& place, std::string& out) {
    const std::optional<std::uint32_t> high = unit_at(inside, place);
    if (!high || (*high >= 0xDC00 && *high <= 0xDFFF)) {
        return false;
    }
    place += 6;
    if (*high < 0xD800 || *high > 0xDBFF) {
        append_utf8(*high, out);
        return true;
    }
    const std::optional<std::uint32_t> low = unit_at(inside, place);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) {
        return false;
    }
    place += 6;
    append_utf8(0x10000U + ((*high - 0xD800U) << 10U) + (*low - 0xDC00U), out);
    return true;
}

char plain_escape(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t place) {
    const unsigned lead = byte_at(text, place);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
    if (lead < 0xC2 || lead > 0xF4 || place + length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, place + i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const unsigned second = byte_at(text, place + 1);
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    return bad ? 0 : length;
}

std::size_t skip_blanks(std::string_view text, std::size_t place) {
    while (place < text.size() && is_json_blank(text[place])) {
        ++place;
    }
    return place;
}

std::size_t skip_string(std::string_view text, std::size_t place) {
    for (++place; place < text.size() && text[place] != '"'; ++place) {
        if (text[place] == '\\') {
            ++place;
        }
    }
    return place + 1;
}

std::size_t skip_value(std::string_view text, std::size_t place) {
    int depth = 0;
    while (place < text.size()) {
        const char byte = text[place];
        if (byte == '"') {
            place = skip_string(text, place);
        } else if (byte == '{' || byte == '[') {
            ++depth;
            ++place;
        } else if (byte == '}' || byte == ']') {
            --depth;
            ++place;
        } else if (depth > 0) {
            ++place;
            continue;
        } else {
            // A number or a word ends where the text around it goes on.
            return std::min(text.find_first_of(",]} \t\r\n", place), text.size());
        }
        if (depth == 0) {
            return place;
        }
    }
    return place;
}

bool unescape(std::string_view inside, std::string& out) {
    out.clear();
    std::size_t place = 0;
    while (place < inside.size()) {
        const std::size_t escape = std::min(inside.find('\\', place), inside.size());
        out.append(inside.substr(place, escape - place));
        place = escape;
        if (place + 1 >= inside.size()) {
            break;
        }
        if (inside[place + 1] != 'u') {
            out.push_back(plain_escape(inside[place + 1]));
            place += 2;
        } else if (!unescape_unit(inside, place, out)) {
            return false;
        }
    }
    return true;
}

}  // namespace hrbridge::http
