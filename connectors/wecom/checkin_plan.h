#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hrbridge::wecom {

// People whose check-ins of one stretch of time are read. Seconds are Unix time; [from, to).
struct CheckinPass {
    std::vector<std::string> users;  // sorted, unique
    std::int64_t from = 0;
    std::int64_t to = 0;
};

// What a reading is planned from.
struct CheckinBounds {
    std::int64_t first = 0;  // of those who are read for the first time
    std::int64_t from = 0;   // of the window; not before `first`
    std::int64_t to = 0;
};

// Who is read from when. A list of people changes from run to run, and even between an interrupted
// reading and its continuation, so who is new is decided once a reading and kept in its positions.
struct CheckinPlan {
    // Two: first the new people up to the window, then all in the window.
    std::vector<CheckinPass> passes;
    // The people who are read for the first time, to be kept in each position.
    std::vector<std::string> fresh;
    // For the next reading: who has been read from the first day on.
    std::string memory;
};

// `everyone` may have checked in since bounds.first, `current` since bounds.from; `memory` is an
// earlier plan's. `fresh` is that of the position at which the reading goes on, nullptr at a start.
// Who is no longer among everyone is forgotten, and read from the first day on if he comes again.
CheckinPlan plan_checkins(std::vector<std::string> everyone,
                          std::vector<std::string> current,
                          const std::string& memory,
                          const std::vector<std::string>* fresh,
                          const CheckinBounds& bounds);

// One userid a line: userids have no line ends.
std::string join_users(const std::vector<std::string>& users);
std::vector<std::string> split_users(const std::string& text);

}  // namespace hrbridge::wecom
