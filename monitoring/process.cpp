#include "monitoring/process.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace hrbridge::monitoring {
namespace {

// Places in /proc/self/stat behind the command's name, proc(5).
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kResidentPages = 21;

// What stands behind the name of the command, which may hold spaces and brackets itself.
std::vector<std::string> stat_fields() {
    std::ifstream file("/proc/self/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos) {
        return {};
    }
    std::istringstream rest(text.substr(end + 1));
    return {std::istream_iterator<std::string>(rest), {}};
}

// When this machine was started, Unix time; 0: not known.
double boot_seconds() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        if (word == "btime" && file >> word) {
            return std::stod(word);
        }
    }
    return 0;
}

double seconds_of(const timeval& time) {
    constexpr double kMicro = 1e-6;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicro;
}

void measure_stat(StateMetrics& metrics) {
    const std::vector<std::string> fields = stat_fields();
    if (fields.size() <= kResidentPages) {
        return;
    }
    metrics.process_threads.Add({}).Set(std::stod(fields[kThreads]));
    metrics.process_resident_bytes.Add({}).Set(std::stod(fields[kResidentPages]) *
                                               static_cast<double>(::sysconf(_SC_PAGESIZE)));
    if (const double boot = boot_seconds(); boot > 0) {
        metrics.process_start_seconds.Add({}).Set(
            boot + std::stod(fields[kStartTicks]) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
    }
}

void measure_cpu(StateMetrics& metrics) {
    static std::mutex mutex;  // the counter takes differences only
    rusage usage{};
    const std::scoped_lock lock(mutex);
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        auto& counter = metrics.process_cpu_seconds.Add({});
        const double used = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
        counter.Increment(std::max(0.0, used - counter.Value()));
    }
}

void measure_files(StateMetrics& metrics) {
    std::error_code error;
    const std::filesystem::directory_iterator files("/proc/self/fd", error);
    if (!error) {
        // Without the one that reads the folder.
        metrics.process_open_files.Add({}).Set(
            static_cast<double>(std::distance(begin(files), end(files)) - 1));
    }
    rlimit most{};
    if (::getrlimit(RLIMIT_NOFILE, &most) == 0) {
        metrics.process_most_files.Add({}).Set(static_cast<double>(most.rlim_cur));
    }
}

}  // namespace

void measure_process(StateMetrics& metrics) {
    measure_stat(metrics);
    measure_cpu(metrics);
    measure_files(metrics);
}

}  // namespace hrbridge::monitoring
