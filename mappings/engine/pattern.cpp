#include "mappings/engine/pattern.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

namespace hrbridge::engine {

struct Pattern::Icu {
    std::unique_ptr<icu::RegexMatcher> matcher;
};

namespace {

// In ICU's steps of about a millisecond: no text of ours needs it, an expression that backtracks
// without end is cut off.
constexpr std::int32_t kTimeLimit = 50;

// False when it does not match; `at` moves behind what was eaten.
bool eat(const Pattern::Item& item, std::string_view text, std::size_t& at) {
    std::size_t count = 0;
    while (count < item.most && at < text.size()) {
        const auto code = static_cast<unsigned char>(text[at]);
        if (code >= 128 || !item.characters.test(code)) {
            break;
        }
        ++at;
        ++count;
    }
    return count >= item.least;
}

bool matches_simple(const std::vector<Pattern::Item>& items, std::string_view text) {
    std::size_t at = 0;
    for (const Pattern::Item& item : items) {
        if (!eat(item, text, at)) {
            return false;
        }
    }
    return at == text.size();
}

}  // namespace

Pattern::Pattern(std::unique_ptr<Icu> icu) : icu_(std::move(icu)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view expression) {
    const std::string written = with_ascii_digits(expression);
    UErrorCode status = U_ZERO_ERROR;
    UParseError place{};
    auto icu = std::make_unique<Icu>();
    const std::unique_ptr<icu::RegexPattern> pattern(
        icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(written), 0, place, status));
    if (U_FAILURE(status) != 0 || pattern == nullptr) {
        return base::Fault{"",
                           "\"" + std::string(expression) +
                               "\" is no regular expression: " + u_errorName(status) +
                               " near character " + std::to_string(place.offset)};
    }
    // The matcher owns its own copy of the compiled pattern only when made from the text.
    icu->matcher =
        std::make_unique<icu::RegexMatcher>(icu::UnicodeString::fromUTF8(written), 0, status);
    icu->matcher->setTimeLimit(kTimeLimit, status);
    Pattern result(std::move(icu));
    result.simple_ = simple_items(expression);
    return result;
}

bool Pattern::matches(std::string_view text) {
    if (simple_) {
        return matches_simple(*simple_, text);
    }
    const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    UErrorCode status = U_ZERO_ERROR;
    icu_->matcher->reset(wide);
    return icu_->matcher->matches(status) != 0 && U_SUCCESS(status) != 0;
}

}  // namespace hrbridge::engine
