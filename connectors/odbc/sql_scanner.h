#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace hrbridge::odbc {

// Steps through SQL: quoted parts and comments as one piece each, words, and single characters.
class SqlScanner {
  public:
    explicit SqlScanner(std::string_view text) : text_(text) {}

    bool at_end() const { return at_ >= text_.size(); }
    bool unclosed() const { return unclosed_; }

    std::string_view next() {
        const std::size_t begin = at_;
        const char letter = text_[at_];
        const std::string_view rest = text_.substr(at_);
        if (letter == '\'' || letter == '"' || letter == '`') {
            skip_to(std::string_view(&text_[begin], 1), 1);
        } else if (rest.starts_with("--")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest.starts_with("/*")) {
            skip_to("*/", 2);
        } else if (is_word(letter)) {
            while (!at_end() && is_word(text_[at_])) {
                ++at_;
            }
        } else {
            at_ += placeholder_size(rest);
        }
        return text_.substr(begin, at_ - begin);
    }

  private:
    static bool is_word(char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' ||
               letter == '$';
    }
    static std::size_t placeholder_size(std::string_view rest) {
        for (const std::string_view mark : {"{window}", "{page}"}) {
            if (rest.starts_with(mark)) {
                return mark.size();
            }
        }
        return 1;
    }

    void skip_to(std::string_view end, std::size_t from) {
        const std::size_t found = text_.find(end, at_ + from);
        unclosed_ = unclosed_ || found == std::string_view::npos;
        at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool unclosed_ = false;
};

}  // namespace hrbridge::odbc
