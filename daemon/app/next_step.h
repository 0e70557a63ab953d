#pragma once

#include <string>

#include "daemon/store/sql.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::app {

// The command that comes next for a module whose newest rehearsal this is (nullptr: none yet), as
// it is typed.
std::string next_step(store::sql::Connection& live,
                      const project::Module& module,
                      const rehearsal::Rehearsal* newest);

}  // namespace hrbridge::app
