#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/time.h"

namespace hrbridge::model {

// A line that an attendance terminal pushed: a punch, or, with a problem, a line that is none.
struct TerminalRecord {
    std::int64_t id = 0;
    std::string serial;
    base::Timestamp received_at;
    std::string pin;
    std::string punched;  // the terminal's wall clock, as sent
    std::string status;
    std::string verify;
    std::string workcode;
    std::optional<std::int64_t> utc_offset_s;
    bool ahead = false;   // its time was not yet when it came
    std::string problem;  // not empty: `line` is the line as it came, all but serial is empty
    std::string line;
};

// One body of records.
struct TerminalUpload {
    std::string source;
    std::string serial;
    std::string address;
    std::optional<std::string> stamp;
    base::Timestamp received_at;
    std::vector<TerminalRecord> records;  // serial and received_at are the upload's
};

struct Terminal {
    std::string serial;
    std::string source;
    std::string address;
    base::Timestamp last_contact;
    std::optional<base::Timestamp> last_records;
    std::optional<std::string> stamp;
    std::int64_t records = 0;
    std::int64_t ahead = 0;
};

}  // namespace hrbridge::model
