#pragma once

#include <algorithm>
#include <string_view>

#include "daemon/base/text.h"

namespace hrbridge::ledger {

// 1 to `most` bytes of UTF-8 without control characters: one line that prints as it is.
inline bool is_plain_text(std::string_view text, std::size_t most) {
    constexpr char kFirstPrinted = ' ';
    constexpr char kDelete = '\x7f';
    const bool printed = std::none_of(text.begin(), text.end(), [](char c) {
        return (c >= 0 && c < kFirstPrinted) || c == kDelete;
    });
    return !text.empty() && text.size() <= most && printed && base::is_valid_utf8(text);
}

}  // namespace hrbridge::ledger
