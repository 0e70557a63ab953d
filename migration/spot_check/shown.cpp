#include <algorithm>

#include "daemon/base/text.h"
#include "migration/spot_check/desk.h"

namespace hrbridge::spot_check {
namespace {

ShownValue value_of(const std::optional<std::string>& text, bool masked) {
    if (!text) {
        return {"", true, false};
    }
    return {masked ? base::mask(*text) : *text, false, masked};
}

ShownField field_of(const RowContent& content, const SheetField& field, bool revealed) {
    const bool masked = field.personal && !revealed;
    ShownField out{
        field.name, field.key, field.critical, masked, value_of(field.target, masked), {}};
    for (const std::string& column : field.columns) {
        const SourceCell* const cell = content.cell(column);
        if (cell != nullptr) {
            out.source.push_back({cell->column, value_of(cell->text, cell->personal && !revealed)});
        }
    }
    return out;
}

}  // namespace

ShownRow shown(const SheetRow& row, const std::set<std::string>& revealed) {
    const RowContent& content = row.content;
    ShownRow out;
    out.place = row.place;
    out.entity = content.entity;
    out.mapping = content.mapping;
    out.key = content.shown_key;
    for (const SheetField& field : content.fields) {
        out.fields.push_back(field_of(content, field, revealed.contains(field.name)));
    }
    for (const SourceCell* const cell : content.other_cells()) {
        const bool masked = cell->personal && !revealed.contains(cell->column);
        out.others.push_back({cell->column,
                              false,
                              false,
                              masked,
                              {},
                              {{cell->column, value_of(cell->text, masked)}}});
    }
    out.in_source = !content.source.empty();
    out.source_rows = content.source_rows;
    out.changed = content.changed;
    out.second = !row.first.empty();
    out.judgement = row.judgement;
    return out;
}

std::vector<std::string> masked_names(const RowContent& content) {
    std::vector<std::string> names;
    for (const SheetField& field : content.fields) {
        if (field.personal) {
            names.push_back(field.name);
        }
    }
    for (const SourceCell* const cell : content.other_cells()) {
        if (cell->personal) {
            names.push_back(cell->column);
        }
    }
    return names;
}

}  // namespace hrbridge::spot_check
