#include "daemon/pip/card_field.h"

#include "daemon/base/text.h"

namespace hrbridge::pip {
namespace {

// The first character's bytes; one byte where there is no valid character.
std::string_view first_character(std::string_view text) {
    for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
        if (base::is_valid_utf8(text.substr(0, size))) {
            return text.substr(0, size);
        }
    }
    return text.substr(0, 1);
}

// C0, DEL, C1, the line and paragraph separators, marks of writing direction, the byte order mark.
bool prints(std::string_view character) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    if (character.size() == 1) {
        return byte(0) >= 0x20U && byte(0) != 0x7FU;
    }
    if (character.size() == 2) {
        return byte(0) != 0xC2U || byte(1) >= 0xA0U;
    }
    if (character.size() == 3 && byte(0) == 0xE2U) {
        const bool general = byte(1) == 0x80U && (byte(2) == 0x8EU || byte(2) == 0x8FU ||
                                                  (byte(2) >= 0xA8U && byte(2) <= 0xAEU));
        const bool isolate = byte(1) == 0x81U && byte(2) >= 0xA6U && byte(2) <= 0xA9U;
        return !general && !isolate;
    }
    return character != "\xEF\xBB\xBF";
}

std::string plain(std::string_view text) {
    std::string out;
    bool blank = false;
    while (!text.empty()) {
        const std::string_view character = first_character(text);
        text.remove_prefix(character.size());
        if (character == " " || !prints(character)) {
            blank = true;
            continue;
        }
        if (blank && !out.empty()) {
            out += ' ';
        }
        blank = false;
        out += base::is_valid_utf8(character) ? character : "?";
    }
    return out;
}

}  // namespace

std::string card_field(std::string_view text, std::size_t most) {
    const std::string all = plain(text);
    if (base::code_points(all) <= most) {
        return all;
    }
    std::string out;
    std::string_view rest = all;
    for (std::size_t i = 0; i + 1 < most; ++i) {
        const std::string_view character = first_character(rest);
        out += character;
        rest.remove_prefix(character.size());
    }
    return out + "…";
}

}  // namespace hrbridge::pip
