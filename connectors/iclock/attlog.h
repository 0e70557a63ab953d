#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"

namespace hrbridge::iclock {

// One punch of an ATTLOG body. The terminal sends, separated by tabs (vendor's "Attendance PUSH
// Communication Protocol" 2.4.2, "Upload attendance record"):
//   Pin Time Status Verify Workcode Reserved1 Reserved2 MaskFlag Temperature ConvTemperature
//   TimeOffset ExtendData
// of which older ones leave out what stands behind. What is not named here is not kept: it may be a
// body temperature, a place or, from identity-card readers, an identity number.
struct Punch {
    std::string pin;
    std::string time;  // the terminal's wall clock, "YYYY-MM-DD HH:MM:SS"
    std::string status;
    std::string verify;
    std::string workcode;
    std::optional<std::int64_t> utc_offset_s;  // what the terminal says of its clock, east positive
};

// A line that is no punch, as it came without its line end.
struct BadLine {
    std::string raw;
    std::string problem;  // for people; nothing of the line
};

struct AttLog {
    std::vector<Punch> punches;
    std::vector<BadLine> bad;
    std::size_t lines = 0;  // that are not empty: the number to answer with
};

// How many bad lines of one body are kept each by itself; those behind are one BadLine together, so
// that a terminal gone wrong cannot fill the store with rows.
inline constexpr std::size_t kMostBadLines = 1000;

// Takes a body apart; every line that is not empty ends up in one of the two lists. Lines end with
// LF, maybe CR LF, the last one maybe without. For any bytes.
AttLog parse_attlog(std::string_view body);

// When the punch was, as its own offset or else the terminal's zone has it.
base::Timestamp instant_of(std::string_view time,
                           const std::optional<std::int64_t>& utc_offset_s,
                           const base::Zone& zone);

}  // namespace hrbridge::iclock
