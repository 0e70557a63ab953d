#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hrbridge::http {

inline bool is_json_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

// The length of the UTF-8 sequence at `place`, 0 when it is not valid (RFC 3629: no overlong form,
// no surrogate, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text, std::size_t place);

// The four steps over a text that check_json() has accepted; each gives the place behind.
std::size_t skip_blanks(std::string_view text, std::size_t place);
std::size_t skip_string(std::string_view text, std::size_t place);
std::size_t skip_value(std::string_view text, std::size_t place);
// The inside of a literal, without its quotes; false when an escape gives a lone surrogate.
bool unescape(std::string_view inside, std::string& out);

}  // namespace hrbridge::http
