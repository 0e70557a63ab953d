#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/time.h"

namespace hrbridge::iclock {

// The push protocol of ZKTeco's terminals (ADMS), as far as attendance needs it; facts from the
// vendor's "Attendance PUSH Communication Protocol", PUSH SDK 2.4.2, document versions 4.8 and 5.8:
//   GET  /iclock/cdata?SN=…&options=all&pushver=…   the terminal begins: it gets its options
//   POST /iclock/cdata?SN=…&table=ATTLOG&Stamp=…    records, answered "OK:<lines>" when they are
//        taken; on any other answer the terminal keeps them and sends them again after ErrorDelay
//   POST /iclock/cdata?SN=…&table=OPERLOG|options|… what else it tells, also to /iclock/fdata
//   GET  /iclock/getrequest?SN=…[&INFO=…]           every Delay seconds: commands, or "OK"
//   POST /iclock/devicecmd?SN=…                     what came of a command
//   GET  /iclock/ping?SN=…                          a heartbeat during long uploads
// Some makers' firmware writes ".aspx" behind the names.
//
// Stamps: a terminal sends one with its records and gets back the last one when it begins. Older
// firmware sends on behind it, newer only knows that 0 means "everything again". So a terminal that
// is not known gets 0, and what comes twice is recognised by the store.
struct Call {
    enum class Kind { Options, Records, Other, Commands, CommandResult, Ping };
    Kind kind = Kind::Other;
    std::string token;   // the path's first part before /iclock; empty: none
    std::string serial;  // as given
    std::string stamp;
    std::string device_type;  // of Options: "att", "pid" (identity cards), "ins"; older: empty
};

using Query = std::map<std::string, std::string>;

// nullopt: no address of the protocol, or not with this method.
std::optional<Call> parse_call(std::string_view method, std::string_view path, const Query& query);

// Whether a stamp may be kept and given back: 1 to 32 letters and digits.
bool is_stamp(std::string_view text);

// The answer to Call::Kind::Options. Only punches are asked for: names, passwords, photos and
// templates of people stay in the terminal. Versions below 2.3 leave out the vendor's own ciphers.
std::string options_text(std::string_view serial,
                         const std::optional<std::string>& stamp,
                         const base::Zone& zone,
                         base::Timestamp now);

// The option TimeZone: whole hours between -12 and 12, otherwise minutes.
std::string time_zone_option(const base::Zone& zone, base::Timestamp now);

}  // namespace hrbridge::iclock
