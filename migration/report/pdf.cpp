#include "migration/report/pdf.h"

#include <algorithm>

#include "migration/report/pdf_page.h"
#include "migration/report/signs.h"

namespace hrbridge::report {
namespace {

constexpr double kPad = 3.5;
constexpr double kNameWidth = 140;
constexpr double kLeastColumn = 34;
constexpr double kDrawingScale = 0.78;  // its labels are as large as the text around it then
constexpr double kNumberPad = 10;       // behind a number: the next column begins to the left
constexpr double kRoomBehindSection = 130;
constexpr double kRoomBehindPart = 80;
constexpr const char* kBlue = "#1f4e79";
constexpr const char* kGrey = "#52606d";
constexpr const char* kRule = "#dde3e9";

Setting setting_of(const Cell& cell, double size) {
    return {size, cell.tone != Tone::Plain, cell.code, tone_colour(cell.tone), PANGO_ALIGN_LEFT};
}

std::string text_of(const Cell& cell) {
    return tone_sign(cell.tone) + cell.text;
}

class Writer {
  public:
    Writer(Pages& pages, const Document& document) : pages_(pages), document_(document) {}

    void run() {
        pages_.name(document_.title, document_.id);
        text({document_.title}, {20, true, false, kBlue, PANGO_ALIGN_LEFT}, 2);
        text({document_.subtitle}, {10, false, false, kGrey, PANGO_ALIGN_LEFT}, 5);
        pages_.line(
            Pages::kMargin, pages_.y(), Pages::kWidth - Pages::kMargin, pages_.y(), kBlue, 2);
        pages_.move(8);
        for (const Block& block : document_.blocks) {
            std::visit(*this, block);
        }
    }

    void operator()(const Heading& heading) {
        const bool section = heading.level == 1;
        pages_.need(section ? kRoomBehindSection : kRoomBehindPart);
        pages_.move(section ? 12 : 7);
        if (section) {
            pages_.outline(heading.text);
        }
        text(heading.text,
             {section ? 13.5 : 11, true, false, section ? kBlue : "#1f2933", PANGO_ALIGN_LEFT},
             section ? 2 : 3);
        if (section) {
            pages_.line(Pages::kMargin,
                        pages_.y(),
                        Pages::kWidth - Pages::kMargin,
                        pages_.y(),
                        "#cbd2d9",
                        0.7);
            pages_.move(5);
        }
    }
    void operator()(const Paragraph& paragraph) {
        text(text_of(paragraph.cell), setting_of(paragraph.cell, 9.5), 4);
    }
    void operator()(const Facts& facts) {
        for (const auto& [name, value] : facts.lines) {
            const Setting label{9.5, false, false, kGrey, PANGO_ALIGN_LEFT};
            const Setting setting = setting_of(value, 9.5);
            const Layout left = pages_.layout(name, label, kNameWidth - 8);
            const Layout right = pages_.layout(text_of(value), setting, Pages::kText - kNameWidth);
            const double height = std::max(Pages::height(left), Pages::height(right));
            pages_.need(height);
            pages_.show(left, label, Pages::kMargin, pages_.y());
            pages_.show(right, setting, Pages::kMargin + kNameWidth, pages_.y());
            pages_.move(height + 1.5);
        }
        pages_.move(4);
    }
    void operator()(const Items& items) {
        for (const Cell& line : items.lines) {
            const Setting setting = setting_of(line, 9.5);
            const Layout layout = pages_.layout(text_of(line), setting, Pages::kText - 14);
            pages_.need(Pages::height(layout));
            pages_.show(pages_.layout("•", setting, -1), setting, Pages::kMargin + 3, pages_.y());
            pages_.show(layout, setting, Pages::kMargin + 14, pages_.y());
            pages_.move(Pages::height(layout) + 2);
        }
        pages_.move(3);
    }
    void operator()(const Table& table) {
        const std::vector<double> widths = column_widths(table);
        head(table, widths);
        for (const auto& row : table.rows) {
            std::vector<Layout> layouts;
            double height = 0;
            for (std::size_t i = 0; i < row.size(); ++i) {
                layouts.push_back(pages_.layout(
                    text_of(row[i]), cell_setting(table, row[i], i), room(table, widths, i)));
                height = std::max(height, Pages::height(layouts.back()));
            }
            height += 2 * kPad - 2;
            if (pages_.need(height)) {
                head(table, widths);
            }
            double x = Pages::kMargin;
            for (std::size_t i = 0; i < row.size(); ++i) {
                pages_.show(
                    layouts[i], cell_setting(table, row[i], i), x + kPad, pages_.y() + kPad - 1);
                x += widths[i];
            }
            pages_.move(height);
            pages_.line(
                Pages::kMargin, pages_.y(), Pages::kWidth - Pages::kMargin, pages_.y(), kRule, 0.5);
        }
        pages_.move(8);
    }
    void operator()(const Drawing& drawing) {
        const double scale = std::min(kDrawingScale, Pages::kText / drawing.width);
        pages_.need(drawing.height * scale + 20);
        for (const Shape& shape : drawing.shapes) {
            std::visit([&](const auto& each) { draw(each, scale); }, shape);
        }
        pages_.move(drawing.height * scale + 2);
        text(drawing.title, {8.5, false, false, kGrey, PANGO_ALIGN_LEFT}, 6);
    }

