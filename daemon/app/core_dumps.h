#pragma once

namespace hrbridge::app {

// Who starts the program with this in its environment set to "yes" gets core files.
inline constexpr const char* kCoreDumpsVariable = "HRBRIDGE_CORE_DUMPS";

// Keeps what this process holds, keys and rows of people among it, from core files and from other
// processes of its user, unless the environment says otherwise. To be called before any of it is
// read.
void keep_memory_private();

}  // namespace hrbridge::app
