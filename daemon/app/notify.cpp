#include "daemon/app/notify.h"

#include <ctime>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace hrbridge::app {

void ServiceNotifier::ready() const {
    sd_notify(0, "READY=1");
}

void ServiceNotifier::reloading() const {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notify(0,
              fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                          now.tv_sec * 1'000'000LL + now.tv_nsec / 1'000)
                  .c_str());
}

void ServiceNotifier::stopping() const {
    sd_notify(0, "STOPPING=1");
}

void ServiceNotifier::status(const std::string& text) const {
    sd_notify(0, ("STATUS=" + text).c_str());
}

void ServiceNotifier::alive() const {
    sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> ServiceNotifier::watchdog_interval() const {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) {
        return std::nullopt;
    }
    return std::chrono::microseconds(microseconds / 2);
}

}  // namespace hrbridge::app
