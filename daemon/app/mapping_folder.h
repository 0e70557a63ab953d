#pragma once

#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::app {

struct LoadedMappings {
    std::vector<engine::Mapping> mappings;  // a mapping stands behind all that it needs
    base::Faults faults;
};

// Loads every *.map.yaml below the folders and puts them into the order of their `needs:`. Faults:
// those of the files, equal names, needs that do not exist or go round in circles.
LoadedMappings load_mappings(const std::vector<std::string>& folders);

}  // namespace hrbridge::app
