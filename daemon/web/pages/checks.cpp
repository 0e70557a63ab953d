#include <charconv>
#include <set>

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "daemon/store/readings.h"
#include "daemon/store/repositories.h"
#include "daemon/web/pages/pages.h"
#include "daemon/web/render.h"
#include "migration/spot_check/desk.h"

namespace hrbridge::web {
namespace {

using nlohmann::json;
using spot_check::Desk;
using spot_check::Judged;
using spot_check::ShownField;
using spot_check::ShownRow;
using spot_check::ShownValue;

constexpr std::string_view kMarkPrefix = "w.";

std::int64_t number_in(const Visit& visit, const char* name) {
    const std::string& text = visit.path_values.at(name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string row_path(std::int64_t draw, std::int64_t place) {
    return "/checks/" + std::to_string(draw) + "/" + std::to_string(place);
}

// Escaped here, since NULL and "" are shown as marks beside all that a text can be.
std::string value_html(const ShownValue& value, const std::string& language) {
    if (value.null) {
        return R"(<span class="tag">NULL</span>)";
    }
    if (value.text.empty()) {
        return R"(<span class="tag">)" + text_of(language, "check_empty") + "</span>";
    }
    return kainjow::mustache::html_escape(value.text);
}

json field_json(const ShownField& field, const std::string& language) {
    json source = json::array();
    for (const auto& cell : field.source) {
        source.push_back({{"column", cell.column}, {"value", value_html(cell.value, language)}});
    }
    return {{"name", field.name},
            {"critical", field.critical},
            {"masked", field.masked},
            {"target", value_html(field.target, language)},
            {"source", source}};
}

std::vector<std::string> marks_in(const Request& request) {
    std::vector<std::string> fields;
    for (const auto& [name, value] : request.form) {
        if (name.starts_with(kMarkPrefix)) {
            fields.push_back(name.substr(kMarkPrefix.size()));
        }
    }
    return fields;
}

std::string joined(const std::vector<std::string>& fields, const std::string& gap) {
    std::string out;
    for (const std::string& field : fields) {
        out += (out.empty() ? "" : gap) + field;
    }
    return out;
}

json fields_json(const ShownRow& row, const Visit& visit, const std::string& language) {
    // What was marked before a value was revealed, or when the row was judged before.
    const std::string marked = "," + visit.request.query_value("marked") + ",";
    std::set<std::string> judged;
    if (row.judgement && visit.request.query_value("marked").empty()) {
        judged.insert(row.judgement->fields.begin(), row.judgement->fields.end());
    }
    json fields = json::array();
    for (const ShownField& field : row.fields) {
        if (row.second && !field.critical) {
            continue;
        }
        json each = field_json(field, language);
        each["marked"] =
            judged.contains(field.name) || marked.find("," + field.name + ",") != std::string::npos;
        fields.push_back(std::move(each));
    }
    return fields;
}

json row_json(const ShownRow& row,
              const spot_check::Progress& progress,
              const Visit& visit,
              const std::string& language) {
    json others = json::array();
    for (const ShownField& field : row.others) {
        if (!row.second) {
            others.push_back(field_json(field, language));
        }
    }
    json data{{"draw", progress.draw.number},
              {"place", row.place},
              {"rows", progress.rows},
              {"judged", progress.judged},
              {"entity", row.entity},
              {"key", row.key},
              {"second", row.second},
              {"missing", !row.in_source},
              {"changed", row.changed.empty() ? json() : json(row.changed)},
              {"several", row.source_rows > 1 ? json(row.source_rows) : json()},
              {"fields", fields_json(row, visit, language)},
              {"others", others},
              {"start", visit.request.query_value("at")},
              {"before", row.place > 1 ? json(row.place - 1) : json()},
              {"after", row.place < progress.rows ? json(row.place + 1) : json()}};
    if (row.judgement) {
        data["said"] =
            text_of(language, "verdict_" + std::string(to_string(row.judgement->verdict)));
        data["said_fields"] = joined(row.judgement->fields, ", ");
    }
    const std::string message = visit.request.query_value("message");
    if (message == "differs" || message == "no_field" || message == "another" ||
        message == "fixed") {
        data["message"] = text_of(language, "check_" + message);
    }
    return data;
}

Response not_there() {
    return plain_text(404, "There is no such row on a sheet that can be filled in.\n");
}

Response list_page(const PageParts& parts, Desk& desk, const Visit& visit) {
    const std::string language = language_of(visit.request);
    json data{{"draws", json::array()}, {"finished", visit.request.query_value("done") == "1"}};
    for (const spot_check::Progress& each : desk.open_draws()) {
        data["draws"].push_back({{"draw", each.draw.number},
                                 {"module", each.draw.module},
                                 {"rows", each.rows},
                                 {"judged", each.judged},
                                 {"place", each.next == 0 ? 1 : each.next},
                                 {"drawn_at", show_time(parts, each.draw.drawn_at, language)}});
    }
    data["none"] = data["draws"].empty();
    return render_page(visit, "checks.html", "checks_title", data);
}

Response row_page(const PageParts& parts, Desk& desk, const Visit& visit) {
    const std::int64_t draw = number_in(visit, "draw");
    const auto row = desk.show(draw, number_in(visit, "place"), visit.visitor->account.name);
    const auto progress = row ? desk.progress(draw) : std::nullopt;
    if (!progress) {
        return not_there();
    }
    store::note_reading(*parts.store.connect(),
                        {visit.visitor->account.name,
                         "check.read",
                         std::to_string(draw) + "/" + std::to_string(row->place)},
                        parts.clock.now());
    return render_page(visit,
                       "check.html",
                       "check_title",
                       row_json(*row, *progress, visit, language_of(visit.request)));
}

// The next row without a verdict behind this one, else the first on the sheet.
Response go_on(Desk& desk, std::int64_t draw, std::int64_t place) {
    const auto next = desk.next_open(draw, place);
    return redirect(next ? row_path(draw, *next) : "/checks?done=1");
}

Response judge(Desk& desk, const Visit& visit) {
    const std::int64_t draw = number_in(visit, "draw");
    const std::int64_t place = number_in(visit, "place");
    const auto verdict = spot_check::row_verdict_from(visit.request.form_value("verdict"));
    if (!verdict) {
        return plain_text(400, "There is no such verdict.\n");
    }
    switch (
        desk.judge(draw, place, *verdict, marks_in(visit.request), visit.visitor->account.name)) {
        case Judged::Kept:
            return go_on(desk, draw, place);
        case Judged::Second:
            return redirect(row_path(draw, place));
        case Judged::Differs:
            return redirect(row_path(draw, place) + "?message=differs");
        case Judged::NoField:
            return redirect(row_path(draw, place) + "?message=no_field");
        case Judged::Another:
            return redirect(row_path(draw, place) + "?message=another");
        case Judged::Fixed:
            return redirect(row_path(draw, place) + "?message=fixed");
        case Judged::NoSuchRow:
            break;
    }
    return not_there();
}

Response reveal(Desk& desk, const Visit& visit) {
    const std::int64_t draw = number_in(visit, "draw");
    const std::int64_t place = number_in(visit, "place");
    const std::string field = visit.request.form_value("field");
    if (!desk.reveal(draw, place, field, visit.visitor->account.name)) {
        return not_there();
    }
    return redirect(address(row_path(draw, place),
                            {{"at", field}, {"marked", joined(marks_in(visit.request), ",")}}));
}

}  // namespace

void add_check_pages(Router& router, const PageParts& parts) {
    if (parts.keys == nullptr) {
        return;
    }
    const auto desk =
        std::make_shared<Desk>(parts.store, *parts.keys, parts.ledger_keys, parts.clock);
    const auto add = [&](const char* method, const char* pattern, Handler handler) {
        router.add({method, pattern, {model::Role::Checker}, false, true, std::move(handler)});
    };
    add("GET", "/checks", [parts, desk](const Visit& visit) {
        return list_page(parts, *desk, visit);
    });
    add("GET", "/checks/{draw}/{place}", [parts, desk](const Visit& visit) {
        return row_page(parts, *desk, visit);
    });
    add("POST", "/checks/{draw}/{place}", [desk](const Visit& visit) {
        return judge(*desk, visit);
    });
    add("POST", "/checks/{draw}/{place}/reveal", [desk](const Visit& visit) {
        return reveal(*desk, visit);
    });
}

}  // namespace hrbridge::web
