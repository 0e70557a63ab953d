#pragma once

#include "daemon/app/cli.h"
#include "daemon/app/output.h"
#include "daemon/app/services.h"

namespace hrbridge::app {

// hrbridge mapping new: a mapping for a table of a database or the files of a folder, to
// `output` or into a new file. Throws base::ConnectorError.
Exit new_mapping(Services& services, const CommandLine& line, Output& output);

}  // namespace hrbridge::app
