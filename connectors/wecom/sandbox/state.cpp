#include "connectors/wecom/sandbox/state.h"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "connectors/wecom/json.h"
#include "daemon/base/ids.h"
#include "daemon/base/text.h"

namespace hrbridge::wecom::sandbox {
namespace {

constexpr std::int64_t kResponseCodeSeconds = 72 * 3600;

Delivery read_delivery(const nlohmann::json& json) {
    Delivery delivery;
    delivery.id = integer_of(json, "id").value_or(0);
    delivery.userid = text_of(json, "userid");
    delivery.msgid = text_of(json, "msgid");
    delivery.message = text_of(json, "message");
    delivery.at = integer_of(json, "at").value_or(0);
    delivery.replaced_by = text_of(json, "replaced_by");
    return delivery;
}

}  // namespace

std::int64_t State::now() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count() +
           offset;
}

const Person* State::find_person(const std::string& userid) const {
    const std::string wanted = base::to_lower_ascii(userid);
    const auto found =
        std::find_if(options.people.begin(), options.people.end(), [&](const Person& person) {
            return base::to_lower_ascii(person.userid) == wanted;
        });
    return found == options.people.end() ? nullptr : &*found;
}

Delivery* State::find_delivery(std::int64_t id) {
    const auto found = std::find_if(
        deliveries.begin(), deliveries.end(), [&](const Delivery& d) { return d.id == id; });
    return found == deliveries.end() ? nullptr : &*found;
}

std::string State::new_id(const std::string& prefix) {
    return prefix + base::random_id();
}

std::string State::new_response_code(std::int64_t delivery) {
    std::string code = new_id("rc-");
    response_codes[code] = {{delivery}, now() + kResponseCodeSeconds};
    return code;
}

std::optional<Trouble> State::take_trouble(const std::string& api) {
    for (auto it = troubles.begin(); it != troubles.end(); ++it) {
        if (it->api == api || (it->api.empty() && api != "gettoken")) {
            Trouble trouble = *it;
            if (--it->times <= 0) {
                troubles.erase(it);
            }
            return trouble;
        }
    }
    return std::nullopt;
}

void State::keep(const Delivery& delivery) const {
    if (options.state_file.empty()) {
        return;
    }
    nlohmann::ordered_json json;
    json["id"] = delivery.id;
    json["userid"] = delivery.userid;
    json["msgid"] = delivery.msgid;
    json["message"] = delivery.message;
    json["at"] = delivery.at;
    json["replaced_by"] = delivery.replaced_by;
    std::ofstream(options.state_file, std::ios::app) << json.dump() << '\n';
}

void State::load() {
    if (options.state_file.empty()) {
        return;
    }
    std::ifstream file(options.state_file);
    std::string line;
    while (std::getline(file, line)) {
        const nlohmann::json json = parse_object(line);
        if (json.is_discarded()) {
            continue;
        }
        Delivery delivery = read_delivery(json);
        if (Delivery* old = find_delivery(delivery.id)) {
            *old = std::move(delivery);
        } else {
            deliveries.push_back(std::move(delivery));
        }
    }
}

}  // namespace hrbridge::wecom::sandbox
