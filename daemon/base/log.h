#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace hrbridge::base {

enum class Level { Debug, Info, Notice, Warning, Error };

// A structured field: journald shows it as HRBRIDGE_<NAME>, the terminal as name=value.
struct LogField {
    std::string_view name;  // lower case, snake_case
    std::string value;
};

// Where log lines go. Thread-safe. Messages and fields hold no personal data and no secret.
class Log {
  public:
    Log() = default;
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    virtual ~Log() = default;
    virtual void write(Level level, std::string_view message, std::span<const LogField> fields) = 0;

    void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::Info, message, {fields.begin(), fields.size()});
    }
    void notice(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::Notice, message, {fields.begin(), fields.size()});
    }
    void warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::Warning, message, {fields.begin(), fields.size()});
    }
    void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
        write(Level::Error, message, {fields.begin(), fields.size()});
    }
};

}  // namespace hrbridge::base
