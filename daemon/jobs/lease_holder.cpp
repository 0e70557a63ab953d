#include "daemon/jobs/lease_holder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/base/ids.h"
#include "daemon/base/text.h"
#include "daemon/jobs/own_clock.h"

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kParts = 6;  // machine, boot, namespace, process, its start, random
// Fields of /proc/<pid>/stat behind the command's closing parenthesis; the start is field 22.
constexpr std::size_t kStartField = 19;

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Cloned machines share an id; nobody must judge another one's processes by his own boot.
std::string machine() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    ::gethostname(name.data(), name.size() - 1);
    std::string host = name.data();
    std::replace(host.begin(), host.end(), '/', '_');
    return first_line("/etc/machine-id") + "@" + host;
}

std::string process_namespace() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
}

// Empty when there is no such process, or none that this user may see.
std::string start_of(std::string_view process) {
    const std::string line = first_line(fmt::format("/proc/{}/stat", process));
    const std::size_t command_end = line.rfind(") ");
    if (command_end == std::string::npos) {
        return {};
    }
    const std::string rest = line.substr(command_end + 2);
    const std::vector<std::string_view> fields = base::split(rest, ' ');
    const bool dead = fields.front() == "Z" || fields.front() == "X";
    return !dead && fields.size() > kStartField ? std::string(fields[kStartField]) : std::string();
}

// A service's sandbox shows its own user's processes alone (ProtectProc=); a signal finds them all.
bool is_hidden(std::string_view process) {
    pid_t number = 0;
    const auto [end, error] =
        std::from_chars(process.data(), process.data() + process.size(), number);
    return error == std::errc() && end == process.data() + process.size() && number > 0 &&
           ::kill(number, 0) != 0 && errno == EPERM;
}

}  // namespace

std::string new_holder() {
    const std::string process = std::to_string(::getpid());
    return fmt::format("{}/{}/{}/{}/{}/{}",
                       machine(),
                       boot_id(),
                       process_namespace(),
                       process,
                       start_of(process),
                       base::random_id());
}

bool is_gone(std::string_view holder) {
    const std::vector<std::string_view> parts = base::split(holder, '/');
    if (parts.size() != kParts || parts[0] != machine()) {
        return false;
    }
    const std::string boot = boot_id();
    if (boot.empty() || parts[1].empty()) {
        return false;
    }
    if (parts[1] != boot) {
        return true;
    }
    if (parts[2] != process_namespace()) {
        return false;
    }
    const std::string start = start_of(parts[3]);
    return start.empty() ? !is_hidden(parts[3]) : start != parts[4];
}

}  // namespace hrbridge::jobs
