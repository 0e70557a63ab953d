#include "connectors/iclock/protocol.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::iclock {
namespace {

constexpr std::size_t kLongestStamp = 32;
constexpr std::int64_t kHalfDay = 720;  // minutes
constexpr std::string_view kSuffix = ".aspx";

// "/iclock/cdata" and "/token/iclock/cdata.aspx" give token and name.
bool split_path(std::string_view path, std::string& token, std::string_view& name) {
    const auto parts = base::split(path, '/');
    const bool with_token = parts.size() == 4;
    if (!parts[0].empty() || (parts.size() != 3 && !with_token) ||
        parts[with_token ? 2 : 1] != "iclock" || (with_token && parts[1].empty())) {
        return false;
    }
    token = with_token ? parts[1] : std::string_view();
    name = parts.back();
    if (name.ends_with(kSuffix)) {
        name.remove_suffix(kSuffix.size());
    }
    return true;
}

std::string value_of(const Query& query, const std::string& name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

std::optional<Call::Kind> kind_of(std::string_view method,
                                  std::string_view name,
                                  const Query& query) {
    if (method == "GET") {
        if (name == "cdata") {
            return query.contains("options") ? Call::Kind::Options : Call::Kind::Other;
        }
        if (name == "getrequest") {
            return Call::Kind::Commands;
        }
        return name == "ping" ? std::optional(Call::Kind::Ping) : std::nullopt;
    }
    if (method == "POST") {
        if (name == "cdata") {
            return base::to_lower_ascii(value_of(query, "table")) == "attlog" ? Call::Kind::Records
                                                                              : Call::Kind::Other;
        }
        if (name == "devicecmd") {
            return Call::Kind::CommandResult;
        }
        return name == "fdata" ? std::optional(Call::Kind::Other) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Call> parse_call(std::string_view method, std::string_view path, const Query& query) {
    Call call;
    std::string_view name;
    if (!split_path(path, call.token, name)) {
        return std::nullopt;
    }
    const auto kind = kind_of(method, name, query);
    if (!kind) {
        return std::nullopt;
    }
    call.kind = *kind;
    call.serial = value_of(query, "SN");
    call.stamp = value_of(query, "Stamp");
    call.device_type = value_of(query, "DeviceType");
    return call;
}

bool is_stamp(std::string_view text) {
    return !text.empty() && text.size() <= kLongestStamp &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
           });
}

std::string time_zone_option(const base::Zone& zone, base::Timestamp now) {
    const auto offset = zone.to_local(now).time_since_epoch() - now.time_since_epoch();
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
    const bool whole = minutes % 60 == 0 && minutes > -kHalfDay && minutes < kHalfDay;
    return std::to_string(whole ? minutes / 60 : minutes);
}

std::string options_text(std::string_view serial,
                         const std::optional<std::string>& stamp,
                         const base::Zone& zone,
                         base::Timestamp now) {
    const std::string known = stamp && is_stamp(*stamp) ? *stamp : "0";
    return fmt::format(
        "GET OPTION FROM: {}\n"
        "Stamp={}\n"
        "ATTLOGStamp={}\n"
        "OPERLOGStamp=9999\n"
        "ATTPHOTOStamp=9999\n"
        "ErrorDelay=30\n"
        "Delay=10\n"
        "TransTimes=00:00;14:05\n"
        "TransInterval=1\n"
        "TransFlag=TransData AttLog\n"
        "TimeZone={}\n"
        "Realtime=1\n"
        "Encrypt=None\n"
        "ServerVer=2.2.14\n"
        "PushProtVer=2.2.14\n"
        "SupportPing=1\n",
        serial,
        known,
        known,
        time_zone_option(zone, now));
}

}  // namespace hrbridge::iclock
