#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app::demo {

// Makes the demo company, plays its ERP, MES, attendance system and WeCom on loopback, and runs
// the same services on it as for any customer. Exit 0 only when the warnings are the planted ones.
Exit run_demo(const CommandLine& line, Output& output);

}  // namespace hrbridge::app::demo
