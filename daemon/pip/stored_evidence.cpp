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

// Version 2 kept one sum and no reason.
void complete_left_out(json& evidence) {
    if (!evidence.contains("left_out")) {
        evidence["left_out"] = json::array();
    } else if (evidence.at("left_out").is_object()) {
        json sum = evidence.at("left_out");
        sum["reason"] = "unknown";
        const bool any = sum.at("n") != 0 || sum.at("bad") != 0;
        evidence["left_out"] = any ? json::array({std::move(sum)}) : json::array();
    }
}

// Up to version 2 the tested gap stood under the name of the shown one.
void complete_gap(json& evidence) {
    json& peers = evidence.at("peers");
    if (!peers.contains("expected")) {
        const json& subject = evidence.at("subject");
        const double rate = peers.at("rate").get<double>();
        peers["expected"] = rate * subject.at("n").get<double>();
        if (evidence.contains("gap")) {
            evidence["tested_gap"] = evidence.at("gap");
            evidence["gap"] = subject.at("rate").get<double>() - rate;
        }
    }
}

}  // namespace

json read_evidence(const std::string& text) {
    json evidence = json::parse(text);
    complete(evidence.at("months"));
    complete(evidence.at("history"));
    complete_left_out(evidence);
    if (!evidence.contains("open_rows")) {  // before it was counted
        evidence["open_rows"] = 0;
    }
    complete_gap(evidence);
    return evidence;
}

}  // namespace hrbridge::pip
