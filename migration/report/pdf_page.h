#pragma once

#include <memory>
#include <string>

#include "migration/report/pdf_libraries.h"

namespace hrbridge::report {

struct FreeSurface {
    void operator()(cairo_surface_t* surface) const {
        pdf_libraries().cairo_surface_destroy(surface);
    }
};
struct FreeCairo {
    void operator()(cairo_t* cairo) const { pdf_libraries().cairo_destroy(cairo); }
};
struct FreeObject {
    void operator()(void* object) const { pdf_libraries().g_object_unref(object); }
};
using Surface = std::unique_ptr<cairo_surface_t, FreeSurface>;
using Cairo = std::unique_ptr<cairo_t, FreeCairo>;
using Layout = std::unique_ptr<PangoLayout, FreeObject>;

// How a text is set.
struct Setting {
    double size = 9.5;  // points
    bool bold = false;
    bool code = false;
    std::string colour = "#1f2933";
    PangoAlignment alignment = PANGO_ALIGN_LEFT;
};

// The sheets of a PDF: a place on the present one that moves down, and a new one where there is no
// room. Lengths in points.
class Pages {
  public:
    static constexpr double kWidth = 595.28;  // A4
    static constexpr double kHeight = 841.89;
    static constexpr double kMargin = 46;
    static constexpr double kFoot = 34;
    static constexpr double kText = kWidth - 2 * kMargin;

    // `total`: the number of pages as the foot says it; 0 while they are being counted.
    Pages(std::string family, std::string foot, int total);

    double y() const { return y_; }
    int page() const { return page_; }
    void move(double by) { y_ += by; }
    // Begins a new page when less than this is left of the present one; whether it did.
    bool need(double height);

    // Broken into lines of this width; negative: one line, however long.
    Layout layout(const std::string& text, const Setting& setting, double width) const;
    static double height(const Layout& layout);
    static double width(const Layout& layout);
    // The layout's upper left corner is at (x, y).
    void show(const Layout& layout, const Setting& setting, double x, double y);
    void fill(double x, double y, double width, double height, const std::string& colour);
    void line(double x1, double y1, double x2, double y2, const std::string& colour, double width);
    void dash(bool on);
    // An entry of the outline that leads to this page.
    void outline(const std::string& text);
    void name(const std::string& title, const std::string& id);

    // Ends the last page; gives the file's bytes. Once.
    std::string finish();

  private:
    void end_page();
    void colour(const std::string& colour);

    std::string family_;
    std::string foot_;
    int total_;
    int page_ = 1;
    double y_ = kMargin;
    std::string bytes_;
    Surface surface_;
    Cairo cairo_;
};

// Whether the machine has the family.
bool has_font(const std::string& family);

}  // namespace hrbridge::report
