#include "connectors/iclock/terminals.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "daemon/base/text.h"

namespace hrbridge::iclock {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr int kMappedBits = 96;  // before the IPv4 address in ::ffff:0:0/96
constexpr std::size_t kLongestAddress = 64;
constexpr std::size_t kLongestSerial = 32;

struct Parsed {
    Bytes bytes{};
    bool v4 = false;
};

std::optional<Parsed> parse_address(std::string_view text) {
    // A scope ("fe80::1%eth0") says where this machine saw it, not who it is.
    const std::string address(text.substr(0, text.find('%')));
    Parsed out;
    if (address.size() > kLongestAddress) {
        return std::nullopt;
    }
    if (::inet_pton(AF_INET6, address.c_str(), out.bytes.data()) == 1) {
        return out;
    }
    out.v4 = true;
    out.bytes = {};
    out.bytes[10] = out.bytes[11] = 0xFF;
    if (::inet_pton(AF_INET, address.c_str(), &out.bytes[12]) == 1) {
        return out;
    }
    return std::nullopt;
}

bool same_bits(const Bytes& one, const Bytes& other, int bits) {
    for (int i = 0; i < bits; ++i) {
        const auto byte = static_cast<std::size_t>(i / 8);
        const int mask = 0x80 >> (i % 8);
        if (((one[byte] ^ other[byte]) & mask) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address || text.find('%') != std::string_view::npos) {
        return std::nullopt;
    }
    const int most = address->v4 ? 32 : 128;
    int bits = most;
    if (slash != std::string_view::npos) {
        const std::string_view number = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), bits);
        if (error != std::errc() || end != number.data() + number.size() || bits < 0 ||
            bits > most) {
            return std::nullopt;
        }
    }
    AddressRange range;
    range.bytes_ = address->bytes;
    range.bits_ = bits + (address->v4 ? kMappedBits : 0);
    for (int i = range.bits_; i < 128; ++i) {
        if ((range.bytes_[static_cast<std::size_t>(i / 8)] & (0x80 >> (i % 8))) != 0) {
            return std::nullopt;
        }
    }
    return range;
}

bool AddressRange::holds(std::string_view address) const {
    const auto parsed = parse_address(address);
    return parsed && same_bits(parsed->bytes, bytes_, bits_);
}

const Terminal* Options::find(std::string_view serial) const {
    const auto found = std::find_if(terminals.begin(), terminals.end(), [&](const Terminal& each) {
        return each.serial == serial;
    });
    return found == terminals.end() ? nullptr : &*found;
}

bool is_serial(std::string_view text) {
    return !text.empty() && text.size() <= kLongestSerial &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-';
           });
}

bool comes_from(const Terminal& terminal, std::string_view address) {
    return terminal.allow.empty() ||
           std::any_of(terminal.allow.begin(),
                       terminal.allow.end(),
                       [&](const AddressRange& range) { return range.holds(address); });
}

bool fits_token(const base::Secret& token, std::string_view given) {
    const std::string_view wanted = token.reveal();
    unsigned difference = wanted.size() == given.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(wanted.size(), given.size()); ++i) {
        difference |= static_cast<unsigned>(static_cast<unsigned char>(wanted[i] ^ given[i]));
    }
    return difference == 0;
}

}  // namespace hrbridge::iclock
