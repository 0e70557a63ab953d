#pragma once

#include <string>
#include <string_view>

namespace hrbridge::base {

// Text as it stands in HTML, XML or SVG, in an element or in a quoted attribute.
std::string escape_markup(std::string_view text);

}  // namespace hrbridge::base
