#include "daemon/base/text.h"
#include "migration/spot_check/workbook.h"

namespace hrbridge::spot_check {
namespace {

constexpr std::size_t kMostCellBytes = 30'000;  // a workbook's cell holds 32,767 characters
constexpr const char* kNull = "∅";

std::string text_of(const ShownValue& value) {
    return value.null ? kNull : base::shorten(value.text, kMostCellBytes);
}

std::string joined(const std::vector<ShownCell>& cells, bool names) {
    std::string out;
    for (const ShownCell& cell : cells) {
        out += (out.empty() ? "" : " | ") + (names ? cell.column : text_of(cell.value));
    }
    return out;
}

SheetLine line_of(const ShownRow& row, const ShownField& field, bool of_source_alone) {
    SheetLine line;
    line.place = row.place;
    line.field = of_source_alone ? "" : field.name;
    line.takes_mark = !of_source_alone;
    line.cells = {std::to_string(row.place),
                  row.entity,
                  row.key,
                  line.field,
                  joined(field.source, true),
                  joined(field.source, false),
                  of_source_alone ? "" : text_of(field.target)};
    return line;
}

}  // namespace

std::vector<SheetLine> lines_of(const std::vector<SheetRow>& rows, bool revealed) {
    std::vector<SheetLine> lines;
    for (const SheetRow& row : rows) {
        const std::vector<std::string> names =
            revealed ? masked_names(row.content) : std::vector<std::string>{};
        const ShownRow seen = shown(row, {names.begin(), names.end()});
        const std::size_t begin = lines.size();
        for (const ShownField& field : seen.fields) {
            lines.push_back(line_of(seen, field, false));
        }
        for (const ShownField& field : seen.others) {
            lines.push_back(line_of(seen, field, true));
        }
        if (begin < lines.size()) {
            lines[begin].first = true;
            lines[begin].second = row.content.has_critical();
        }
    }
    return lines;
}

}  // namespace hrbridge::spot_check
