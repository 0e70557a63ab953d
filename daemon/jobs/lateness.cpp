#include "daemon/jobs/lateness.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace hrbridge::jobs {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;

// Not less.
std::int64_t seconds_of(base::Timestamp::duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

}  // namespace

std::vector<store::LateRow> late_rows(const std::vector<std::int64_t>& watermarks,
                                      engine::WatermarkForm form,
                                      const base::Zone& zone,
                                      base::Timestamp before,
                                      base::Timestamp source_now) {
    std::vector<store::LateRow> rows;
    if (form == engine::WatermarkForm::Number) {
        return rows;
    }
    for (const std::int64_t watermark : watermarks) {
        const std::chrono::microseconds since(watermark);
        const base::Timestamp time = form == engine::WatermarkForm::Local
                                         ? zone.to_instant(base::LocalTime(since))
                                         : base::Timestamp(since);
        if (time < before) {
            rows.push_back({seconds_of(source_now - time), seconds_of(before - time)});
        }
    }
    return rows;
}

std::int64_t highest_watermark(const base::Zone& zone, base::Timestamp before) {
    return std::max(zone.to_local(before).time_since_epoch().count(),
                    before.time_since_epoch().count());
}

std::optional<std::string> suggested_overlap(const engine::Mapping& mapping,
                                             std::int64_t deepest_s) {
    const std::int64_t overlap_s = mapping.sync.overlap_ms / 1000;
    if (overlap_s == 0 || deepest_s * 5 < overlap_s * 4) {
        return std::nullopt;
    }
    return duration_text(deepest_s + deepest_s / 2);
}

std::string duration_text(std::int64_t seconds) {
    if (seconds < 2 * kMinute) {
        return fmt::format("{}s", seconds);
    }
    return seconds < 3 * kHour ? fmt::format("{}m", (seconds + kMinute - 1) / kMinute)
                               : fmt::format("{}h", (seconds + kHour - 1) / kHour);
}

}  // namespace hrbridge::jobs
