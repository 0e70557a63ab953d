#include <nlohmann/json.hpp>

#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/render.h"

namespace hrbridge::web {
namespace {

constexpr std::size_t kRowsShown = 200;

std::string kind_class(const std::string& kind) {
    return kind == "hold" ? "warn" : "bad";
}

Response rejects_page(const PageParts& parts, const Visit& visit) {
    const std::string language = language_of(visit.request);
    const auto connection = parts.store.connect();
    store::RejectRepository rejects(*connection);
    nlohmann::json data{{"rejects", nlohmann::json::array()}, {"counts", nlohmann::json::array()}};
    for (const auto& count : rejects.counts()) {
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
             {"reason", row.reason},
             {"source_key", row.source_key},
             {"kind_class", kind_class(row.kind)},
             {"kind_text", text_of(language, "kind_" + row.kind)},
             {"seen", row.seen},
             {"last_seen", show_time(parts, row.last_seen, language)},
             {"waits_for", row.waits_for ? nlohmann::json(*row.waits_for) : nlohmann::json()}});
    }
    data["none"] = data["rejects"].empty();
    data["filtered"] = filter.mapping.empty() ? nlohmann::json() : nlohmann::json(filter.mapping);
    store::AuditRepository(*connection)
        .add(visit.visitor->account.name, "rejects.read", filter.mapping, "", parts.clock.now());
    return render_page(visit, "rejects.html", "rejects_title", data);
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
}

}  // namespace hrbridge::web
