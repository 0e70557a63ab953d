#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/clock.h"

namespace hrbridge::jobs {

// The boot of this machine; empty where it cannot be told. The environment's HRBRIDGE_BOOT_ID tells
// it where a service's sandbox hides /proc/sys.
std::string boot_id();

// An id of 32 hexadecimal digits, as systemd writes it, as the kernel does; empty for anything
// else.
std::string with_hyphens(std::string_view id);

// A moment by this machine's clocks. The running clock cannot be set, but counts within one boot
// only.
struct OwnClock {
    std::string boot;
    std::chrono::nanoseconds running{};
    base::Timestamp wall;

    static OwnClock read(const base::Clock& clock);
    std::string encode() const;
    static std::optional<OwnClock> decode(std::string_view text);
};

// The source's clock was asked between these two moments.
struct AskedBetween {
    OwnClock before;
    OwnClock after;
};

// How much time went by. Over a boot only the wall clock knows; nullopt when that went back.
std::optional<std::chrono::microseconds> time_between(const OwnClock& earlier,
                                                      const OwnClock& later);

}  // namespace hrbridge::jobs
