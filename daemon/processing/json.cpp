#include <nlohmann/json.hpp>

#include "daemon/processing/register.h"

namespace hrbridge::processing {
namespace {

using Json = nlohmann::json;

// null: nobody stated it.
Json stated(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json fields_json(const Activity& activity) {
    Json all = Json::array();
    for (const Field& field : activity.fields) {
        all.push_back({{"name", field.name},
                       {"category", field.category},
                       {"stored", field.stored},
                       {"sealed", field.sealed}});
    }
    return all;
}

Json activities_json(const Source& source) {
    Json all = Json::array();
    for (const Activity& activity : source.activities) {
        all.push_back({{"mapping", activity.mapping},
                       {"entity", activity.entity},
                       {"every", stated(activity.every)},
                       {"personal_fields", fields_json(activity)},
                       {"other_fields", activity.others},
                       {"rejects_days", activity.rejects_days},
                       {"keeps_versions", activity.keeps_versions},
                       {"deactivates_missing", activity.deactivates}});
    }
    return all;
}

Json sources_json(const Register& all) {
    Json out = Json::array();
    for (const Source& source : all.sources) {
        const auto found = all.stated.sources.find(source.name);
        const Stated::Source said =
            found == all.stated.sources.end() ? Stated::Source() : found->second;
        out.push_back({{"name", source.name},
                       {"kind", source.kind},
                       {"purpose", stated(said.purpose)},
                       {"legal_basis", stated(said.legal_basis)},
                       {"people", stated(said.people)},
                       {"activities", activities_json(source)}});
    }
    return out;
}

Json recipients_json(const Register& all) {
    Json out = Json::array();
    for (const Recipient& each : all.recipients) {
        out.push_back({{"kind", each.kind},
                       {"address", each.address},
                       {"account", each.account},
                       {"receivers", each.receivers},
                       {"answers", each.answers},
                       {"login", each.login}});
    }
    return out;
}

}  // namespace

std::string to_json(const Register& all) {
    Json periods = Json::object();
    for (const auto& [name, days] : all.periods) {
        periods[name] = days;
    }
    return Json{{"product", all.product},
                {"made_at", all.made_at},
                {"configuration", all.configuration},
                {"controller", stated(all.stated.controller)},
                {"contact", stated(all.stated.contact)},
                {"officer", stated(all.stated.officer)},
                {"transfers", stated(all.stated.transfers)},
                {"sources", sources_json(all)},
                {"recipients", recipients_json(all)},
                {"retention_days", periods},
                {"entities_days", Json()},
                {"measures", all.measures},
                {"measures_not_configured", all.lacking},
                {"findings_every", all.findings_every}}
        .dump(2);
}

}  // namespace hrbridge::processing
