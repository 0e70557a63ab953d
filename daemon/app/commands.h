#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// Runs one command line: in this process, or in the running daemon when the command changes or
// reads the store and one listens on the control socket. Throws what cannot be handled; main()
// prints it.
Exit run_command_line(const CommandLine& line, Output& output);

}  // namespace hrbridge::app