  private:
    void text(const std::string& words, const Setting& setting, double behind) {
        const Layout layout = pages_.layout(words, setting, Pages::kText);
        pages_.need(Pages::height(layout));
        pages_.show(layout, setting, Pages::kMargin, pages_.y());
        pages_.move(Pages::height(layout) + behind);
    }

    // For a cell's text.
    static double room(const Table& table, const std::vector<double>& widths, std::size_t column) {
        return widths[column] - 2 * kPad - (table.columns[column].number ? kNumberPad : 0);
    }
    static Setting cell_setting(const Table& table, const Cell& cell, std::size_t column) {
        Setting setting = setting_of(cell, 8.5);
        setting.alignment = table.columns[column].number ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
        return setting;
    }
    static Setting head_setting(const Column& column) {
        return {8.5, true, false, "#1f2933", column.number ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT};
    }

    // What each column would like, cut down where that is too much: the widest give first.
    std::vector<double> column_widths(const Table& table) const {
        std::vector<double> widths;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            double most = Pages::width(
                pages_.layout(table.columns[i].title, head_setting(table.columns[i]), -1));
            for (const auto& row : table.rows) {
                most = std::max(most,
                                Pages::width(pages_.layout(
                                    text_of(row[i]), cell_setting(table, row[i], i), -1)));
            }
            widths.push_back(std::max(
                kLeastColumn, most + 2 * kPad + (table.columns[i].number ? kNumberPad : 0) + 1));
        }
        double sum = 0;
        for (const double width : widths) {
            sum += width;
        }
        if (sum <= Pages::kText) {
            for (double& width : widths) {
                width += (Pages::kText - sum) / static_cast<double>(widths.size());
            }
            return widths;
        }
        return cut_down(widths);
    }
    // The greatest limit under which the columns fit.
    static std::vector<double> cut_down(std::vector<double> widths) {
        double low = kLeastColumn;
        double high = Pages::kText;
        const auto sum_under = [&](double limit) {
            double sum = 0;
            for (const double width : widths) {
                sum += std::min(width, limit);
            }
            return sum;
        };
        constexpr int kSteps = 40;
        for (int i = 0; i < kSteps; ++i) {
            const double middle = (low + high) / 2;
            (sum_under(middle) <= Pages::kText ? low : high) = middle;
        }
        for (double& width : widths) {
            width = std::min(width, low);
        }
        return widths;
    }

    void head(const Table& table, const std::vector<double>& widths) {
        std::vector<Layout> layouts;
        double height = 0;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            layouts.push_back(pages_.layout(
                table.columns[i].title, head_setting(table.columns[i]), room(table, widths, i)));
            height = std::max(height, Pages::height(layouts.back()));
        }
        height += 2 * kPad;
        pages_.need(height + 24);
        pages_.fill(Pages::kMargin, pages_.y(), Pages::kText, height, "#eef2f6");
        double x = Pages::kMargin;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            pages_.show(layouts[i], head_setting(table.columns[i]), x + kPad, pages_.y() + kPad);
            x += widths[i];
        }
        pages_.move(height);
    }

    void draw(const Rectangle& box, double scale) {
        pages_.fill(Pages::kMargin + box.x * scale,
                    pages_.y() + box.y * scale,
                    box.width * scale,
                    box.height * scale,
                    box.fill);
    }
    void draw(const Line& line, double scale) {
        pages_.dash(line.dashed);
        pages_.line(Pages::kMargin + line.x1 * scale,
                    pages_.y() + line.y1 * scale,
                    Pages::kMargin + line.x2 * scale,
                    pages_.y() + line.y2 * scale,
                    line.stroke,
                    line.width * scale);
        pages_.dash(false);
    }
    void draw(const Label& label, double scale) {
        const Setting setting{label.size * scale, false, false, label.fill, PANGO_ALIGN_LEFT};
        const Layout layout = pages_.layout(label.text, setting, -1);
        const double width = Pages::width(layout);
        const double shift = label.anchor == Anchor::Start    ? 0
                             : label.anchor == Anchor::Middle ? width / 2
                                                              : width;
        const double baseline =
            static_cast<double>(pdf_libraries().pango_layout_get_baseline(layout.get())) /
            PANGO_SCALE;
        pages_.show(layout,
                    setting,
                    Pages::kMargin + label.x * scale - shift,
                    pages_.y() + label.y * scale - baseline);
    }

    Pages& pages_;
    const Document& document_;
};

}  // namespace

base::Result<std::string> to_pdf(const Document& document, const std::string& family) {
    if (!has_font(family)) {
        return base::Fault{"pdf", "font_missing"};
    }
    // Once to count the pages, once with their number in the foot.
    Pages counted(family, document.foot, 0);
    Writer(counted, document).run();
    Pages pages(family, document.foot, counted.page());
    Writer(pages, document).run();
    return pages.finish();
}

}  // namespace hrbridge::report
