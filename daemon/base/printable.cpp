#include "daemon/base/printable.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// C1, the Arabic letter mark, the marks, embeddings, overrides and isolates of direction, the line
// and paragraph separators, the byte order mark (Unicode, UAX #9 section 2).
constexpr Range kHidden[] = {{0x80, 0x9F},
                             {0x061C, 0x061C},
                             {0x200E, 0x200F},
                             {0x2028, 0x202E},
                             {0x2066, 0x2069},
                             {0xFEFF, 0xFEFF}};

constexpr char32_t kDelete = 0x7F;
constexpr char32_t kFirstPrinted = ' ';

// The character of two or three bytes at the front; 0 for any other, all of which are printed.
char32_t short_character(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[at]));
    };
    const auto follows = [&](std::size_t at) {
        return at < text.size() && (byte(at) & 0xC0U) == 0x80U;
    };
    if ((byte(0) & 0xE0U) == 0xC0U && follows(1)) {
        return (byte(0) & 0x1FU) << 6U | (byte(1) & 0x3FU);
    }
    if ((byte(0) & 0xF0U) == 0xE0U && follows(1) && follows(2)) {
        return (byte(0) & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
    }
    return 0;
}

bool is_hidden(char32_t character) {
    return std::any_of(std::begin(kHidden), std::end(kHidden), [=](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

std::string escaped_ascii(char c, bool keep_lines) {
    switch (c) {
        case '\n':
            return keep_lines ? "\n" : "\\n";
        case '\t':
            return keep_lines ? "\t" : "\\t";
        case '\r':
            return "\\r";
        default:
            break;
    }
    const auto code = static_cast<unsigned char>(c);
    return code < kFirstPrinted || code == kDelete ? fmt::format("\\u{:04x}", code)
                                                   : std::string(1, c);
}

std::string escaped(std::string_view text, bool keep_lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80U) {
            out += escaped_ascii(text.front(), keep_lines);
            text.remove_prefix(1);
            continue;
        }
        const char32_t character = short_character(text);
        const std::size_t size = character >= 0x800 ? 3 : character > 0 ? 2 : 1;
        if (is_hidden(character)) {
            out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    return out;
}

}  // namespace

std::string printable(std::string_view text) {
    return escaped(text, true);
}

std::string one_line(std::string_view text, std::size_t bytes) {
    return shorten(escaped(text, false), bytes);
}

}  // namespace hrbridge::base
