#include "daemon/jobs/own_clock.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::jobs {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kParts = 3;

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string line;
    std::getline(file, line);
    if (!line.empty()) {
        return line;
    }
    const char* const given = std::getenv("HRBRIDGE_BOOT_ID");
    return given == nullptr ? std::string() : with_hyphens(given);
}

std::string with_hyphens(std::string_view id) {
    constexpr std::size_t kDigits = 32;
    if (id.size() != kDigits ||
        id.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return {};
    }
    return fmt::format("{}-{}-{}-{}-{}",
                       id.substr(0, 8),
                       id.substr(8, 4),
                       id.substr(12, 4),
                       id.substr(16, 4),
                       id.substr(20));
}

OwnClock OwnClock::read(const base::Clock& clock) {
    return {boot_id(), clock.monotonic(), clock.now()};
}

std::string OwnClock::encode() const {
    return fmt::format("{}/{}/{}", boot, running.count(), wall.time_since_epoch().count());
}

std::optional<OwnClock> OwnClock::decode(std::string_view text) {
    const std::vector<std::string_view> parts = base::split(text, '/');
    if (parts.size() != kParts) {
        return std::nullopt;
    }
    const auto running = number(parts[1]);
    const auto wall = number(parts[2]);
    if (!running || !wall) {
        return std::nullopt;
    }
    return OwnClock{
        std::string(parts[0]), nanoseconds(*running), base::Timestamp(microseconds(*wall))};
}

std::optional<microseconds> time_between(const OwnClock& earlier, const OwnClock& later) {
    const bool one_boot = !later.boot.empty() && earlier.boot == later.boot;
    if (one_boot && later.running >= earlier.running) {
        return std::chrono::ceil<microseconds>(later.running - earlier.running);
    }
    return later.wall >= earlier.wall ? std::optional(later.wall - earlier.wall) : std::nullopt;
}

}  // namespace hrbridge::jobs
