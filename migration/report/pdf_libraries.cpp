#include "migration/report/pdf_libraries.h"

#include <stdexcept>
#include <string>

#include <dlfcn.h>

namespace hrbridge::report {
namespace {

// A symbol of any library that this one needs is found through it.
constexpr const char* kLibrary = "libpangocairo-1.0.so.0";

[[noreturn]] void refuse(const char* why) {
    throw std::runtime_error(std::string("a PDF cannot be made: ") + why +
                             "; install the package libpangocairo-1.0-0");
}

template <typename Function>
void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) {
        refuse(dlerror());
    }
}

PdfLibraries load() {
    void* const library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        refuse(dlerror());
    }
    PdfLibraries found{};
    find(library, "cairo_create", found.cairo_create);
    find(library, "cairo_destroy", found.cairo_destroy);
    find(library, "cairo_fill", found.cairo_fill);
    find(library, "cairo_line_to", found.cairo_line_to);
    find(library, "cairo_move_to", found.cairo_move_to);
    find(library, "cairo_pdf_surface_add_outline", found.cairo_pdf_surface_add_outline);
    find(library, "cairo_pdf_surface_create_for_stream", found.cairo_pdf_surface_create_for_stream);
    find(library, "cairo_pdf_surface_set_metadata", found.cairo_pdf_surface_set_metadata);
    find(library, "cairo_rectangle", found.cairo_rectangle);
    find(library, "cairo_set_dash", found.cairo_set_dash);
    find(library, "cairo_set_line_width", found.cairo_set_line_width);
    find(library, "cairo_set_source_rgb", found.cairo_set_source_rgb);
    find(library, "cairo_show_page", found.cairo_show_page);
    find(library, "cairo_status_to_string", found.cairo_status_to_string);
    find(library, "cairo_stroke", found.cairo_stroke);
    find(library, "cairo_surface_destroy", found.cairo_surface_destroy);
    find(library, "cairo_surface_finish", found.cairo_surface_finish);
    find(library, "cairo_surface_status", found.cairo_surface_status);
    find(library, "pango_cairo_context_set_resolution", found.pango_cairo_context_set_resolution);
    find(library, "pango_cairo_create_layout", found.pango_cairo_create_layout);
    find(library, "pango_cairo_font_map_get_default", found.pango_cairo_font_map_get_default);
    find(library, "pango_cairo_show_layout", found.pango_cairo_show_layout);
    find(library, "pango_font_description_free", found.pango_font_description_free);
    find(library, "pango_font_description_new", found.pango_font_description_new);
    find(library, "pango_font_description_set_family", found.pango_font_description_set_family);
    find(library, "pango_font_description_set_size", found.pango_font_description_set_size);
    find(library, "pango_font_description_set_weight", found.pango_font_description_set_weight);
    find(library, "pango_font_family_get_name", found.pango_font_family_get_name);
    find(library, "pango_font_map_list_families", found.pango_font_map_list_families);
    find(library, "pango_layout_get_baseline", found.pango_layout_get_baseline);
    find(library, "pango_layout_get_context", found.pango_layout_get_context);
    find(library, "pango_layout_get_size", found.pango_layout_get_size);
    find(library, "pango_layout_set_alignment", found.pango_layout_set_alignment);
    find(library, "pango_layout_set_font_description", found.pango_layout_set_font_description);
    find(library, "pango_layout_set_text", found.pango_layout_set_text);
    find(library, "pango_layout_set_width", found.pango_layout_set_width);
    find(library, "pango_layout_set_wrap", found.pango_layout_set_wrap);
    find(library, "g_free", found.g_free);
    find(library, "g_object_unref", found.g_object_unref);
    return found;
}

}  // namespace

const PdfLibraries& pdf_libraries() {
    static const PdfLibraries loaded = load();
    return loaded;
}

}  // namespace hrbridge::report
