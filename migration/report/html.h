#pragma once

#include <string>

#include "migration/report/document.h"

namespace hrbridge::report {

// One file that needs nothing else: no script, no font, no picture from anywhere. It reads well on
// a phone and on paper.
std::string to_html(const Document& document);

}  // namespace hrbridge::report
