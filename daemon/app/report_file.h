#pragma once

#include <functional>
#include <string>

#include "daemon/app/cli.h"
#include "daemon/app/output.h"

namespace hrbridge::app {

// `migrate report` where the person sits: whoever has the store makes the report, its bytes come
// back and are written here, and a file that is to be checked is read here. `run` runs the command
// with this input and output.
Exit run_report_command(const CommandLine& line,
                        Output& output,
                        const std::function<Exit(const std::string& input, Output&)>& run);

// "html" or "pdf" by the file's name; empty for another.
std::string report_form(const std::string& file);

}  // namespace hrbridge::app
