#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/pages/reading.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kEventsShown = 200;
constexpr std::array<const char*, 5> kStates{"waiting", "sending", "sent", "uncertain", "dead"};

std::string state_name(model::OutboxState state) {
    return kStates.at(static_cast<std::size_t>(state));
}

std::string state_class(const std::string& state) {
    if (state == "sent") {
        return "good";
    }
    return state == "dead" || state == "uncertain" ? "bad" : "warn";
}

nlohmann::json show_event(const PageParts& parts,
                          const model::OutboxEvent& event,
                          const std::string& language) {
    const std::string state = state_name(event.state);
    return {{"id", event.id},
            {"kind_text", text_of(language, "event_" + event.kind)},
            {"receiver", event.receiver},
            {"state_text", text_of(language, "state_" + state)},
            {"state_class", state_class(state)},
            {"attempts", event.attempts},
            {"created", show_time(parts, event.created_at, language)},
            {"sent", event.sent_at ? show_time(parts, event.sent_at, language) : ""},
            {"last_error", event.last_error.value_or("")}};
}

Response outbox_page(const PageParts& parts, const Visit& visit) {
    const std::string language = language_of(visit.request);
    const auto connection = connect_to_read(parts);
    store::OutboxRepository outbox(*connection);
    nlohmann::json data{{"events", nlohmann::json::array()}, {"depth", nlohmann::json::array()}};
    for (const auto& depth : outbox.depth()) {
        data["depth"].push_back({{"state", depth.state},
                                 {"events", depth.events},
                                 {"state_class", state_class(depth.state)},
                                 {"state_text", text_of(language, "state_" + depth.state)}});
    }
    const std::string wanted = visit.request.query_value("state");
    const bool known = std::any_of(
        kStates.begin(), kStates.end(), [&](const char* each) { return wanted == each; });
    for (const model::OutboxEvent& event : outbox.list(known ? wanted : "", kEventsShown)) {
        data["events"].push_back(show_event(parts, event, language));
    }
    data["none"] = data["events"].empty();
    note_reading(
        parts,
        *connection,
        {visit.visitor->account.name, "outbox.read", known ? wanted : "", data["events"].size()});
    return render_page(visit, "outbox.html", "outbox_title", data);
}

}  // namespace

void add_outbox_pages(Router& router, const PageParts& parts) {
    using model::Role;
    router.add({"GET",
                "/outbox",
                {Role::Operator, Role::Implementer},
                false,
                true,
                [parts](const Visit& visit) { return outbox_page(parts, visit); }});
}

}  // namespace hrbridge::web
