#include "migration/report/document.h"

#include "daemon/base/printable.h"

namespace hrbridge::report {
namespace {

void clean(std::string& text) {
    text = base::printable(text);
}

struct Cleaner {
    void operator()(Heading& heading) const { clean(heading.text); }
    void operator()(Paragraph& paragraph) const { clean(paragraph.cell.text); }
    void operator()(Facts& facts) const {
        for (auto& [name, value] : facts.lines) {
            clean(name);
            clean(value.text);
        }
    }
    void operator()(Items& items) const {
        for (Cell& line : items.lines) {
            clean(line.text);
        }
    }
    void operator()(Table& table) const {
        for (Column& column : table.columns) {
            clean(column.title);
        }
        for (auto& row : table.rows) {
            for (Cell& cell : row) {
                clean(cell.text);
            }
        }
    }
    void operator()(Drawing& drawing) const {
        clean(drawing.title);
        for (Shape& shape : drawing.shapes) {
            if (auto* const label = std::get_if<Label>(&shape)) {
                clean(label->text);
            }
        }
    }
};

}  // namespace

void make_printable(Document& document) {
    for (std::string* const text : {&document.title, &document.subtitle, &document.foot}) {
        clean(*text);
    }
    for (Block& block : document.blocks) {
        std::visit(Cleaner{}, block);
    }
}

}  // namespace hrbridge::report
