#include "connectors/iclock/attlog.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "daemon/base/text.h"

namespace hrbridge::iclock {
namespace {

constexpr std::size_t kLongestPin = 24;
constexpr std::size_t kLongestCode = 8;
constexpr std::size_t kLongestWorkcode = 32;
constexpr std::size_t kTimeSize = 19;
constexpr std::size_t kLongestLine = 4096;
constexpr std::int64_t kMostOffset = 14LL * 3600;

// Places in a line.
constexpr std::size_t kPin = 0;
constexpr std::size_t kTime = 1;
constexpr std::size_t kStatus = 2;
constexpr std::size_t kVerify = 3;
constexpr std::size_t kWorkcode = 4;
constexpr std::size_t kOffset = 10;

bool is_control(char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
}

bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), is_control) && base::is_valid_utf8(text);
}

bool is_time(std::string_view text) {
    return text.size() == kTimeSize && text[4] == '-' && text[10] == ' ' &&
           base::parse_local_time(text).has_value();
}

// Without a sign it may be what another firmware writes there.
std::optional<std::int64_t> offset_of(std::string_view text) {
    if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) {
        return std::nullopt;
    }
    std::int64_t seconds = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 1, last, seconds);
    if (error != std::errc() || end != last || seconds < 0 || seconds > kMostOffset) {
        return std::nullopt;
    }
    return text.front() == '-' ? -seconds : seconds;
}

// Empty when the line is a punch, which `out` then holds.
std::string_view take_apart(std::string_view line, Punch& out) {
    if (line.size() > kLongestLine) {
        return "the line is longer than 4096 bytes";
    }
    if (line.find('\0') != std::string_view::npos) {
        return "the line holds a NUL";
    }
    const auto fields = base::split(line, '\t');
    const auto field = [&](std::size_t place) {
        return place < fields.size() ? base::trim(fields[place]) : std::string_view();
    };
    if (fields.size() < 2) {
        return "the line has no tab between number and time";
    }
    const std::string_view pin = field(kPin);
    if (pin.empty()) {
        return "the number of the person is missing";
    }
    if (pin.size() > kLongestPin) {
        return "the number of the person is longer than 24 bytes";
    }
    if (!is_plain(pin)) {
        return "the number of the person is not UTF-8 or holds control characters";
    }
    if (!is_time(field(kTime))) {
        return "the time is none: YYYY-MM-DD HH:MM:SS";
    }
    if (field(kStatus).size() > kLongestCode || field(kVerify).size() > kLongestCode ||
        !is_plain(field(kStatus)) || !is_plain(field(kVerify))) {
        return "status or way of verification is no code";
    }
    if (field(kWorkcode).size() > kLongestWorkcode || !is_plain(field(kWorkcode))) {
        return "the work code is none";
    }
    out = {std::string(pin),
           std::string(field(kTime)),
           std::string(field(kStatus)),
           std::string(field(kVerify)),
           std::string(field(kWorkcode)),
           offset_of(field(kOffset))};
    return {};
}

void add_bad(AttLog& log, std::string_view line, std::string_view problem) {
    if (log.bad.size() < kMostBadLines) {
        log.bad.push_back({std::string(line), std::string(problem)});
        return;
    }
    BadLine& rest = log.bad.back();
    rest.problem = "one of the many lines at the end of a body that are no punches";
    rest.raw.append("\n").append(line);
}

}  // namespace

AttLog parse_attlog(std::string_view body) {
    AttLog log;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            continue;
        }
        ++log.lines;
        Punch punch;
        if (const std::string_view problem = take_apart(line, punch); problem.empty()) {
            log.punches.push_back(std::move(punch));
        } else {
            add_bad(log, line, problem);
        }
    }
    return log;
}

base::Timestamp instant_of(std::string_view time,
                           const std::optional<std::int64_t>& utc_offset_s,
                           const base::Zone& zone) {
    const base::LocalTime local = base::parse_local_time(time).value_or(base::LocalTime());
    return utc_offset_s
               ? base::Timestamp(local.time_since_epoch() - std::chrono::seconds(*utc_offset_s))
               : zone.to_instant(local);
}

}  // namespace hrbridge::iclock
