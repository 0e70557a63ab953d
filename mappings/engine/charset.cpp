#include "mappings/engine/charset.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>

namespace hrbridge::engine {

// Code points of the 2-byte area (lead 81–FE, trail 40–FE) and of the 4-byte area below U+10000 by
// linear index; 0 where the charset defines nothing.
struct Decoder::Tables {
    std::vector<std::uint16_t> two;
    std::vector<std::uint16_t> four;
};

namespace {

constexpr std::size_t kTrails = 0xFE - 0x40 + 1;
constexpr std::size_t kLeads = 0xFE - 0x81 + 1;
// 81 30 81 30 to 84 31 A4 39: the rest of the basic plane.
constexpr std::size_t kFourByteBmp = 39420;
// 90 30 81 30: U+10000.
constexpr std::size_t kFourByteSupplementary = 189000;
constexpr std::uint32_t kLast = 0x10FFFF;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

bool is_private_use(std::uint32_t code) {
    return (code >= 0xE000 && code <= 0xF8FF) || code >= 0xF0000;
}

void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0 | (code >> 6U)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3FU)));
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | (code >> 12U)));
        out.push_back(static_cast<char>(0x80 | ((code >> 6U) & 0x3FU)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3FU)));
    } else {
        out.push_back(static_cast<char>(0xF0 | (code >> 18U)));
        out.push_back(static_cast<char>(0x80 | ((code >> 12U) & 0x3FU)));
        out.push_back(static_cast<char>(0x80 | ((code >> 6U) & 0x3FU)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3FU)));
    }
}

// The number of leading bytes that are ASCII and not NUL.
std::size_t ascii_prefix(std::string_view bytes) {
    constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    std::size_t at = 0;
    while (at + 8 <= bytes.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        // Either a high bit is set or, by the borrow, some byte is zero.
        if (((word | (word - kOnes)) & kHigh) != 0) {
            break;
        }
        at += 8;
    }
    while (at < bytes.size() && byte_at(bytes, at) < 0x80 && bytes[at] != '\0') {
        ++at;
    }
    return at;
}

void note(DecodeReport& report, std::uint32_t code) {
    report.private_use = report.private_use || is_private_use(code);
    report.replacement = report.replacement || code == 0xFFFD;
}

DecodeReport failed(std::size_t offset) {
    DecodeReport report;
    report.ok = false;
    report.offset = offset;
    return report;
}

bool is_continuation(std::string_view bytes, std::size_t at) {
    return at < bytes.size() && (byte_at(bytes, at) & 0xC0U) == 0x80;
}

// The code point of the UTF-8 sequence at `at` and its length; length 0 when it is not well-formed.
std::uint32_t utf8_sequence(std::string_view bytes, std::size_t at, std::size_t& length) {
    const std::uint8_t lead = byte_at(bytes, at);
    length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) {
        length = 0;
        return 0;
    }
    std::uint32_t code = length == 2 ? lead & 0x1FU : length == 3 ? lead & 0x0FU : lead & 0x07U;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(bytes, at + i)) {
            length = 0;
            return 0;
        }
        code = (code << 6U) | (byte_at(bytes, at + i) & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > kLast) {
        length = 0;
    }
    return code;
}

DecodeReport check_utf8(std::string_view bytes) {
    DecodeReport report;
    std::size_t at = 0;
    while (true) {
        at += ascii_prefix(bytes.substr(at));
        if (at >= bytes.size()) {
            return report;
        }
        std::size_t length = 0;
        const std::uint32_t code = bytes[at] == '\0' ? 0 : utf8_sequence(bytes, at, length);
        if (length == 0) {
            return failed(at);
        }
        note(report, code);
        at += length;
    }
}

DecodeReport decode_latin1(std::string_view bytes, std::string& out) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (bytes[at] == '\0') {
            return failed(at);
        }
        append_utf8(out, byte_at(bytes, at));
    }
    return {};
}

// 0 when the four bytes are no sequence that the charset defines.
std::uint32_t four_bytes(const Decoder::Tables& tables, std::string_view bytes, std::size_t at) {
    if (at + 4 > bytes.size()) {
        return 0;
    }
    const std::uint8_t b1 = byte_at(bytes, at);
    const std::uint8_t b2 = byte_at(bytes, at + 1);
    const std::uint8_t b3 = byte_at(bytes, at + 2);
    const std::uint8_t b4 = byte_at(bytes, at + 3);
    if (b2 < 0x30 || b2 > 0x39 || b3 < 0x81 || b3 > 0xFE || b4 < 0x30 || b4 > 0x39) {
        return 0;
    }
    const std::size_t index =
        ((static_cast<std::size_t>(b1 - 0x81) * 10 + (b2 - 0x30U)) * 126 + (b3 - 0x81U)) * 10 +
        (b4 - 0x30U);
    if (index < kFourByteBmp) {
        return tables.four[index];
    }
    if (index >= kFourByteSupplementary && index - kFourByteSupplementary + 0x10000 <= kLast) {
        return static_cast<std::uint32_t>(index - kFourByteSupplementary + 0x10000);
    }
    return 0;
}

