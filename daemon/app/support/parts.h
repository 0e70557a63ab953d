#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

namespace hrbridge::app::support {

// The files of a bundle, and why others are not in it.
struct Parts {
    std::map<std::string, std::string> files;    // by name
    std::map<std::string, std::string> missing;  // name to reason
    // To be taken out of every file, as whoever made these parts knows them; not in the archive.
    std::set<std::string> names = {};

    // The file that `make` gives; where that throws, the reason.
    void add(const std::string& name, const std::function<std::string()>& make);
    // Files win over reasons, those that are here over others.
    void add(const Parts& others);
};

// For the way from the daemon to the caller.
std::string packed(const Parts& parts);
Parts unpacked(const std::string& text);

// A ZIP archive of the files and `manifest.json`, which lists them with their sizes and what is
// missing. Throws std::runtime_error.
std::string archive_of(const Parts& parts, const std::string& made_at);

}  // namespace hrbridge::app::support
