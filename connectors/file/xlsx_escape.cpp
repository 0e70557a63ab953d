#include <charconv>
#include <optional>

#include "connectors/file/xlsx_cell.h"

namespace hrbridge::file {
namespace {

constexpr std::size_t kEscapeSize = 7;  // "_xHHHH_"

std::optional<std::uint32_t> escape_at(std::string_view text, std::size_t at) {
    const std::string_view part = text.substr(at, kEscapeSize);
    if (part.size() < kEscapeSize || part[0] != '_' || part[1] != 'x' || part[6] != '_') {
        return std::nullopt;
    }
    std::uint32_t unit = 0;
    const auto [end, error] = std::from_chars(part.data() + 2, part.data() + 6, unit, 16);
    return error == std::errc() && end == part.data() + 6 ? std::optional(unit) : std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t point) {
    const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
    if (point < 0x80) {
        byte(point);
    } else if (point < 0x800) {
        byte(0xC0 | (point >> 6));
        byte(0x80 | (point & 0x3F));
    } else if (point < 0x1'0000) {
        byte(0xE0 | (point >> 12));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    } else {
        byte(0xF0 | (point >> 18));
        byte(0x80 | ((point >> 12) & 0x3F));
        byte(0x80 | ((point >> 6) & 0x3F));
        byte(0x80 | (point & 0x3F));
    }
}

bool is_high(std::uint32_t unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(std::uint32_t unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

// What is no character, alone or as a pair, stays as it is written.
std::string unescaped(std::string text) {
    if (text.find("_x") == std::string::npos) {
        return text;
    }
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto unit = text[at] == '_' ? escape_at(text, at) : std::nullopt;
        const auto next = unit && is_high(*unit) ? escape_at(text, at + kEscapeSize) : std::nullopt;
        if (next && is_low(*next)) {
            append_utf8(out, 0x1'0000 + ((*unit - 0xD800) << 10) + (*next - 0xDC00));
            at += 2 * kEscapeSize;
        } else if (unit && *unit != 0 && !is_high(*unit) && !is_low(*unit)) {
            append_utf8(out, *unit);
            at += kEscapeSize;
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace hrbridge::file
