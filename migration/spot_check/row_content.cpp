#include "migration/spot_check/row_content.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "daemon/base/text.h"

namespace hrbridge::spot_check {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kKinds{"sample", "extra", "decoy"};

json text_json(const std::optional<std::string>& text) {
    return text ? json(*text) : json();
}

std::optional<std::string> text_of(const json& value) {
    return value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
}

json fields_json(const RowContent& content) {
    json fields = json::array();
    for (const SheetField& field : content.fields) {
        fields.push_back({{"name", field.name},
                          {"kind", static_cast<int>(field.kind)},
                          {"target", text_json(field.target)},
                          {"personal", field.personal},
                          {"critical", field.critical},
                          {"key", field.key},
                          {"columns", field.columns}});
    }
    return fields;
}

json source_json(const RowContent& content) {
    json cells = json::array();
    for (const SourceCell& cell : content.source) {
        cells.push_back(
            {{"column", cell.column}, {"text", text_json(cell.text)}, {"personal", cell.personal}});
    }
    return cells;
}

RowContent read(const json& from) {
    RowContent out;
    const auto kind = std::find(kKinds.begin(), kKinds.end(), from.at("row").get<std::string>());
    out.kind = static_cast<RowKind>(kind - kKinds.begin());
    out.planted = from.at("planted");
    out.stratum = from.at("stratum");
    out.entity = from.at("entity");
    out.mapping = from.at("mapping");
    out.key = from.at("key");
    out.shown_key = from.at("shown_key");
    out.source_rows = from.at("source_rows");
    out.changed = from.at("changed");
    for (const json& field : from.at("fields")) {
        out.fields.push_back({field.at("name"),
                              static_cast<base::Kind>(field.at("kind").get<int>()),
                              text_of(field.at("target")),
                              field.at("personal"),
                              field.at("critical"),
                              field.at("key"),
                              field.at("columns")});
    }
    for (const json& cell : from.at("source")) {
        out.source.push_back({cell.at("column"), text_of(cell.at("text")), cell.at("personal")});
    }
    return out;
}

}  // namespace

std::string_view to_string(RowKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

bool RowContent::has_critical() const {
    return std::any_of(
        fields.begin(), fields.end(), [](const SheetField& field) { return field.critical; });
}

const SheetField* RowContent::find(std::string_view field) const {
    const auto found = std::find_if(
        fields.begin(), fields.end(), [&](const SheetField& each) { return each.name == field; });
    return found == fields.end() ? nullptr : &*found;
}

const SourceCell* RowContent::cell(std::string_view column) const {
    const auto found = std::find_if(source.begin(), source.end(), [&](const SourceCell& each) {
        return base::same_name(each.column, column);
    });
    return found == source.end() ? nullptr : &*found;
}

std::vector<const SourceCell*> RowContent::other_cells() const {
    std::vector<const SourceCell*> others;
    for (const SourceCell& each : source) {
        const bool taken = std::any_of(fields.begin(), fields.end(), [&](const SheetField& field) {
            return std::any_of(
                field.columns.begin(), field.columns.end(), [&](const std::string& column) {
                    return base::same_name(column, each.column);
                });
        });
        if (!taken) {
            others.push_back(&each);
        }
    }
    return others;
}

std::string to_json(const RowContent& content) {
    return json{{"row", to_string(content.kind)},
                {"planted", content.planted},
                {"stratum", content.stratum},
                {"entity", content.entity},
                {"mapping", content.mapping},
                {"key", content.key},
                {"shown_key", content.shown_key},
                {"source_rows", content.source_rows},
                {"changed", content.changed},
                {"fields", fields_json(content)},
                {"source", source_json(content)}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<RowContent> content_from_json(const std::string& text) {
    try {
        return read(json::parse(text));
    } catch (const json::exception&) {
        return base::Fault{"spot_row", "a row of the sheet was changed from outside; draw again"};
    }
}

std::string reveal_name(const RowContent& content, std::string_view field) {
    return content.entity + (content.find(field) == nullptr ? "<" : ".") + std::string(field);
}

}  // namespace hrbridge::spot_check
