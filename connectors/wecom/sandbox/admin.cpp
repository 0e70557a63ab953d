#include "connectors/wecom/sandbox/admin.h"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "connectors/wecom/json.h"
#include "connectors/wecom/sandbox/callbacks.h"

namespace hrbridge::wecom::sandbox {
namespace {

using Json = nlohmann::json;

Response json_reply(const nlohmann::ordered_json& json, int status = 200) {
    Response response;
    response.status = status;
    response.body = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

Response done() {
    return json_reply({{"ok", true}});
}

bool flag(const Json& object, const char* key, bool otherwise) {
    const Json value = object.value(key, Json());
    return value.is_boolean() ? value.get<bool>() : otherwise;
}

Response list_messages(State& state, const Request& request) {
    const std::string userid = request.argument("userid");
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Delivery& delivery : state.deliveries) {
        if (userid.empty() || delivery.userid == userid) {
            list.push_back({{"id", delivery.id},
                            {"userid", delivery.userid},
                            {"msgid", delivery.msgid},
                            {"at", delivery.at},
                            {"response_code", delivery.response_code},
                            {"replaced_by", delivery.replaced_by},
                            {"message", parse_object(delivery.message)}});
        }
    }
    return json_reply({{"messages", list}});
}

Response show_stats(State& state, const Request& /*request*/) {
    return json_reply({{"token_fetches", state.counters.token_fetches},
                       {"failed_fetches", state.counters.failed_fetches},
                       {"sends", state.counters.sends},
                       {"duplicates", state.counters.duplicates},
                       {"dropped", state.counters.dropped},
                       {"deliveries", state.deliveries.size()}});
}

struct WayName {
    std::string_view name;
    Trouble::Way way;
};

constexpr std::array kWays{WayName{"refuse", Trouble::Way::Refuse},
                           WayName{"drop_before", Trouble::Way::DropBefore},
                           WayName{"drop_after", Trouble::Way::DropAfter},
                           WayName{"hang", Trouble::Way::Hang},
                           WayName{"garble", Trouble::Way::Garble}};

Response add_trouble(State& state, const Request& request) {
    const Json body = parse_object(request.body);
    Trouble trouble;
    trouble.api = text_of(body, "api");
    trouble.errcode = static_cast<int>(integer_of(body, "errcode").value_or(0));
    trouble.times = static_cast<int>(integer_of(body, "times").value_or(1));
    for (const WayName& candidate : kWays) {
        if (candidate.name == text_of(body, "way")) {
            trouble.way = candidate.way;
            state.troubles.push_back(std::move(trouble));
            return done();
        }
    }
    return json_reply({{"error", "way: refuse, drop_before, drop_after, hang or garble"}}, 400);
}

Response change_tokens(State& state, const Request& request) {
    const std::string wanted = text_of(parse_object(request.body), "state");
    if (wanted == "forgotten") {
        state.tokens.clear();
        return done();
    }
    if (wanted == "expired") {
        for (auto& [token, end] : state.tokens) {
            end = 0;
        }
        return done();
    }
    return json_reply({{"error", "state: expired or forgotten"}}, 400);
}

Response set_clock(State& state, const Request& request) {
    state.offset = integer_of(parse_object(request.body), "offset_seconds").value_or(0);
    return done();
}

Response set_trusted_ips(State& state, const Request& request) {
    state.options.trusted_ips = id_list(parse_object(request.body), "addresses");
    return done();
}

Response set_people(State& state, const Request& request) {
    state.options.people = people_of(request.body);
    return done();
}

Response set_punches(State& state, const Request& request) {
    state.options.punches = punches_of(request.body);
    return done();
}

Response set_callback(State& state, const Request& request) {
    const Json body = parse_object(request.body);
    if (text_of(body, "url").empty()) {
        state.options.callback.reset();
        return done();
    }
    state.options.callback = CallbackTarget{text_of(body, "url"),
                                            base::Secret(text_of(body, "token")),
                                            base::Secret(text_of(body, "encoding_aes_key")),
                                            ""};
    return done();
}

Response press(State& state, const Request& request) {
    const Json body = parse_object(request.body);
    const PressResult result =
        press_button(state, integer_of(body, "id").value_or(0), text_of(body, "key"));
    return json_reply(
        {{"sent", result.sent}, {"status", result.status}, {"deliveries", result.deliveries}});
}

using Handler = Response (*)(State&, const Request&);

struct Entry {
    std::string_view method;
    std::string_view path;
    Handler handler;
};

constexpr std::array kEntries{Entry{"GET", "/sandbox/messages", &list_messages},
                              Entry{"GET", "/sandbox/stats", &show_stats},
                              Entry{"POST", "/sandbox/troubles", &add_trouble},
                              Entry{"POST", "/sandbox/tokens", &change_tokens},
                              Entry{"POST", "/sandbox/clock", &set_clock},
                              Entry{"POST", "/sandbox/trusted_ips", &set_trusted_ips},
                              Entry{"POST", "/sandbox/people", &set_people},
                              Entry{"POST", "/sandbox/punches", &set_punches},
                              Entry{"POST", "/sandbox/callback", &set_callback}};

}  // namespace

Response administer(State& state, const Request& request) {
    // A page of another origin can send a form but not JSON without being asked first.
    if (request.method == "POST" && request.content_type.rfind("application/json", 0) != 0) {
        return json_reply({{"error", "Content-Type must be application/json"}}, 415);
    }
    if (request.method == "POST" && request.path == "/sandbox/press") {
        return press(state, request);
    }
    if (request.method == "POST" && request.path == "/sandbox/verify") {
        return json_reply({{"ok", verify_callback_url(state)}});
    }
    for (const Entry& entry : kEntries) {
        if (entry.method == request.method && entry.path == request.path) {
            const std::scoped_lock lock(state.mutex);
            return entry.handler(state, request);
        }
    }
    return json_reply({{"error", "no such address"}}, 404);
}

std::vector<Person> people_of(const std::string& json) {
    std::vector<Person> people;
    for (const Json& item : parse_object(json).value("people", Json::array())) {
        Person person;
        person.userid = text_of(item, "userid");
        person.name = text_of(item, "name");
        person.visible = flag(item, "visible", true);
        person.licensed = flag(item, "licensed", true);
        person.active = flag(item, "active", true);
        people.push_back(std::move(person));
    }
    return people;
}

std::vector<Punch> punches_of(const std::string& json) {
    std::vector<Punch> punches;
    for (const Json& item : parse_object(json).value("punches", Json::array())) {
        Punch punch;
        punch.userid = text_of(item, "userid");
        punch.checkin_type = text_of(item, "checkin_type");
        punch.exception_type = text_of(item, "exception_type");
        punch.checkin_time = integer_of(item, "checkin_time").value_or(0);
        punch.location_title = text_of(item, "location_title");
        punch.deviceid = text_of(item, "deviceid");
        punch.groupname = text_of(item, "groupname");
        punches.push_back(std::move(punch));
    }
    return punches;
}

}  // namespace hrbridge::wecom::sandbox
