#include "mappings/engine/predicate_tokens.h"

#include <algorithm>
#include <array>

#include "daemon/base/text.h"

namespace hrbridge::engine {
namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::array<std::string_view, 13> kSymbols{
    "<>", "<=", ">=", "!=", "||", "=", "<", ">", "+", "-", "*", "(", ")"};

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Tokenizer {
  public:
    explicit Tokenizer(std::string_view text) : text_(text) {}

    base::Result<std::vector<PredicateToken>> all() {
        while (true) {
            skip_blanks();
            if (at_ == text_.size()) {
                add(PredicateToken::Kind::End, "", at_);
                return std::move(tokens_);
            }
            if (!next()) {
                return base::Fault{"column " + std::to_string(at_ + 1), fault_};
            }
        }
    }

  private:
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    void add(PredicateToken::Kind kind, std::string text, std::size_t begin) {
        tokens_.push_back({kind, std::move(text), begin + 1});
    }

    bool next() {
        const char c = text_[at_];
        if (is_name_start(c)) {
            return take_while(PredicateToken::Kind::Name,
                              [](char each) { return is_name_start(each) || is_digit(each); });
        }
        if (is_digit(c)) {
            return take_while(PredicateToken::Kind::Number,
                              [](char each) { return is_digit(each) || each == '.'; });
        }
        if (c == '\'') {
            return take_text();
        }
        if (c == ',') {
            add(PredicateToken::Kind::Symbol, ",", at_++);
            return true;
        }
        for (const std::string_view symbol : kSymbols) {
            if (text_.substr(at_, symbol.size()) == symbol) {
                add(PredicateToken::Kind::Symbol, std::string(symbol == "!=" ? "<>" : symbol), at_);
                at_ += symbol.size();
                return true;
            }
        }
        fault_ = c == '"' ? "names are written without quotes, texts in single quotes"
                          : "this character belongs to no part of a predicate";
        return false;
    }

    template <typename Belongs>
    bool take_while(PredicateToken::Kind kind, Belongs belongs) {
        const std::size_t begin = at_;
        while (at_ < text_.size() && belongs(text_[at_])) {
            ++at_;
        }
        const std::string_view piece = text_.substr(begin, at_ - begin);
        add(kind,
            kind == PredicateToken::Kind::Name ? base::to_lower_ascii(piece) : std::string(piece),
            begin);
        return true;
    }

    bool take_text() {
        const std::size_t begin = at_++;
        std::string out;
        while (at_ < text_.size()) {
            if (text_[at_] != '\'') {
                out += text_[at_++];
                continue;
            }
            if (text_.substr(at_, 2) != "''") {
                ++at_;
                add(PredicateToken::Kind::Text, std::move(out), begin);
                return true;
            }
            out += '\'';
            at_ += 2;
        }
        at_ = begin;
        fault_ = "the text that begins here has no closing quote";
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string fault_;
    std::vector<PredicateToken> tokens_;
};

}  // namespace

base::Result<std::vector<PredicateToken>> tokenize_predicate(std::string_view text) {
    if (text.size() > kMostBytes) {
        return base::Fault{"column 1", "a predicate has at most 4096 bytes"};
    }
    if (!base::is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
        return base::Fault{"column 1", "a predicate is UTF-8 text without NUL"};
    }
    return Tokenizer(text).all();
}

}  // namespace hrbridge::engine
