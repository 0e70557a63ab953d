#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/backup/files.h"
#include "daemon/base/time.h"

// A folder with backups in it.
namespace hrbridge::backup {

inline constexpr const char* kUnfinished = ".unfinished-";

// "hrbridge-20261127T131500.123456Z": sorted by name they are sorted by time.
std::string backup_name(base::Timestamp made_at);

// The finished ones, oldest first. None when the folder is not there.
std::vector<fs::path> list_backups(const fs::path& folder);

// When the newest one of the store `from` (Manifest::from) was made; damaged ones do not count.
std::optional<base::Timestamp> newest_backup(const fs::path& folder, const std::string& from);

// Removes the oldest ones of the store `from` that a schedule made, but the last `keep`; gives the
// number. Those made by hand or before an upgrade stay.
std::int64_t remove_old_backups(const fs::path& folder, const std::string& from, std::int64_t keep);

// Removes what backups and removals that were cut off have left.
void remove_leftovers(const fs::path& folder);

}  // namespace hrbridge::backup
