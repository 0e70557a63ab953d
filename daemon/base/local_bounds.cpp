#include "daemon/base/local_bounds.h"

#include <chrono>
#include <optional>

#include <date/tz.h>

namespace hrbridge::base {
namespace {

struct LocalRange {
    LocalTime begin;
    LocalTime end;
};

// The readings around `local` that the clocks show before and again after they are set back.
std::optional<LocalRange> shown_twice(const Zone& zone, LocalTime local) {
    if (zone.name() == Zone::utc().name()) {
        return std::nullopt;
    }
    const date::local_time<std::chrono::seconds> seconds(
        std::chrono::floor<std::chrono::seconds>(local.time_since_epoch()));
    const date::local_info info = date::locate_zone(zone.name())->get_info(seconds);
    if (info.result != date::local_info::ambiguous) {
        return std::nullopt;
    }
    const auto change = info.first.end.time_since_epoch();
    return LocalRange{LocalTime(change + info.second.offset),
                      LocalTime(change + info.first.offset)};
}

}  // namespace

LocalTime local_from(const Zone& zone, Timestamp from) {
    const LocalTime local = zone.to_local(from);
    const auto twice = shown_twice(zone, local);
    return twice ? twice->begin - std::chrono::seconds(1) : local;
}

LocalTime local_to(const Zone& zone, Timestamp to) {
    const LocalTime local = zone.to_local(to);
    const auto twice = shown_twice(zone, local);
    return twice ? twice->end : local;
}

}  // namespace hrbridge::base
