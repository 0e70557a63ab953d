#include "daemon/pip/stored_evidence.h"

namespace hrbridge::pip {
namespace {

using nlohmann::json;

void complete(json& months) {
    for (json& month : months) {
        if (month.contains("operations")) {
            continue;
        }
        json operation = month;
        operation["operation"] = "";
        month["peer_rate"] = month.at("peer_bad").get<double>() / month.at("peer_n").get<double>();
        month["operations"] = json::array({std::move(operation)});
    }
}

}  // namespace

json read_evidence(const std::string& text) {
    json evidence = json::parse(text);
    complete(evidence.at("months"));
    complete(evidence.at("history"));
    if (!evidence.contains("left_out")) {
        evidence["left_out"] = {{"n", 0}, {"bad", 0}};
    }
    return evidence;
}

}  // namespace hrbridge::pip
