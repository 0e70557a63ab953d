#include "daemon/app/logs.h"

#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include "daemon/base/text.h"
#include "daemon/base/time.h"

namespace hrbridge::app {
namespace {

int priority_of(base::Level level) {
    switch (level) {
        case base::Level::Debug:
            return LOG_DEBUG;
        case base::Level::Info:
            return LOG_INFO;
        case base::Level::Notice:
            return LOG_NOTICE;
        case base::Level::Warning:
            return LOG_WARNING;
        case base::Level::Error:
            return LOG_ERR;
    }
    return LOG_ERR;
}

std::string_view word_of(base::Level level) {
    switch (level) {
        case base::Level::Debug:
            return "debug";
        case base::Level::Info:
            return "info";
        case base::Level::Notice:
            return "notice";
        case base::Level::Warning:
            return "warning";
        case base::Level::Error:
            return "error";
    }
    return "error";
}

void add_fields(std::span<const base::LogField> fields, std::string& line) {
    for (const base::LogField& field : fields) {
        line += fmt::format(" {}={}", field.name, field.value);
    }
}

class JournalLog final : public base::Log {
  public:
    explicit JournalLog(base::Level least) : least_(least) {}

    void write(base::Level level,
               std::string_view message,
               std::span<const base::LogField> fields) override {
        if (level < least_) {
            return;
        }
        std::vector<std::string> lines;
        lines.reserve(fields.size() + 2);
        // With its fields, since who reads the journal sees no others.
        std::string text(message);
        add_fields(fields, text);
        lines.push_back("MESSAGE=" + text);
        lines.push_back(fmt::format("PRIORITY={}", priority_of(level)));
        for (const base::LogField& field : fields) {
            lines.push_back(
                fmt::format("HRBRIDGE_{}={}", base::to_upper_ascii(field.name), field.value));
        }
        std::vector<iovec> parts;
        parts.reserve(lines.size());
        for (std::string& line : lines) {
            parts.push_back({line.data(), line.size()});
        }
        sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
    }

  private:
    base::Level least_;
};

class TerminalLog final : public base::Log {
  public:
    explicit TerminalLog(base::Level least) : least_(least) {}

    void write(base::Level level,
               std::string_view message,
               std::span<const base::LogField> fields) override {
        if (level < least_) {
            return;
        }
        std::string line = log_line(level, message, fields);
        line += '\n';
        const std::lock_guard lock(mutex_);
        std::fwrite(line.data(), 1, line.size(), stderr);
    }

  private:
    base::Level least_;
    std::mutex mutex_;
};

// JOURNAL_STREAM names device and inode of the stream that systemd connected to the journal.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) {
        return false;
    }
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace

std::string log_line(base::Level level,
                     std::string_view message,
                     std::span<const base::LogField> fields) {
    const auto now =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    std::string line =
        fmt::format("{} {:<7} {}", base::to_string(base::Timestamp(now)), word_of(level), message);
    add_fields(fields, line);
    return line;
}

std::unique_ptr<base::Log> make_log(base::Level least) {
    if (stderr_is_journal()) {
        return std::make_unique<JournalLog>(least);
    }
    return std::make_unique<TerminalLog>(least);
}

}  // namespace hrbridge::app
