#include "connectors/http/dataset.h"

#include <algorithm>

#include <fmt/format.h>

#include "connectors/http/url.h"
#include "daemon/base/local_bounds.h"
#include "daemon/base/text.h"
#include "daemon/base/time.h"

namespace hrbridge::http {
namespace {

JsonPointer pointer(base::YamlReader& reader, const char* key) {
    const auto text = reader.text(key);
    if (!text) {
        return {};
    }
    const auto parsed = parse_pointer(*text);
    if (!parsed) {
        reader.fault(key, "a JSON pointer is expected, e.g. /data/items");
        return {};
    }
    return *parsed;
}

PageBy page_by(const std::string& word) {
    if (word == "number") {
        return PageBy::Number;
    }
    if (word == "offset") {
        return PageBy::Offset;
    }
    return word == "cursor" ? PageBy::Cursor : PageBy::Link;
}

Paging read_paging(base::YamlReader reader) {
    Paging paging;
    const auto by = reader.choice("by", {"number", "offset", "cursor", "link"});
    if (!reader.has("by")) {
        reader.fault("by", "is missing: number, offset, cursor or link");
    }
    paging.by = by ? page_by(*by) : PageBy::None;
    paging.param = reader.text("param").value_or("");
    paging.size_param = reader.text("size_param").value_or("");
    paging.size = reader.integer("size", 1, 1'000'000).value_or(0);
    paging.start =
        reader.integer("start", 0, 1'000'000'000).value_or(paging.by == PageBy::Offset ? 0 : 1);
    paging.cursor_at = pointer(reader, "cursor_at");
    paging.total_at = pointer(reader, "total_at");
    if (by && paging.by != PageBy::Link && paging.param.empty()) {
        reader.fault("param", "is missing: the name of the query parameter");
    }
    if (by && paging.by == PageBy::Cursor && paging.cursor_at.empty()) {
        reader.fault("cursor_at", "is missing: a JSON pointer to the next cursor in the answer");
    }
    if (!paging.size_param.empty() && paging.size == 0) {
        reader.fault("size", "is missing: the number of rows that size_param asks for");
    }
    reader.finish();
    return paging;
}

void read_columns(const base::YamlNode& node,
                  base::YamlReader& reader,
                  base::Faults& faults,
                  Dataset& dataset) {
    const base::YamlNode* columns = node.find("columns");
    const base::YamlNode* members = reader.child("members");
    if (columns == nullptr || !columns->is_map()) {
        return;  // the engine has said so
    }
    if (members != nullptr) {
        for (const auto& entry : members->entries) {
            if (columns->find(entry.first) == nullptr) {
                faults.push_back({entry.second.place() + ": source.members." + entry.first,
                                  "is no column of `columns:`"});
            }
        }
    }
    for (const auto& [name, value] : columns->entries) {
        const base::YamlNode* member = members == nullptr ? nullptr : members->find(name);
        auto place =
            member == nullptr ? std::optional(JsonPointer{name}) : parse_pointer(member->text);
        if (!place) {
            faults.push_back({member->place() + ": source.members." + name,
                              "a JSON pointer is expected, e.g. /person/no"});
            place.emplace();
        }
        dataset.columns.push_back({name, "", 0, 0, true});
        dataset.members.push_back(std::move(*place));
    }
}

// One bound of the window; `local` is what it is on the source's clocks.
std::string time_text(base::Timestamp time, TimeForm form, base::LocalTime local) {
    switch (form) {
        case TimeForm::Local:
            return base::to_string(local);
        case TimeForm::Rfc3339: {
            std::string text = base::to_string(time);
            std::replace(text.begin(), text.end(), ' ', 'T');
            return text;
        }
        case TimeForm::Unix:
            return std::to_string(
                std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
        case TimeForm::UnixMs:
            return std::to_string(
                std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
    }
    return {};
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

TimeForm time_form(const std::string& word) {
    if (word == "rfc3339") {
        return TimeForm::Rfc3339;
    }
    if (word == "unix") {
        return TimeForm::Unix;
    }
    return word == "unix_ms" ? TimeForm::UnixMs : TimeForm::Local;
}

}  // namespace

Dataset read_dataset(const base::YamlNode& node, base::Faults& faults) {
    Dataset dataset;
    base::YamlReader reader(&node, "source", faults);
    for (const char* shared : {"conn", "read_as", "key", "columns", "drift"}) {
        reader.child(shared);
    }
    const base::YamlNode* read_as = node.find("read_as");
    const base::YamlNode* charset = read_as != nullptr ? read_as->find("charset") : nullptr;
    if (charset != nullptr && base::to_lower_ascii(charset->text) != "utf-8") {
        faults.push_back({charset->place() + ": source.read_as.charset",
                          "JSON is always utf-8; leave it out or write utf-8"});
    }
    dataset.path = reader.required_text("path");
    if (!dataset.path.empty() && dataset.path.front() != '/') {
        reader.fault("path", "begins with / and counts from the source's base_url");
    }
    if (const base::YamlNode* query = reader.child("query")) {
        for (const auto& [name, value] : query->entries) {
            dataset.query.emplace_back(name, value.text);
        }
        if (!query->is_map()) {
            reader.fault("query", "is a map of parameters: {changed_from: '{window_from}'}");
        }
    }
    dataset.window_format = time_form(
        reader.choice("window_format", {"local", "rfc3339", "unix", "unix_ms"}).value_or("local"));
    dataset.rows = pointer(reader, "rows");
    if (reader.has("paging")) {
        dataset.paging = read_paging(reader.map("paging"));
    }
    read_columns(node, reader, faults, dataset);
    reader.finish();
    return dataset;
}

std::string first_target(const Dataset& dataset, const connectors::ReadRequest& request) {
    const auto zone = base::Zone::find(request.zone).value_or(base::Zone::utc());
    std::string target = dataset.path;
    char separator = target.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, pattern] : dataset.query) {
        std::string value = pattern;
        const bool needs_window = value.find("{window_") != std::string::npos;
        const bool needs_from = value.find("{window_from}") != std::string::npos;
        if (needs_window && (!request.window || (needs_from && !request.window->from))) {
            continue;
        }
        if (needs_window) {
            const auto& [column, from, to] = *request.window;
            if (needs_from) {
                replace_all(value,
                            "{window_from}",
                            time_text(*from, dataset.window_format, base::local_from(zone, *from)));
            }
            replace_all(value,
                        "{window_to}",
                        time_text(to, dataset.window_format, base::local_to(zone, to)));
        }
        target += fmt::format("{}{}={}", separator, percent_encode(name), percent_encode(value));
        separator = '&';
    }
    if (!dataset.paging.size_param.empty()) {
        target += fmt::format(
            "{}{}={}", separator, percent_encode(dataset.paging.size_param), dataset.paging.size);
    }
    return target;
}

}  // namespace hrbridge::http
