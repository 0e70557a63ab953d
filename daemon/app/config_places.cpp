#include "daemon/app/config_places.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hrbridge::app {
namespace {

constexpr const char* kCorrect = "correct the path, or make it for the user of the daemon";

std::string cannot(const std::string& path, const char* what) {
    return fmt::format("{} {}: {}; {}",
                       path,
                       what,
                       std::generic_category().message(errno),
                       "check the rights of it and of the folders above it");
}

// By the effective user, as open() judges.
bool may(const std::string& path, int mode) {
    return ::eaccess(path.c_str(), mode) == 0;
}

// Empty when the path leads to something; `out` says to what.
std::string find(const std::string& path, struct stat& out) {
    if (::stat(path.c_str(), &out) == 0) {
        return {};
    }
    return errno == ENOENT || errno == ENOTDIR ? fmt::format("{} is not there; {}", path, kCorrect)
                                               : cannot(path, "cannot be reached");
}

}  // namespace

std::string file_fault(const std::string& path) {
    struct stat status {};
    if (std::string missing = find(path, status); !missing.empty()) {
        return missing;
    }
    if (!S_ISREG(status.st_mode)) {
        return fmt::format("{} is no file; {}", path, kCorrect);
    }
    return may(path, R_OK) ? std::string() : cannot(path, "cannot be read by this user");
}

std::string folder_fault(const std::string& path) {
    struct stat status {};
    if (std::string missing = find(path, status); !missing.empty()) {
        return missing;
    }
    if (!S_ISDIR(status.st_mode)) {
        return fmt::format("{} is no folder; {}", path, kCorrect);
    }
    return may(path, R_OK | X_OK) ? std::string() : cannot(path, "cannot be read by this user");
}

std::string own_folder_fault(const std::string& path) {
    if (std::string fault = folder_fault(path); !fault.empty()) {
        return fault;
    }
    return may(path, W_OK | X_OK) ? std::string() : cannot(path, "cannot be written by this user");
}

std::string database_fault(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (std::string fault = own_folder_fault(folder); !fault.empty()) {
        return fault;
    }
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return {};
    }
    if (!S_ISREG(status.st_mode)) {
        return fmt::format("{} is no file; {}", path, kCorrect);
    }
    return may(path, R_OK | W_OK) ? std::string() : cannot(path, "cannot be written by this user");
}

}  // namespace hrbridge::app
