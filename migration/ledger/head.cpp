#include "migration/ledger/head.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/base/ids.h"
#include "daemon/base/row_hash.h"
#include "migration/ledger/ed25519.h"

namespace hrbridge::ledger {
namespace {

// Crockford's: without I, L, O and U.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kPrefix = "HRH1";
constexpr std::string_view kCheckLabel = "hrbridge ledger head 1";
constexpr std::size_t kGroup = 8;
constexpr unsigned kBits = 5;
constexpr std::size_t kSequenceBytes = 7;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kCheckBytes = 4;
constexpr std::size_t kPayloadBytes = kSequenceBytes + kTimeBytes + kHashBytes + kSignatureBytes;
constexpr std::size_t kSymbols = (kPayloadBytes + kCheckBytes) * 8 / kBits;
static_assert(kSymbols * kBits == (kPayloadBytes + kCheckBytes) * 8 && kSymbols % kGroup == 0);
constexpr std::size_t kMostLineBytes = 4096;

std::string check_of(std::string_view payload) {
    base::RowHasher cells;
    cells.add_text(kCheckLabel);
    cells.add_bytes(payload);
    return base::sha256(cells.canonical()).substr(0, kCheckBytes);
}

void put(std::string& out, std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) {
        out += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
    }
}

std::uint64_t take(std::string_view& in, std::size_t bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        number = (number << 8U) | static_cast<unsigned char>(in[i]);
    }
    in.remove_prefix(bytes);
    return number;
}

std::string encode(std::string_view bytes) {
    std::string symbols;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char byte : bytes) {
        held = (held << 8U) | static_cast<unsigned char>(byte);
        for (bits += 8; bits >= kBits; bits -= kBits) {
            symbols += kAlphabet[(held >> (bits - kBits)) & 31U];
        }
        held &= (1U << bits) - 1;
    }
    return symbols;
}

// `symbols` are of the alphabet.
std::string decode(std::string_view symbols) {
    std::string bytes;
    unsigned held = 0;
    unsigned bits = 0;
    for (const char symbol : symbols) {
        held = (held << kBits) | static_cast<unsigned>(kAlphabet.find(symbol));
        bits += kBits;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(static_cast<unsigned char>(held >> bits));
            held &= (1U << bits) - 1;
        }
    }
    return bytes;
}

bool check_holds(std::string_view symbols) {
    const std::string bytes = decode(symbols);
    return check_of(std::string_view(bytes).substr(0, kPayloadBytes)) ==
           bytes.substr(kPayloadBytes);
}

// An input method may leave Chinese full-width forms: U+FF01 to U+FF5E stand for '!' to '~',
// U+3000 for a blank.
std::string narrow(std::string_view line) {
    constexpr unsigned kFirstWide = 0xFF01;
    constexpr unsigned kLastWide = 0xFF5E;
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = [&](std::size_t at) {
            return at < line.size() ? static_cast<unsigned char>(line[at]) : 0U;
        };
        const unsigned wide =
            ((byte(i) & 0xFU) << 12U) | ((byte(i + 1) & 0x3FU) << 6U) | (byte(i + 2) & 0x3FU);
        const bool three = (byte(i) & 0xF0U) == 0xE0U && (byte(i + 1) & 0xC0U) == 0x80U &&
                           (byte(i + 2) & 0xC0U) == 0x80U;
        if (three && wide >= kFirstWide && wide <= kLastWide) {
            out += static_cast<char>('!' + (wide - kFirstWide));
            i += 2;
        } else if (three && wide == 0x3000U) {
            i += 2;
        } else {
            out += line[i];
        }
    }
    return out;
}

char symbol_of(char c) {
    if (c >= 'a' && c <= 'z') {
        c = static_cast<char>(c - 'a' + 'A');
    }
    if (c == 'O') {
        return '0';
    }
    return c == 'I' || c == 'L' ? '1' : c;
}

bool separates(char c) {
    return c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string group_at(std::size_t symbol) {
    return std::to_string(symbol / kGroup + 1);
}

// Symbols of the alphabet without what separates them, prefix included, or what is none of them.
std::variant<std::string, Note> symbols_of(std::string_view line) {
    std::string symbols;
    for (const char c : narrow(line)) {
        if (separates(c)) {
            continue;
        }
        const char symbol = symbol_of(c);
        if (kAlphabet.find(symbol) == std::string_view::npos) {
            return symbols.size() < kPrefix.size()
                       ? Note{"head_line_prefix"}
                       : Note{"head_line_character",
                              {{"group", group_at(symbols.size() - kPrefix.size())}}};
        }
        symbols += symbol;
    }
    return symbols;
}

// The place of the one mistake that explains a wrong check, when there is just one.
std::optional<std::size_t> find_mistake(std::string symbols) {
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        const char typed = symbols[i];
        for (const char other : kAlphabet) {
            symbols[i] = other;
            if (other != typed && check_holds(symbols)) {
                return i;
            }
        }
        symbols[i] = typed;
        if (i > 0) {
            std::swap(symbols[i - 1], symbols[i]);
            if (check_holds(symbols)) {
                return i;
            }
            std::swap(symbols[i - 1], symbols[i]);
        }
    }
    return std::nullopt;
}

std::variant<Head, Note> read_payload(std::string_view payload) {
    Head head;
    head.sequence = static_cast<std::int64_t>(take(payload, kSequenceBytes));
    head.at = base::Timestamp(
        std::chrono::microseconds(static_cast<std::int64_t>(take(payload, kTimeBytes))));
    head.hash = *Digest::from_bytes(payload.substr(0, kHashBytes));
    head.seal = payload.substr(kHashBytes);
    if (head.sequence < 1) {
        return Note{"head_line_content"};
    }
    return head;
}

}  // namespace

std::string to_line(const Head& head) {
    if (head.seal.size() != kSignatureBytes) {
        throw std::logic_error("a head without a seal has no line");
    }
    std::string payload;
    put(payload, static_cast<std::uint64_t>(head.sequence), kSequenceBytes);
    put(payload, static_cast<std::uint64_t>(head.at.time_since_epoch().count()), kTimeBytes);
    payload += head.hash.view();
    payload += head.seal;
    const std::string symbols = encode(payload + check_of(payload));
    std::string line(kPrefix);
    for (std::size_t i = 0; i < symbols.size(); i += kGroup) {
        line += "-" + symbols.substr(i, kGroup);
    }
    return line;
}

std::variant<Head, Note> parse_line(std::string_view line) {
    if (line.size() > kMostLineBytes) {
        return Note{"head_line_prefix"};
    }
    auto read = symbols_of(line);
    if (auto* const note = std::get_if<Note>(&read)) {
        return std::move(*note);
    }
    const std::string symbols = std::get<std::string>(read);
    if (symbols.substr(0, kPrefix.size()) != kPrefix) {
        return Note{"head_line_prefix"};
    }
    const std::string body = symbols.substr(kPrefix.size());
    if (body.size() != kSymbols) {
        return Note{
            "head_line_length",
            {{"length", std::to_string(body.size())}, {"wanted", std::to_string(kSymbols)}}};
    }
    if (!check_holds(body)) {
        const auto mistake = find_mistake(body);
        return mistake ? Note{"head_line_mistake", {{"group", group_at(*mistake)}}}
                       : Note{"head_line_check"};
    }
    return read_payload(std::string_view(decode(body)).substr(0, kPayloadBytes));
}

}  // namespace hrbridge::ledger
