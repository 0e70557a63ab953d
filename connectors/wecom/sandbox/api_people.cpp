#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "connectors/wecom/json.h"
#include "connectors/wecom/sandbox/api.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom::sandbox {
namespace {

constexpr std::size_t kMostPeople = 100;
constexpr std::int64_t kMostSpan = 30 * 86'400;
constexpr std::size_t kCallsPerMinute = 600;

std::optional<Response> check_rate(State& state) {
    std::deque<std::int64_t>& calls = state.checkin_calls;
    const std::int64_t now = state.now();
    while (!calls.empty() && calls.front() <= now - 60) {
        calls.pop_front();
    }
    if (calls.size() >= kCallsPerMinute) {
        return refusal(45009, "api freq out of limit");
    }
    calls.push_back(now);
    return std::nullopt;
}

bool has_type(const Punch& punch, std::int64_t type) {
    const bool outdoor = punch.checkin_type == "外出打卡";
    return type == 3 || (type == 2) == outdoor;
}

nlohmann::ordered_json punch_json(const Punch& punch) {
    nlohmann::ordered_json json;
    json["userid"] = punch.userid;
    json["groupname"] = punch.groupname;
    json["checkin_type"] = punch.checkin_type;
    json["exception_type"] = punch.exception_type;
    json["checkin_time"] = punch.checkin_time;
    json["location_title"] = punch.location_title;
    json["location_detail"] = "";
    json["wifiname"] = "";
    json["notes"] = "";
    json["wifimac"] = "";
    json["mediaids"] = nlohmann::ordered_json::array();
    json["deviceid"] = punch.deviceid;
    return json;
}

}  // namespace

Response get_user_info(State& state, const Request& request) {
    const auto code = state.login_codes.find(request.argument("code"));
    if (code == state.login_codes.end() || code->second.valid_until <= state.now()) {
        return refusal(40029, "invalid code");
    }
    nlohmann::ordered_json body;
    body["errcode"] = 0;
    body["errmsg"] = "ok";
    const Person* const person = state.find_person(code->second.userid);
    body[person == nullptr || person->member ? "userid" : "openid"] = code->second.userid;
    state.login_codes.erase(code);
    Response response;
    response.body = body.dump();
    return response;
}

Response get_checkin_data(State& state, const Request& request) {
    if (!state.options.checkin_allowed) {
        return refusal(48002, "api forbidden");
    }
    if (std::optional<Response> refused = check_rate(state)) {
        return *refused;
    }
    const nlohmann::json body = parse_object(request.body);
    const std::int64_t type = integer_of(body, "opencheckindatatype").value_or(0);
    const std::optional<std::int64_t> from = integer_of(body, "starttime");
    const std::optional<std::int64_t> to = integer_of(body, "endtime");
    if (type < 1 || type > 3 || !from || !to || *to < *from) {
        return refusal(301025, "get checkin data param error");
    }
    const std::vector<std::string> people = id_list(body, "useridlist");
    if (people.empty() || people.size() > kMostPeople) {
        return refusal(301023, "useridlist must have 1 to 100 entries");
    }
    if (*to - *from > kMostSpan) {
        return refusal(301024, "the span is longer than 30 days");
    }
    nlohmann::ordered_json data = nlohmann::ordered_json::array();
    for (const Punch& punch : state.options.punches) {
        const bool wanted =
            punch.checkin_time >= *from && punch.checkin_time <= *to && has_type(punch, type) &&
            std::find(people.begin(), people.end(), base::to_lower_ascii(punch.userid)) !=
                people.end();
        if (wanted) {
            data.push_back(punch_json(punch));
        }
    }
    nlohmann::ordered_json reply;
    reply["errcode"] = 0;
    reply["errmsg"] = "ok";
    reply["checkindata"] = std::move(data);
    Response response;
    response.body = reply.dump();
    return response;
}

}  // namespace hrbridge::wecom::sandbox
