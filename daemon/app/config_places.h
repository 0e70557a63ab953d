#pragma once

#include <string>

namespace hrbridge::app {

// What stands against a file or folder that the configuration names, for the user of this process,
// with what to do; empty when nothing does. `path` is absolute.

// A file that is read: certificate, key, CA.
std::string file_fault(const std::string& path);
// A folder whose files are read.
std::string folder_fault(const std::string& path);
// A folder in which files are made.
std::string own_folder_fault(const std::string& path);
// A database file that need not exist yet: its folder must, and files be made in it, since SQLite
// keeps its journal beside the database.
std::string database_fault(const std::string& path);

}  // namespace hrbridge::app
