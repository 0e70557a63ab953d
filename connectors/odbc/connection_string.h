#pragma once

#include <string>

#include "connectors/odbc/options.h"
#include "daemon/base/result.h"

namespace hrbridge::odbc {

// Bounds of what is given to a driver manager or a driver: some copy into fixed buffers (sqliteodbc
// holds a path in 512 bytes, psqlODBC most values in 256).
inline constexpr std::size_t kMostAttributeBytes = 255;
inline constexpr std::size_t kMostConnectionBytes = 1023;

// Faults of the settings, all of them. No text holds a value.
base::Faults check_options(const Options& options);

// "DRIVER={…};SERVER=…;UID=…;PWD=…". `defaults` are added unless the options name them. The
// result holds the password: never log it.
base::Secret connection_string(const Options& options, const Attributes& defaults);

// A value as it stands in a connection string: in braces, with "}" doubled, where it must be.
std::string escape_value(std::string_view value);

}  // namespace hrbridge::odbc
