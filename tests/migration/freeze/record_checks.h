#pragma once

#include <map>
#include <string>
#include <vector>

#include "migration/check/check_run.h"
#include "migration/check/verdict.h"
#include "migration/freeze/verdict_record.h"

namespace hrbridge::freeze {

// The three checks of a loaded rehearsal, recorded as `migrate check` does.
inline void record_checks(const Parts& parts,
                          const project::Project& project,
                          const rehearsal::Rehearsal& rehearsal,
                          const std::map<std::string, std::vector<check::Verdict>>& found = {}) {
    for (const char* const name : {check::kFormat, check::kLogic, check::kReconciliation}) {
        const auto of = found.find(name);
        record(parts,
               project,
               rehearsal,
               {name, of == found.end() ? std::vector<check::Verdict>() : of->second});
    }
}

}  // namespace hrbridge::freeze
