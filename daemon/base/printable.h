#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from outside on its way to a terminal or a page. What would steer the reader's screen, or
// turn the order of what stands beside it, is shown as JSON writes it: \u001b. A text that is JSON
// keeps its meaning so.
namespace hrbridge::base {

// Control characters, and those that only direct the order of writing, escaped; line ends and
// tabulators stay.
std::string printable(std::string_view text);
// The same on one line, line ends and tabulators escaped too, of at most `bytes` bytes with an
// ellipsis when cut.
std::string one_line(std::string_view text, std::size_t bytes = std::string::npos);

}  // namespace hrbridge::base
