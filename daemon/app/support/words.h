#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace hrbridge::app::support {

// Stands where something was taken out.
constexpr std::string_view kRemoved = "(removed)";

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_ascii(std::string_view text);
// Of a word such as a host's name with its port.
bool is_in_word(char c);

bool is_number(std::string_view word);
std::string_view without_port(std::string_view word);
// A word may end a sentence.
std::string_view without_stop(std::string_view word);

// In JSON a backslash and the letter behind it are no part of a word.
enum class Form { Plain, Json };

// Text without these words (in lower case), whatever their case, without IP addresses but those of
// this machine itself, without the accounts that MariaDB names and the files that sources read.
std::string without(const std::set<std::string>& names, std::string_view text, Form form);

template <typename Work>
void for_each_word(std::string_view text, const Work& work) {
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_in_word);
        const auto size = static_cast<std::size_t>(end - text.begin());
        work(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
}

}  // namespace hrbridge::app::support
