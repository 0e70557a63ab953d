#include "daemon/app/obstacles.h"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "daemon/base/day_hours.h"

namespace hrbridge::app {
namespace {

bool inside(const std::string& hours, base::LocalTime time) {
    const auto parsed = base::DayHours::parse(hours);
    return !parsed || parsed->contains(time);
}

std::optional<std::string> outside_hours(const std::string& setting,
                                         const std::string& hours,
                                         const std::string& zone,
                                         base::LocalTime time) {
    if (inside(hours, time)) {
        return std::nullopt;
    }
    return fmt::format(
        "it is {} in {}, outside of {}: {}; wait for these hours, or give the command "
        "--force",
        base::to_string(time).substr(0, 16),
        zone,
        setting,
        hours);
}

base::LocalTime local(const std::string& zone, base::Timestamp now) {
    return base::Zone::find(zone).value_or(base::Zone::utc()).to_local(now);
}

std::string setting_of(const SourceConfig& source) {
    return fmt::format("sources.{}.guard.hours", source.name);
}

}  // namespace

// A store that is nearly full takes no more rows: what is there must stay usable.
std::optional<std::string> no_room_in_store(const Config& config) {
    if (config.store.kind != "sqlite") {
        return std::nullopt;
    }
    std::error_code error;
    const auto space =
        std::filesystem::space(std::filesystem::path(config.store.path).parent_path(), error);
    const auto reserve = static_cast<std::uintmax_t>(config.retention.disk_reserve);
    if (error) {
        return fmt::format("the free room under the store cannot be seen: {}: {}",
                           config.store.path,
                           error.message());
    }
    if (space.available >= reserve) {
        return std::nullopt;
    }
    return fmt::format(
        "{} bytes are free under the store, retention.disk_reserve keeps {}: free some room; what "
        "was read is stored, and the next run goes on behind it",
        space.available,
        reserve);
}

std::optional<std::string> outside_hours_of(const engine::Mapping& mapping,
                                            const Config& config,
                                            base::Timestamp now) {
    const std::string& zone = mapping.read_as.zone;
    const base::LocalTime time = local(zone, now);
    if (auto why = outside_hours(
            mapping.file + ": sync.source_guard.hours", mapping.sync.hours, zone, time)) {
        return why;
    }
    for (const SourceConfig& source : config.sources) {
        auto why = source.name != mapping.connection
                       ? std::nullopt
                       : outside_hours(setting_of(source), source.guard.hours, zone, time);
        if (why) {
            return why;
        }
    }
    return std::nullopt;
}

std::optional<std::string> outside_hours_of(const SourceConfig& source,
                                            const Config& config,
                                            base::Timestamp now) {
    return outside_hours(
        setting_of(source), source.guard.hours, config.zone, local(config.zone, now));
}

std::optional<std::string> obstacle_to(const engine::Mapping& mapping,
                                       const Config& config,
                                       base::Timestamp now,
                                       bool forced) {
    if (auto why = forced ? std::nullopt : outside_hours_of(mapping, config, now)) {
        return why;
    }
    return no_room_in_store(config);
}

}  // namespace hrbridge::app
