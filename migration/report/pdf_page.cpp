#include "migration/report/pdf_page.h"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace hrbridge::report {
namespace {

constexpr double kFootSize = 7.5;

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int size) {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
}

double channel(const std::string& colour, std::size_t at) {
    unsigned value = 0;
    std::from_chars(colour.data() + at, colour.data() + at + 2, value, 16);
    return value / 255.0;
}

}  // namespace

Pages::Pages(std::string family, std::string foot, int total)
    : family_(std::move(family)),
      foot_(std::move(foot)),
      total_(total),
      surface_(
          pdf_libraries().cairo_pdf_surface_create_for_stream(append, &bytes_, kWidth, kHeight)),
      cairo_(pdf_libraries().cairo_create(surface_.get())) {}

void Pages::colour(const std::string& colour) {
    pdf_libraries().cairo_set_source_rgb(
        cairo_.get(), channel(colour, 1), channel(colour, 3), channel(colour, 5));
}

Layout Pages::layout(const std::string& text, const Setting& setting, double width) const {
    Layout layout(pdf_libraries().pango_cairo_create_layout(cairo_.get()));
    pdf_libraries().pango_cairo_context_set_resolution(
        pdf_libraries().pango_layout_get_context(layout.get()), 72);
    PangoFontDescription* const font = pdf_libraries().pango_font_description_new();
    const std::string mono = "Noto Sans Mono CJK SC," + family_;
    pdf_libraries().pango_font_description_set_family(
        font, setting.code ? mono.c_str() : family_.c_str());
    pdf_libraries().pango_font_description_set_size(
        font, static_cast<int>((setting.code ? 0.9 : 1.0) * setting.size * PANGO_SCALE));
    pdf_libraries().pango_font_description_set_weight(
        font, setting.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pdf_libraries().pango_layout_set_font_description(layout.get(), font);
    pdf_libraries().pango_font_description_free(font);
    pdf_libraries().pango_layout_set_alignment(layout.get(), setting.alignment);
    pdf_libraries().pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    if (width >= 0) {
        pdf_libraries().pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    }
    pdf_libraries().pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    return layout;
}

double Pages::height(const Layout& layout) {
    int height = 0;
    pdf_libraries().pango_layout_get_size(layout.get(), nullptr, &height);
    return static_cast<double>(height) / PANGO_SCALE;
}

double Pages::width(const Layout& layout) {
    int width = 0;
    pdf_libraries().pango_layout_get_size(layout.get(), &width, nullptr);
    return static_cast<double>(width) / PANGO_SCALE;
}

void Pages::show(const Layout& layout, const Setting& setting, double x, double y) {
    colour(setting.colour);
    pdf_libraries().cairo_move_to(cairo_.get(), x, y);
    pdf_libraries().pango_cairo_show_layout(cairo_.get(), layout.get());
}

void Pages::fill(double x, double y, double width, double height, const std::string& fill) {
    colour(fill);
    pdf_libraries().cairo_rectangle(cairo_.get(), x, y, width, height);
    pdf_libraries().cairo_fill(cairo_.get());
}

void Pages::line(
    double x1, double y1, double x2, double y2, const std::string& stroke, double width) {
    colour(stroke);
    pdf_libraries().cairo_set_line_width(cairo_.get(), width);
    pdf_libraries().cairo_move_to(cairo_.get(), x1, y1);
    pdf_libraries().cairo_line_to(cairo_.get(), x2, y2);
    pdf_libraries().cairo_stroke(cairo_.get());
}

void Pages::dash(bool on) {
    constexpr double kPattern[] = {4, 3};
    pdf_libraries().cairo_set_dash(cairo_.get(), kPattern, on ? 2 : 0, 0);
}

void Pages::outline(const std::string& text) {
    pdf_libraries().cairo_pdf_surface_add_outline(surface_.get(),
                                                  CAIRO_PDF_OUTLINE_ROOT,
                                                  text.c_str(),
                                                  fmt::format("page={}", page_).c_str(),
                                                  CAIRO_PDF_OUTLINE_FLAG_OPEN);
}

void Pages::name(const std::string& title, const std::string& id) {
    pdf_libraries().cairo_pdf_surface_set_metadata(
        surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
    pdf_libraries().cairo_pdf_surface_set_metadata(
        surface_.get(), CAIRO_PDF_METADATA_CREATOR, ("hrbridge report " + id).c_str());
}

bool Pages::need(double height) {
    if (y_ + height <= kHeight - kMargin - kFoot) {
        return false;
    }
    end_page();
    ++page_;
    y_ = kMargin;
    return true;
}

void Pages::end_page() {
    const double y = kHeight - kMargin - kFoot + 10;
    line(kMargin, y, kWidth - kMargin, y, "#cbd2d9", 0.5);
    const Setting setting{kFootSize, false, false, "#52606d", PANGO_ALIGN_LEFT};
    const Layout number = layout(fmt::format("{}/{}", page_, total_), setting, -1);
    show(number, setting, kWidth - kMargin - width(number), y + 4);
    show(layout(foot_, setting, kText - 60), setting, kMargin, y + 4);
    pdf_libraries().cairo_show_page(cairo_.get());
}

std::string Pages::finish() {
    end_page();
    cairo_.reset();
    pdf_libraries().cairo_surface_finish(surface_.get());
    if (pdf_libraries().cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) {
        throw std::runtime_error(
            fmt::format("the PDF could not be made: {}",
                        pdf_libraries().cairo_status_to_string(
                            pdf_libraries().cairo_surface_status(surface_.get()))));
    }
    return std::move(bytes_);
}

bool has_font(const std::string& family) {
    PangoFontFamily** families = nullptr;
    int count = 0;
    pdf_libraries().pango_font_map_list_families(
        pdf_libraries().pango_cairo_font_map_get_default(), &families, &count);
    bool found = false;
    for (int i = 0; i < count; ++i) {
        found = found || family == pdf_libraries().pango_font_family_get_name(families[i]);
    }
    pdf_libraries().g_free(families);
    return found;
}

}  // namespace hrbridge::report
