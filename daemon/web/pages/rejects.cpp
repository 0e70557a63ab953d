#include <charconv>
#include <set>

#include <nlohmann/json.hpp>

#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/pages/reading.h"
#include "daemon/web/reason_text.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kRowsShown = 200;

std::string kind_class(const std::string& kind) {
    return kind == "hold" ? "warn" : "bad";
}

// "12 rows were mapped again: 10 stored, 2 still refused", from the address that a replay leads to;
// null when there was none. Only numbers come out of the address.
nlohmann::json replayed(const Request& request) {
    nlohmann::json numbers;
    for (const char* name : {"rows", "stored", "left"}) {
        const std::string text = request.query_value(name);
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
            return {};
        }
        numbers[name] = number;
    }
    return numbers;
}

// The mappings shown, each with a form to map its rows again.
nlohmann::json replay_forms(const std::vector<store::RejectRepository::Count>& counts,
                            const std::string& only,
                            const Visit& visit) {
    std::set<std::string> names;
    for (const auto& count : counts) {
        if (only.empty() || count.mapping == only) {
            names.insert(count.mapping);
        }
    }
    nlohmann::json forms = nlohmann::json::array();
    for (const std::string& name : names) {
        forms.push_back({{"mapping", name}, {"form_token", visit.visitor->form_token}});
    }
    return forms;
}

Response rejects_page(const PageParts& parts, const Visit& visit) {
    const std::string language = language_of(visit.request);
    const auto connection = connect_to_read(parts);
    store::RejectRepository rejects(*connection);
    nlohmann::json data{{"rejects", nlohmann::json::array()}, {"counts", nlohmann::json::array()}};
    const auto counts = rejects.counts();
    for (const auto& count : counts) {
        data["counts"].push_back({{"mapping", count.mapping},
                                  {"rule", count.rule},
                                  {"rows", count.rows},
                                  {"kind_class", kind_class(count.kind)},
                                  {"kind_text", text_of(language, "kind_" + count.kind)}});
    }
    store::RejectFilter filter;
    filter.mapping = visit.request.query_value("mapping");
    filter.limit = kRowsShown;
    for (const model::RejectedRow& row : rejects.list(filter)) {
        data["rejects"].push_back(
            {{"id", row.id},
             {"mapping", row.mapping},
             {"rule", row.rule},
             {"field", row.field},
             {"reason", reason_text(language, row.reason)},
             {"source_key", row.source_key},
             {"kind_class", kind_class(row.kind)},
             {"kind_text", text_of(language, "kind_" + row.kind)},
             {"seen", row.seen},
             {"last_seen", show_time(parts, row.last_seen, language)},
             {"waits_for", row.waits_for ? nlohmann::json(*row.waits_for) : nlohmann::json()}});
    }
    data["none"] = data["rejects"].empty();
    data["filtered"] = filter.mapping.empty() ? nlohmann::json() : nlohmann::json(filter.mapping);
    data["forms"] =
        parts.replay ? replay_forms(counts, filter.mapping, visit) : nlohmann::json::array();
    data["replayed"] = replayed(visit.request);
    data["replay_failed"] = visit.request.query_value("failed") == "1";
    note_reading(
        parts,
        *connection,
        {visit.visitor->account.name, "rejects.read", filter.mapping, data["rejects"].size()});
    return render_page(visit, "rejects.html", "rejects_title", data);
}

Response replay(const PageParts& parts, const Visit& visit) {
    const std::string mapping = visit.request.form_value("mapping");
    const auto report = parts.replay(mapping, visit.visitor->account.name);
    if (!report) {
        return plain_text(404, "There is no such mapping.\n");
    }
    if (report->outcome != jobs::SyncOutcome::Done || !report->error.empty()) {
        parts.log.error("a replay from the page failed",
                        {{"mapping", mapping}, {"error", report->error}});
        return redirect("/rejects?failed=1");
    }
    return redirect("/rejects?rows=" + std::to_string(report->rows) +
                    "&stored=" + std::to_string(report->released) +
                    "&left=" + std::to_string(report->remaining));
}

}  // namespace

void add_reject_pages(Router& router, const PageParts& parts) {
    using model::Role;
    router.add({"GET",
                "/rejects",
                {Role::Operator, Role::Implementer},
                false,
                true,
                [parts](const Visit& visit) { return rejects_page(parts, visit); }});
    if (!parts.replay) {
        return;
    }
    router.add({"POST",
                "/rejects/replay",
                {Role::Operator, Role::Implementer},
                false,
                true,
                [parts](const Visit& visit) { return replay(parts, visit); }});
}

}  // namespace hrbridge::web
