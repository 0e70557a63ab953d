#pragma once

#include <optional>
#include <string>

#include "daemon/app/config.h"
#include "daemon/base/clock.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::app {

// Why this mapping may not be read now, in words that name the setting: it is outside the hours of
// the mapping (sync.source_guard.hours) or of its source (guard.hours), or less than
// retention.disk_reserve is free under an SQLite store. Absent: it may. `forced` passes over the
// hours, by the clock of the mapping's zone.
std::optional<std::string> obstacle_to(const engine::Mapping& mapping,
                                       const Config& config,
                                       base::Timestamp now,
                                       bool forced);

// The hours alone, of the mapping and its source.
std::optional<std::string> outside_hours_of(const engine::Mapping& mapping,
                                            const Config& config,
                                            base::Timestamp now);
// Those of a source for which no mapping speaks, by the configuration's zone.
std::optional<std::string> outside_hours_of(const SourceConfig& source,
                                            const Config& config,
                                            base::Timestamp now);

// Less than retention.disk_reserve is free under an SQLite store. Absent: there is room.
std::optional<std::string> no_room_in_store(const Config& config);

}  // namespace hrbridge::app
