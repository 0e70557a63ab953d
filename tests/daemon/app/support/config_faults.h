#pragma once

#include <string>
#include <vector>

#include "daemon/app/services.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::test {

// What `hrbridge check` says of an hrbridge.yaml beside empty folders of mappings and rules.
inline base::Faults faults_of(const std::string& text) {
    const TempDir folder;
    folder.write("mappings/empty.txt", "");
    folder.write("rules/empty.txt", "");
    const std::string file = folder.write("hrbridge.yaml", text);
    MemoryLog log;
    ManualClock clock;
    monitoring::Metrics metrics;
    app::LoadedServices loaded = app::load_services(file, log, clock, metrics);
    return loaded.services ? app::missing_folders(loaded.services->config) : loaded.faults;
}

// One a line: "PLACE: what".
inline std::string all(const base::Faults& faults) {
    std::string text;
    for (const base::Fault& fault : faults) {
        text += fault.where + ": " + fault.what + "\n";
    }
    return text;
}

}  // namespace hrbridge::test
