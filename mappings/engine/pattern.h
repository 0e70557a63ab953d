#pragma once

#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"

namespace hrbridge::engine {

// A field's `match:`: ICU's regular expressions over the whole text, but \d means 0-9 and not the
// digits of every script. Patterns that are a row of
// ASCII characters and character classes with counts ("^[A-Z]{2}\d{6}$"), which most are, are
// matched without ICU. One thread at a time.
class Pattern {
  public:
    // The fault (without a place) says where the expression is wrong.
    static base::Result<Pattern> compile(std::string_view expression);
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    // `text` is valid UTF-8. A text on which the expression takes too long does not match.
    bool matches(std::string_view text);
    // Whether the quick way is used; for tests.
    bool is_simple() const { return simple_.has_value(); }

    // One class with its counts.
    struct Item {
        std::bitset<128> characters;
        std::size_t least = 1;
        std::size_t most = 1;
    };

  private:
    struct Icu;
    explicit Pattern(std::unique_ptr<Icu> icu);

    std::unique_ptr<Icu> icu_;
    std::optional<std::vector<Item>> simple_;
};

// The expression with \d written out.
std::string with_ascii_digits(std::string_view expression);
// The items of a simple expression; nullopt for all others, also for wrong ones.
std::optional<std::vector<Pattern::Item>> simple_items(std::string_view expression);

}  // namespace hrbridge::engine
