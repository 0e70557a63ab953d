#include "migration/report/html.h"

#include <fmt/format.h>

#include "daemon/base/markup.h"
#include "hrbridge_report_files.h"
#include "migration/report/signs.h"

namespace hrbridge::report {
namespace {

std::string classes(const Cell& cell) {
    std::string names = cell.code ? "code" : "";
    if (cell.tone != Tone::Plain) {
        names += names.empty() ? "" : " ";
        names += tone_name(cell.tone);
    }
    return names;
}

std::string inner(const Cell& cell) {
    const std::string names = classes(cell);
    const std::string text = base::escape_markup(tone_sign(cell.tone) + cell.text);
    return names.empty() ? text : fmt::format("<span class=\"{}\">{}</span>", names, text);
}

const char* anchor_name(Anchor anchor) {
    switch (anchor) {
        case Anchor::Start:
            return "start";
        case Anchor::Middle:
            return "middle";
        case Anchor::End:
            return "end";
    }
    return "start";
}

constexpr double kLargeLabel = 14;  // such labels have room to grow on a phone

class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}

    void operator()(const Heading& heading) {
        out_ +=
            fmt::format("<h{0}>{1}</h{0}>\n", heading.level + 1, base::escape_markup(heading.text));
    }
    void operator()(const Paragraph& paragraph) {
        out_ += "<p>" + inner(paragraph.cell) + "</p>\n";
    }
    void operator()(const Facts& facts) {
        out_ += "<dl>\n";
        for (const auto& [name, value] : facts.lines) {
            out_ +=
                fmt::format("<dt>{}</dt><dd>{}</dd>\n", base::escape_markup(name), inner(value));
        }
        out_ += "</dl>\n";
    }
    void operator()(const Items& items) {
        out_ += "<ul>\n";
        for (const Cell& line : items.lines) {
            out_ += "<li>" + inner(line) + "</li>\n";
        }
        out_ += "</ul>\n";
    }
    void operator()(const Table& table) {
        out_ += fmt::format("<div class=\"wide\"><table{}>\n<thead><tr>",
                            table.compact ? " class=\"compact\"" : "");
        for (const Column& column : table.columns) {
            out_ += fmt::format("<th{}>{}</th>",
                                column.number ? " class=\"number\"" : "",
                                base::escape_markup(column.title));
        }
        out_ += "</tr></thead>\n<tbody>\n";
        for (const auto& row : table.rows) {
            out_ += "<tr>";
            for (std::size_t i = 0; i < row.size(); ++i) {
                const Column& column = table.columns[i];
                out_ += fmt::format("<td{} data-title=\"{}\">{}</td>",
                                    column.number ? " class=\"number\"" : "",
                                    base::escape_markup(column.title),
                                    inner(row[i]));
            }
            out_ += "</tr>\n";
        }
        out_ += "</tbody>\n</table></div>\n";
    }
    void operator()(const Drawing& drawing) {
        out_ +=
            fmt::format("<figure><svg viewBox=\"0 0 {:g} {:g}\" role=\"img\" aria-label=\"{}\">\n",
                        drawing.width,
                        drawing.height,
                        base::escape_markup(drawing.title));
        for (const Shape& shape : drawing.shapes) {
            std::visit([this](const auto& each) { draw(each); }, shape);
        }
        out_ += fmt::format("</svg><figcaption>{}</figcaption></figure>\n",
                            base::escape_markup(drawing.title));
    }

  private:
    void draw(const Rectangle& box) {
        out_ += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
            box.x,
            box.y,
            box.width,
            box.height,
            box.fill);
    }
    void draw(const Line& line) {
        out_ += fmt::format(
            "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" "
            "stroke=\"{}\" stroke-width=\"{:g}\"{}/>\n",
            line.x1,
            line.y1,
            line.x2,
            line.y2,
            line.stroke,
            line.width,
            line.dashed ? " stroke-dasharray=\"4 3\"" : "");
    }
    void draw(const Label& label) {
        out_ += fmt::format(
            "<text{} x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:g}\" text-anchor=\"{}\" "
            "fill=\"{}\">{}</text>\n",
            label.size >= kLargeLabel ? " class=\"large\"" : "",
            label.x,
            label.y,
            label.size,
            anchor_name(label.anchor),
            label.fill,
            base::escape_markup(label.text));
    }

    std::string& out_;
};

}  // namespace

std::string to_html(const Document& document) {
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n"
        "<meta name=\"hrbridge-report\" content=\"{}\">\n<title>{}</title>\n<style>\n{}</style>\n"
        "</head>\n<body>\n<main>\n<header><h1>{}</h1>\n<p>{}</p></header>\n",
        document.language == "zh" ? "zh-CN" : "en",
        base::escape_markup(document.id),
        base::escape_markup(document.title),
        embedded_file("style.css"),
        base::escape_markup(document.title),
        base::escape_markup(document.subtitle));
    Writer writer(out);
    for (const Block& block : document.blocks) {
        std::visit(writer, block);
    }
    out += fmt::format("<footer>{}</footer>\n</main>\n</body>\n</html>\n",
                       base::escape_markup(document.foot));
    return out;
}

}  // namespace hrbridge::report
