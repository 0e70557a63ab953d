#include "daemon/jobs/schedule.h"

#include <cctype>
#include <cstdint>

#include <fmt/format.h>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "daemon/base/yaml.h"

namespace hrbridge::jobs {
namespace {

constexpr std::chrono::milliseconds kShortestInterval{1000};

std::chrono::milliseconds shift_of(std::string_view job, std::chrono::milliseconds jitter) {
    if (jitter.count() <= 0) {
        return std::chrono::milliseconds(0);
    }
    const std::uint64_t part = base::hash64(job) % static_cast<std::uint64_t>(jitter.count());
    return std::chrono::milliseconds(static_cast<std::int64_t>(part));
}

bool looks_like_interval(std::string_view text) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0 &&
           text.find_first_of(" \t") == std::string_view::npos;
}

}  // namespace

base::Result<Schedule> Schedule::parse(std::string_view text,
                                       const base::Zone& zone,
                                       std::chrono::milliseconds jitter,
                                       std::string_view job) {
    const std::string_view trimmed = base::trim(text);
    const std::chrono::milliseconds shift = shift_of(job, jitter);
    if (looks_like_interval(trimmed)) {
        const std::optional<std::int64_t> interval = base::parse_duration_ms(trimmed);
        if (!interval || Interval(*interval) < kShortestInterval) {
            return base::Fault{"",
                               fmt::format("'{}' is no interval: write 30s, 15m, 24h or 7d, at "
                                           "least 1s, or a cron expression of five fields",
                                           trimmed)};
        }
        return Schedule(Interval(*interval), shift);
    }
    base::Result<Cron> cron = Cron::parse(trimmed);
    if (!cron) {
        return cron.fault();
    }
    return Schedule(CronRule{std::move(cron).value(), zone}, shift);
}

base::Timestamp Schedule::next_after(base::Timestamp after) const {
    if (const auto* interval = std::get_if<Interval>(&rule_)) {
        return after + *interval;
    }
    const auto& rule = std::get<CronRule>(rule_);
    return rule.cron.next_after(after - shift_, rule.zone) + shift_;
}

bool Schedule::is_plausible(base::Timestamp planned, base::Timestamp now) const {
    return planned <= next_after(next_after(now)) + kMostClocksDiffer;
}

base::Timestamp Schedule::next_start(std::optional<base::Timestamp> last_start,
                                     base::Timestamp now) const {
    if (last_start) {
        return next_after(*last_start);
    }
    return std::holds_alternative<Interval>(rule_) ? now + shift_ : next_after(now);
}

}  // namespace hrbridge::jobs
