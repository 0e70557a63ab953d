#include <charconv>
#include <string>
#include <vector>

#include "migration/promotion/rollback.h"

namespace hrbridge::promotion {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view kBlanks = " \t\r";
    line = line.substr(0, line.find('#'));
    std::vector<std::string_view> words;
    while (true) {
        const auto first = line.find_first_not_of(kBlanks);
        if (first == std::string_view::npos) {
            return words;
        }
        line.remove_prefix(first);
        const auto end = line.find_first_of(kBlanks);
        words.push_back(line.substr(0, end));
        line.remove_prefix(words.back().size());
    }
}

std::optional<std::int64_t> number_of(std::string_view word) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size() ? std::optional(number)
                                                                    : std::nullopt;
}

}  // namespace

DecisionsRead read_decisions(std::string_view text) {
    DecisionsRead read;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto words = words_of(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (words.empty()) {
            continue;
        }
        const std::string line = std::to_string(number);
        const auto id = words.size() == 3 ? number_of(words[1]) : std::nullopt;
        const bool known = id && (words[2] == "keep" || words[2] == "restore");
        if (!known) {
            read.faults.push_back({"decision_form", {{"line", line}}});
            continue;
        }
        const Decision decision = words[2] == "keep" ? Decision::Keep : Decision::Restore;
        if (!read.decisions.emplace(std::pair(std::string(words[0]), *id), decision).second) {
            read.faults.push_back({"decision_twice", {{"line", line}}});
        }
    }
    return read;
}

}  // namespace hrbridge::promotion
