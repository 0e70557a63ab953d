#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/secret.h"
#include "daemon/base/time.h"

namespace hrbridge::iclock {

// "10.1.0.0/16", "10.1.0.5", "fd00::/8": addresses that a terminal may come from.
class AddressRange {
  public:
    // nullopt when it is none, or has bits behind its prefix.
    static std::optional<AddressRange> parse(std::string_view text);
    // Whether an address, as a socket prints it, lies inside; IPv4 written as IPv6 counts as IPv4.
    bool holds(std::string_view address) const;

  private:
    std::array<std::uint8_t, 16> bytes_{};
    int bits_ = 0;  // of all 128
};

// A terminal that may push, by the serial number that it names itself with.
struct Terminal {
    std::string serial;
    std::string site;                 // column `site` of its punches
    base::Zone zone;                  // of its clock
    std::vector<AddressRange> allow;  // empty: any
};

// One source of kind iclock.
struct Options {
    std::string name;
    base::Zone zone;             // of terminals that are no longer configured
    base::Secret token;          // first part of the path; empty: none is asked for
    std::int64_t ahead_s = 300;  // a punch later than now and this is flagged
    std::vector<Terminal> terminals;

    const Terminal* find(std::string_view serial) const;
};

// 1 to 32 letters, digits and '-': what goes into configuration, logs and answers.
bool is_serial(std::string_view text);
bool comes_from(const Terminal& terminal, std::string_view address);
// Takes as long for every text of one length.
bool fits_token(const base::Secret& token, std::string_view given);

}  // namespace hrbridge::iclock
