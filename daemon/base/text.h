#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::base {

bool is_valid_utf8(std::string_view text);
// Code points; `text` must be valid UTF-8.
std::size_t code_points(std::string_view text);
// At most `bytes` bytes, cut between code points, with an ellipsis when cut (it counts; it is left
// out where it does not fit).
std::string shorten(std::string_view text, std::size_t bytes);

std::string_view trim(std::string_view text);  // ASCII blanks, tabs and line ends on both sides
std::string to_lower_ascii(std::string_view text);
std::string to_upper_ascii(std::string_view text);
// Whether two names are one where ASCII letters have no case, as in SQL.
bool same_name(std::string_view a, std::string_view b);
// Always at least one part; parts may be empty.
std::vector<std::string_view> split(std::string_view text, char separator);

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);
std::string to_base64(std::string_view bytes);
// Accepts missing padding and non-zero trailing bits (WeCom keys have them); nullopt otherwise.
std::optional<std::string> from_base64(std::string_view text);

// Keeps the first and the last character, the rest as '*'; of two characters only the first, of one
// none. For displays of personal data.
std::string mask(std::string_view utf8);

}  // namespace hrbridge::base
