#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hrbridge::pip {

// A text that comes from outside (a name, a team, a cause), made fit for a card's field: what does
// not print or turns the direction of writing is a blank, blanks are single, and there are at most
// `most` characters, the last an ellipsis when it was cut. Bytes that are no UTF-8 become "?".
std::string card_field(std::string_view text, std::size_t most);

}  // namespace hrbridge::pip
