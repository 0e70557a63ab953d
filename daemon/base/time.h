#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::base {

// A business day without a zone.
using Date = std::chrono::sys_days;
// An instant, UTC, in microseconds.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
// A wall-clock reading without a zone.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

// Strict "YYYY-MM-DD", also "YYYY/MM/DD"; a day that does not exist is nullopt.
std::optional<Date> parse_date(std::string_view text);
// "YYYY-MM-DD[ T]HH:MM[:SS[.f{1,6}]]" without a zone; digits beyond microseconds must be 0.
std::optional<LocalTime> parse_local_time(std::string_view text);
// As parse_local_time with "Z", "+08" or "+08:00" behind it, or " +08:00" (SQL Server).
std::optional<Timestamp> parse_timestamp(std::string_view text);

std::string to_string(Date date);            // "2024-05-06"
std::string to_string(LocalTime time);       // "2024-05-06 07:08:09" or with ".ffffff" when not 0
std::string to_string(Timestamp timestamp);  // as LocalTime, then "Z"

// A time zone of the machine's database. Cheap to copy; safe to share between threads.
class Zone {
  public:
    // nullopt when the machine's time zone database does not know the name.
    static std::optional<Zone> find(std::string_view name);
    static Zone utc();

    const std::string& name() const { return name_; }
    // An ambiguous local time (clocks set back) is its first instant; one that does not exist
    // (clocks set forward) is the instant of the change.
    Timestamp to_instant(LocalTime local) const;
    LocalTime to_local(Timestamp instant) const;
    Date date_of(Timestamp instant) const;

    // "2024-05-06 07:08 +08:00": the minute by this zone's clocks, as people are told an instant.
    std::string minute_text(Timestamp instant) const;

  private:
    Zone(std::string name, const void* handle) : name_(std::move(name)), handle_(handle) {}
    std::string name_;
    const void* handle_;  // the database's zone; lives as long as the program; null for UTC
};

}  // namespace hrbridge::base
