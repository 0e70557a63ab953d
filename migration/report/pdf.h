#pragma once

#include <string>

#include "daemon/base/result.h"
#include "migration/report/document.h"

namespace hrbridge::report {

// What the PDF is set in; Debian's fonts-noto-cjk has it.
inline constexpr const char* kFontFamily = "Noto Sans CJK SC";

// A4, with the fonts' used glyphs embedded, text that can be searched, an outline of the sections
// and the foot with page numbers. A fault when the machine does not have Pango, or not the
// font: another one would show boxes in place of Chinese.
base::Result<std::string> to_pdf(const Document& document, const std::string& family = kFontFamily);

}  // namespace hrbridge::report
