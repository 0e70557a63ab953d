#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hrbridge::app {

// Speaks to systemd by sd_notify; does nothing when systemd did not start the process.
class ServiceNotifier {
  public:
    void ready() const;
    void reloading() const;
    void stopping() const;
    void status(const std::string& text) const;
    void alive() const;  // the watchdog
    // Half of the unit's WatchdogSec; nullopt when there is no watchdog.
    std::optional<std::chrono::microseconds> watchdog_interval() const;
};

}  // namespace hrbridge::app
