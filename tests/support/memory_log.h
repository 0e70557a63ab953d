#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "daemon/base/log.h"

namespace hrbridge::test {

// Keeps log lines: "warning message name=value …". Thread-safe.
class MemoryLog final : public base::Log {
  public:
    void write(base::Level level,
               std::string_view message,
               std::span<const base::LogField> fields) override {
        static constexpr const char* kWords[] = {"debug", "info", "notice", "warning", "error"};
        std::string line =
            std::string(kWords[static_cast<int>(level)]) + " " + std::string(message);
        for (const base::LogField& field : fields) {
            line += " " + std::string(field.name) + "=" + field.value;
        }
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }

    std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    bool contains(std::string_view text) const {
        const std::lock_guard lock(mutex_);
        for (const std::string& line : lines_) {
            if (line.find(text) != std::string::npos) {
                return true;
            }
        }
        return false;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace hrbridge::test
