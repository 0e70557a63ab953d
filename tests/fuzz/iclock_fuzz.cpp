#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connectors/iclock/attlog.h"
#include "connectors/iclock/protocol.h"
#include "connectors/iclock/terminals.h"
#include "daemon/base/text.h"

namespace {

using namespace hrbridge;

void must(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool storable(const std::string& text, std::size_t most) {
    return text.size() <= most && base::is_valid_utf8(text) &&
           text.find('\0') == std::string::npos && text.find('\t') == std::string::npos;
}

std::string line_of(const iclock::Punch& punch) {
    std::string line = punch.pin + "\t" + punch.time + "\t" + punch.status + "\t" + punch.verify +
                       "\t" + punch.workcode + "\t0\t0\t\t\t";
    if (punch.utc_offset_s) {
        const std::int64_t offset = *punch.utc_offset_s;
        line += std::string("\t") + (offset < 0 ? "-" : "+") +
                std::to_string(offset < 0 ? -offset : offset);
    }
    return line + "\n";
}

// Every line that is not empty ends up in one list, what is kept fits the store, and a punch
// written again is the same punch.
void check_body(std::string_view body) {
    const iclock::AttLog log = iclock::parse_attlog(body);
    must(log.bad.size() <= iclock::kMostBadLines);
    must(log.punches.size() + log.bad.size() <= log.lines);
    must(log.bad.size() == iclock::kMostBadLines ||
         log.punches.size() + log.bad.size() == log.lines);
    std::string again;
    for (const iclock::Punch& punch : log.punches) {
        must(!punch.pin.empty() && storable(punch.pin, 24) && storable(punch.status, 8));
        must(storable(punch.verify, 8) && storable(punch.workcode, 32));
        must(punch.time.size() == 19 && base::parse_local_time(punch.time).has_value());
        iclock::instant_of(punch.time, punch.utc_offset_s, base::Zone::utc());
        again += line_of(punch);
    }
    for (const iclock::BadLine& bad : log.bad) {
        must(!bad.problem.empty() && !bad.raw.empty());
    }
    const iclock::AttLog second = iclock::parse_attlog(again);
    must(second.bad.empty() && second.punches.size() == log.punches.size());
    for (std::size_t i = 0; i < log.punches.size(); ++i) {
        const iclock::Punch& one = log.punches[i];
        const iclock::Punch& other = second.punches[i];
        must(one.pin == other.pin && one.time == other.time && one.status == other.status);
        must(one.verify == other.verify && one.workcode == other.workcode);
        must(one.utc_offset_s == other.utc_offset_s);
    }
}

void check_call(std::string_view text) {
    const std::size_t end = text.find('\n');
    const std::string path(text.substr(0, end));
    const std::string rest(end == std::string_view::npos ? "" : text.substr(end + 1));
    for (const char* method : {"GET", "POST"}) {
        const auto call = iclock::parse_call(
            method, path, {{"SN", rest}, {"Stamp", rest}, {"options", ""}, {"table", "ATTLOG"}});
        if (call && iclock::is_serial(call->serial)) {
            const std::string options =
                iclock::options_text(call->serial, call->stamp, base::Zone::utc(), {});
            must(options.find("Encrypt=None\n") != std::string::npos);
        }
    }
    if (const auto range = iclock::AddressRange::parse(rest)) {
        range->holds(path);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_body(text);
    check_call(text);
    return 0;
}
