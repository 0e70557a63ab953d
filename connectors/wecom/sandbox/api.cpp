#include "connectors/wecom/sandbox/api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace hrbridge::wecom::sandbox {
namespace {

constexpr std::int64_t kTokenSeconds = 7200;
constexpr std::size_t kMostFailedFetches = 2000;
constexpr std::int64_t kHour = 3600;

using Handler = Response (*)(State&, const Request&);

Response api_domain_ip(State& /*state*/, const Request& /*request*/) {
    Response response;
    response.body = R"({"errcode":0,"errmsg":"ok","ip_list":["127.0.0.1"]})";
    return response;
}

struct Api {
    std::string_view name;
    std::string_view method;
    Handler handler;
};

constexpr std::array kApis{
    Api{"gettoken", "GET", &get_token},
    Api{"message/send", "POST", &send_message},
    Api{"message/update_template_card", "POST", &update_card},
    Api{"message/recall", "POST", &recall_message},
    Api{"auth/getuserinfo", "GET", &get_user_info},
    Api{"checkin/getcheckindata", "POST", &get_checkin_data},
    Api{"get_api_domain_ip", "GET", &api_domain_ip},
};

std::optional<Response> check_access(State& state, const Request& request) {
    const auto& trusted = state.options.trusted_ips;
    if (!trusted.empty() &&
        std::find(trusted.begin(), trusted.end(), request.client) == trusted.end()) {
        return refusal(60020, "not allow to access from your ip");
    }
    const std::string token = request.argument("access_token");
    if (token.empty()) {
        return refusal(41001, "access_token missing");
    }
    const auto found = state.tokens.find(token);
    if (found == state.tokens.end()) {
        return refusal(40014, "invalid access_token");
    }
    if (found->second <= state.now()) {
        return refusal(42001, "access_token expired");
    }
    return std::nullopt;
}

Response garbled() {
    return html("<html><body>502 Bad Gateway</body></html>", 502);
}

Response work(State& state, const Request& request, const Api& api) {
    if (request.method != api.method) {
        return refusal(40035, "wrong method");
    }
    if (api.name != "gettoken") {
        if (std::optional<Response> refused = check_access(state, request)) {
            return *refused;
        }
    }
    return api.handler(state, request);
}

}  // namespace

bool has_unicode_escapes(const std::string& json) {
    for (std::size_t i = 0; i + 1 < json.size(); ++i) {
        if (json[i] == '\\') {
            if (json[i + 1] == 'u') {
                return true;
            }
            ++i;
        }
    }
    return false;
}

Response call_api(State& state, const Request& request) {
    const std::string name = request.path.substr(std::string_view("/cgi-bin/").size());
    const auto* api = std::find_if(
        kApis.begin(), kApis.end(), [&](const Api& candidate) { return candidate.name == name; });
    if (api == kApis.end()) {
        return html("404", 404);
    }
    const std::optional<Trouble> trouble = state.take_trouble(name);
    if (!trouble) {
        return work(state, request, *api);
    }
    Response response;
    switch (trouble->way) {
        case Trouble::Way::Refuse:
            return refusal(trouble->errcode, "injected");
        case Trouble::Way::DropBefore:
            response.drop = true;
            return response;
        case Trouble::Way::DropAfter:
            response = work(state, request, *api);
            response.drop = true;
            return response;
        case Trouble::Way::Hang:
            response = work(state, request, *api);
            response.hang = true;
            return response;
        case Trouble::Way::Garble:
            work(state, request, *api);
            return garbled();
    }
    return response;
}

Response get_token(State& state, const Request& request) {
    const std::int64_t now = state.now();
    ++state.counters.token_fetches;
    if (now < state.fetch_blocked_until) {
        return refusal(45009, "api freq out of limit");
    }
    const bool corp = request.argument("corpid") == state.options.corp_id;
    const bool secret = request.argument("corpsecret") == state.options.secret.reveal();
    if (!corp || !secret) {
        ++state.counters.failed_fetches;
        std::deque<std::int64_t>& failed = state.failed_fetches;
        failed.push_back(now);
        while (failed.front() <= now - kHour) {
            failed.pop_front();
        }
        if (failed.size() > kMostFailedFetches) {
            state.fetch_blocked_until = now + kHour;
            return refusal(45009, "api freq out of limit");
        }
        return corp ? refusal(40001, "invalid credential") : refusal(40013, "invalid corpid");
    }
    // Inside its time the platform gives the same token again.
    const auto valid = std::find_if(
        state.tokens.begin(), state.tokens.end(), [&](const auto& t) { return t.second > now; });
    std::string token = valid == state.tokens.end() ? state.new_id("token-") : valid->first;
    const std::int64_t end = valid == state.tokens.end() ? now + kTokenSeconds : valid->second;
    state.tokens[token] = end;
    nlohmann::ordered_json body;
    body["errcode"] = 0;
    body["errmsg"] = "ok";
    body["access_token"] = std::move(token);
    body["expires_in"] = end - now;
    Response response;
    response.body = body.dump();
    return response;
}

}  // namespace hrbridge::wecom::sandbox
