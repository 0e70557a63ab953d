#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "connectors/http/json_scan.h"
#include "connectors/http/json_text.h"

namespace hrbridge::http {
namespace {

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

// A recursion-free recogniser: the depth of hostile nesting costs a vector, never the stack.
class Checker {
  public:
    Checker(std::string_view text, int max_depth)
        : text_(text), max_depth_(static_cast<std::size_t>(max_depth)) {}

    JsonValue run() {
        blanks();
        const std::size_t begin = place_;
        value();
        while (!open_.empty()) {
            step();
        }
        const std::size_t end = place_;
        blanks();
        if (place_ != text_.size()) {
            fail("something follows the end of the JSON text");
        }
        return JsonValue(text_.substr(begin, end - begin));
    }

  private:
    struct Open {
        bool object;
        bool empty = true;
        std::vector<std::string> names;
    };

    [[noreturn]] void fail(const std::string& what) const { throw JsonError(place_, what); }
    bool at(char byte) const { return place_ < text_.size() && text_[place_] == byte; }
    void blanks() { place_ = skip_blanks(text_, place_); }

    void expect(char byte) {
        if (!at(byte)) {
            fail(place_ >= text_.size() ? std::string("the JSON text ends too early")
                                        : fmt::format("'{}' was expected", byte));
        }
        ++place_;
    }

    // One element or member of the innermost container, or its end.
    void step() {
        Open& inner = open_.back();
        blanks();
        if (at(inner.object ? '}' : ']')) {
            close();
            return;
        }
        if (!inner.empty) {
            expect(',');
            blanks();
        }
        inner.empty = false;
        if (inner.object) {
            name(inner);
        }
        value();
    }

    void close() {
        std::vector<std::string>& names = open_.back().names;
        std::sort(names.begin(), names.end());
        if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
            fail("an object has two members of one name");
        }
        ++place_;
        open_.pop_back();
    }

    void name(Open& inner) {
        const std::size_t begin = place_;
        string();
        std::string unescaped;
        unescape(text_.substr(begin + 1, place_ - begin - 2), unescaped);
        inner.names.push_back(std::move(unescaped));
        blanks();
        expect(':');
        blanks();
    }

    void value() {
        if (at('{') || at('[')) {
            if (open_.size() == max_depth_) {
                fail(fmt::format("arrays and objects nest deeper than {}", max_depth_));
            }
            open_.push_back({text_[place_] == '{', true, {}});
            ++place_;
        } else if (at('"')) {
            string();
        } else if (at('-') || (place_ < text_.size() && is_digit(text_[place_]))) {
            number();
        } else {
            word();
        }
    }

    void word() {
        for (const std::string_view word : {"true", "false", "null"}) {
            if (text_.substr(place_, word.size()) == word) {
                place_ += word.size();
                return;
            }
        }
        fail(place_ >= text_.size() ? "the JSON text ends too early" : "a value was expected");
    }

    void digits() {
        if (place_ >= text_.size() || !is_digit(text_[place_])) {
            fail("a digit was expected");
        }
        while (place_ < text_.size() && is_digit(text_[place_])) {
            ++place_;
        }
    }

    void number() {
        if (at('-')) {
            ++place_;
        }
        if (at('0')) {
            ++place_;
        } else {
            digits();
        }
        if (at('.')) {
            ++place_;
            digits();
        }
        if (at('e') || at('E')) {
            ++place_;
            if (at('+') || at('-')) {
                ++place_;
            }
            digits();
        }
        if (place_ < text_.size() && (is_digit(text_[place_]) || text_[place_] == '.')) {
            fail("a number is not written as JSON has it");
        }
    }

    void string() {
        const std::size_t begin = place_;
        expect('"');
        bool escaped = false;
        while (!at('"')) {
            if (place_ >= text_.size()) {
                fail("a string has no end");
            }
            if (text_[place_] == '\\') {
                escape();
                escaped = true;
                continue;
            }
            if (static_cast<unsigned char>(text_[place_]) < 0x20) {
                fail("a string holds a control character that is not escaped");
            }
            const std::size_t length = utf8_length(text_, place_);
            if (length == 0) {
                fail("a string is not valid UTF-8");
            }
            place_ += length;
        }
        ++place_;
        std::string unescaped;
        if (escaped && !unescape(text_.substr(begin + 1, place_ - begin - 2), unescaped)) {
            place_ = begin;
            fail("a string holds half of a surrogate pair");
        }
    }

    void escape() {
        if (place_ + 1 >= text_.size()) {
            fail("a string has no end");
        }
        const char letter = text_[place_ + 1];
        if (letter != 'u') {
            if (std::string_view("\"\\/bfnrt").find(letter) == std::string_view::npos) {
                fail("a string holds an escape that JSON does not have");
            }
            place_ += 2;
            return;
        }
        const std::string_view hex = text_.substr(place_ + 2, 4);
        if (hex.size() < 4 ||
            hex.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
            fail("a \\u escape needs four hexadecimal digits");
        }
        place_ += 6;
    }

    std::string_view text_;
    std::size_t max_depth_;
    std::size_t place_ = 0;
    std::vector<Open> open_;
};

}  // namespace

JsonValue check_json(std::string_view text, int max_depth) {
    return Checker(text, max_depth).run();
}

}  // namespace hrbridge::http
