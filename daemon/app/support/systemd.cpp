#include "daemon/app/support/systemd.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <systemd/sd-bus.h>
#include <systemd/sd-journal.h>

#include "daemon/base/time.h"

namespace hrbridge::app::support {
namespace {

constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kUnitObjects = "/org/freedesktop/systemd1/unit";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kService = "org.freedesktop.systemd1.Service";
constexpr std::uint64_t kLines = 2'000;

struct Property {
    const char* interface;
    const char* name;
    char type;  // of sd-bus
};
constexpr std::array kProperties{Property{kUnit, "ActiveState", 's'},
                                 Property{kUnit, "SubState", 's'},
                                 Property{kUnit, "UnitFileState", 's'},
                                 Property{kUnit, "ActiveEnterTimestamp", 't'},
                                 Property{kUnit, "InactiveEnterTimestamp", 't'},
                                 Property{kService, "Result", 's'},
                                 Property{kService, "StatusText", 's'},
                                 Property{kService, "NRestarts", 'u'},
                                 Property{kService, "ExecMainStatus", 'i'},
                                 Property{kService, "ExecMainCode", 'i'},
                                 Property{kService, "WatchdogTimestamp", 't'},
                                 Property{kService, "WatchdogUSec", 't'},
                                 Property{kService, "MemoryCurrent", 't'},
                                 Property{kService, "MemoryMax", 't'},
                                 Property{kService, "TasksCurrent", 't'},
                                 Property{kService, "CPUUsageNSec", 't'}};

struct Unref {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    void operator()(sd_journal* journal) const { sd_journal_close(journal); }
    void operator()(char* text) const { std::free(text); }
};

[[noreturn]] void fail(const char* what, int error) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(-error)));
}

nlohmann::json value_of(sd_bus* bus, const char* object, const Property& property) {
    const auto get = [&](void* value) {
        return sd_bus_get_property_trivial(bus,
                                           kSystemd,
                                           object,
                                           property.interface,
                                           property.name,
                                           nullptr,
                                           property.type,
                                           value) >= 0;
    };
    if (property.type == 's') {
        char* text = nullptr;
        const int got = sd_bus_get_property_string(
            bus, kSystemd, object, property.interface, property.name, nullptr, &text);
        const std::unique_ptr<char, Unref> owned(text);
        return got < 0 ? nlohmann::json() : nlohmann::json(text);
    }
    if (property.type == 't') {
        std::uint64_t number = 0;
        return get(&number) ? nlohmann::json(number) : nlohmann::json();
    }
    std::int32_t number = 0;
    return get(&number) ? nlohmann::json(number) : nlohmann::json();
}

std::string_view field(sd_journal* journal, const char* name) {
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal, name, &data, &size) < 0) {
        return {};
    }
    return std::string_view(static_cast<const char*>(data), size).substr(std::strlen(name) + 1);
}

std::string line_of(sd_journal* journal) {
    std::uint64_t at = 0;
    sd_journal_get_realtime_usec(journal, &at);
    const base::Timestamp time(std::chrono::microseconds(static_cast<std::int64_t>(at)));
    std::string line = fmt::format(
        "{} <{}> {}", base::to_string(time), field(journal, "PRIORITY"), field(journal, "MESSAGE"));
    return line + "\n";
}

}  // namespace

std::string state_of_unit(const std::string& unit) {
    sd_bus* opened = nullptr;
    if (const int error = sd_bus_open_system(&opened); error < 0) {
        fail("systemd cannot be asked", error);
    }
    const std::unique_ptr<sd_bus, Unref> bus(opened);
    char* object = nullptr;
    if (const int error = sd_bus_path_encode(kUnitObjects, unit.c_str(), &object); error < 0) {
        fail("the unit has no such name", error);
    }
    const std::unique_ptr<char, Unref> path(object);
    nlohmann::json out{{"unit", unit}};
    for (const Property& property : kProperties) {
        out[property.name] = value_of(bus.get(), path.get(), property);
    }
    return out.dump(2) + "\n";
}

std::string journal_of_unit(const std::string& unit) {
    sd_journal* opened = nullptr;
    if (const int error = sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY); error < 0) {
        fail("the journal cannot be read", error);
    }
    const std::unique_ptr<sd_journal, Unref> journal(opened);
    // What it said, or what systemd said of it.
    sd_journal_add_match(journal.get(), ("_SYSTEMD_UNIT=" + unit).c_str(), 0);
    sd_journal_add_disjunction(journal.get());
    sd_journal_add_match(journal.get(), "_PID=1", 0);
    sd_journal_add_match(journal.get(), ("UNIT=" + unit).c_str(), 0);
    sd_journal_seek_tail(journal.get());
    std::string text;
    if (sd_journal_previous_skip(journal.get(), kLines) > 0) {
        do {
            text += line_of(journal.get());
        } while (sd_journal_next(journal.get()) > 0);
    }
    if (text.empty()) {
        throw std::runtime_error("it has no lines of " + unit + " that this user may read");
    }
    return text;
}

}  // namespace hrbridge::app::support