// The code point at `at` (a byte that is not ASCII) and its length; 0 when nothing is defined.
std::uint32_t chinese_sequence(const Decoder::Tables& tables,
                               std::string_view bytes,
                               std::size_t at,
                               std::size_t& length) {
    const std::uint8_t lead = byte_at(bytes, at);
    if (lead == 0x80 && tables.four.empty()) {
        length = 1;
        return 0x20AC;
    }
    if (lead < 0x81 || lead == 0xFF || at + 1 >= bytes.size()) {
        return 0;
    }
    const std::uint8_t trail = byte_at(bytes, at + 1);
    if (trail >= 0x40 && trail <= 0xFE) {
        length = 2;
        return tables.two[(lead - 0x81U) * kTrails + (trail - 0x40U)];
    }
    length = 4;
    return tables.four.empty() ? 0 : four_bytes(tables, bytes, at);
}

DecodeReport decode_chinese(const Decoder::Tables& tables,
                            std::string_view bytes,
                            std::string& out) {
    DecodeReport report;
    std::size_t at = 0;
    while (true) {
        const std::size_t plain = ascii_prefix(bytes.substr(at));
        out.append(bytes.substr(at, plain));
        at += plain;
        if (at >= bytes.size()) {
            return report;
        }
        std::size_t length = 1;
        const std::uint32_t code =
            bytes[at] == '\0' ? 0 : chinese_sequence(tables, bytes, at, length);
        if (code == 0) {
            return failed(at);
        }
        note(report, code);
        append_utf8(out, code);
        at += length;
    }
}

struct CloseConverter {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

Converter open_converter(const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(name, &status));
    ucnv_setToUCallBack(
        converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    if (U_FAILURE(status) != 0) {
        throw std::logic_error(std::string("ICU has no converter ") + name);
    }
    return converter;
}

// The one basic-plane code point of a sequence, or 0.
std::uint16_t convert_one(UConverter* converter, std::string_view bytes) {
    std::array<UChar, 4> units{};
    UErrorCode status = U_ZERO_ERROR;
    ucnv_resetToUnicode(converter);
    const std::int32_t length = ucnv_toUChars(converter,
                                              units.data(),
                                              static_cast<std::int32_t>(units.size()),
                                              bytes.data(),
                                              static_cast<std::int32_t>(bytes.size()),
                                              &status);
    return U_SUCCESS(status) != 0 && length == 1 ? static_cast<std::uint16_t>(units[0])
                                                 : std::uint16_t{0};
}

std::vector<std::uint16_t> two_byte_table(UConverter* converter, bool private_use) {
    std::vector<std::uint16_t> table(kLeads * kTrails, 0);
    for (std::size_t lead = 0; lead < kLeads; ++lead) {
        for (std::size_t trail = 0; trail < kTrails; ++trail) {
            const std::array bytes{static_cast<char>(0x81 + lead), static_cast<char>(0x40 + trail)};
            const std::uint16_t code = convert_one(converter, {bytes.data(), bytes.size()});
            if (private_use || !is_private_use(code)) {
                table[lead * kTrails + trail] = code;
            }
        }
    }
    return table;
}

std::vector<std::uint16_t> four_byte_table(UConverter* converter) {
    std::vector<std::uint16_t> table(kFourByteBmp, 0);
    for (std::size_t index = 0; index < kFourByteBmp; ++index) {
        const std::array bytes{static_cast<char>(0x81 + index / 12600),
                               static_cast<char>(0x30 + index / 1260 % 10),
                               static_cast<char>(0x81 + index / 10 % 126),
                               static_cast<char>(0x30 + index % 10)};
        table[index] = convert_one(converter, {bytes.data(), bytes.size()});
    }
    return table;
}

}  // namespace

std::vector<std::string> charset_names() {
    return {"utf-8", "gbk", "gb18030", "latin1"};
}

std::optional<Decoder> Decoder::make(std::string_view charset) {
    if (charset == "utf-8") {
        return Decoder(Charset::Utf8, nullptr);
    }
    if (charset == "latin1") {
        return Decoder(Charset::Latin1, nullptr);
    }
    if (charset == "gbk") {
        const Converter converter = open_converter("windows-936-2000");
        return Decoder(
            Charset::Gbk,
            std::make_shared<const Tables>(Tables{two_byte_table(converter.get(), false), {}}));
    }
    if (charset == "gb18030") {
        const Converter converter = open_converter("gb18030");
        return Decoder(Charset::Gb18030,
                       std::make_shared<const Tables>(Tables{two_byte_table(converter.get(), true),
                                                             four_byte_table(converter.get())}));
    }
    return std::nullopt;
}

DecodeReport Decoder::decode(std::string_view bytes,
                             std::string& buffer,
                             std::string_view& out) const {
    out = bytes;
    if (charset_ == Charset::Utf8) {
        return check_utf8(bytes);
    }
    if (ascii_prefix(bytes) == bytes.size()) {
        return {};
    }
    buffer.clear();
    const DecodeReport report = charset_ == Charset::Latin1
                                    ? decode_latin1(bytes, buffer)
                                    : decode_chinese(*tables_, bytes, buffer);
    out = buffer;
    return report;
}

}  // namespace hrbridge::engine
