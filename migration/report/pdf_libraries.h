#pragma once

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

namespace hrbridge::report {

// What a PDF needs of Cairo, Pango and GLib, each under its own name. The program is not linked
// with them: they bring thirty-odd libraries, 4 MiB of memory in every process, while only a report
// draws.
struct PdfLibraries {
    decltype(&::cairo_create) cairo_create;
    decltype(&::cairo_destroy) cairo_destroy;
    decltype(&::cairo_fill) cairo_fill;
    decltype(&::cairo_line_to) cairo_line_to;
    decltype(&::cairo_move_to) cairo_move_to;
    decltype(&::cairo_pdf_surface_add_outline) cairo_pdf_surface_add_outline;
    decltype(&::cairo_pdf_surface_create_for_stream) cairo_pdf_surface_create_for_stream;
    decltype(&::cairo_pdf_surface_set_metadata) cairo_pdf_surface_set_metadata;
    decltype(&::cairo_rectangle) cairo_rectangle;
    decltype(&::cairo_set_dash) cairo_set_dash;
    decltype(&::cairo_set_line_width) cairo_set_line_width;
    decltype(&::cairo_set_source_rgb) cairo_set_source_rgb;
    decltype(&::cairo_show_page) cairo_show_page;
    decltype(&::cairo_status_to_string) cairo_status_to_string;
    decltype(&::cairo_stroke) cairo_stroke;
    decltype(&::cairo_surface_destroy) cairo_surface_destroy;
    decltype(&::cairo_surface_finish) cairo_surface_finish;
    decltype(&::cairo_surface_status) cairo_surface_status;
    decltype(&::pango_cairo_context_set_resolution) pango_cairo_context_set_resolution;
    decltype(&::pango_cairo_create_layout) pango_cairo_create_layout;
    decltype(&::pango_cairo_font_map_get_default) pango_cairo_font_map_get_default;
    decltype(&::pango_cairo_show_layout) pango_cairo_show_layout;
    decltype(&::pango_font_description_free) pango_font_description_free;
    decltype(&::pango_font_description_new) pango_font_description_new;
    decltype(&::pango_font_description_set_family) pango_font_description_set_family;
    decltype(&::pango_font_description_set_size) pango_font_description_set_size;
    decltype(&::pango_font_description_set_weight) pango_font_description_set_weight;
    decltype(&::pango_font_family_get_name) pango_font_family_get_name;
    decltype(&::pango_font_map_list_families) pango_font_map_list_families;
    decltype(&::pango_layout_get_baseline) pango_layout_get_baseline;
    decltype(&::pango_layout_get_context) pango_layout_get_context;
    decltype(&::pango_layout_get_size) pango_layout_get_size;
    decltype(&::pango_layout_set_alignment) pango_layout_set_alignment;
    decltype(&::pango_layout_set_font_description) pango_layout_set_font_description;
    decltype(&::pango_layout_set_text) pango_layout_set_text;
    decltype(&::pango_layout_set_width) pango_layout_set_width;
    decltype(&::pango_layout_set_wrap) pango_layout_set_wrap;
    decltype(&::g_free) g_free;
    decltype(&::g_object_unref) g_object_unref;
};

// Loaded by the first call, for the life of the process. Thread-safe. Throws std::runtime_error
// that names the Debian package when they are not installed; a later call tries again.
const PdfLibraries& pdf_libraries();

}  // namespace hrbridge::report
