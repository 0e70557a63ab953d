#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"

namespace hrbridge::engine {

struct PredicateToken {
    enum class Kind { Name, Number, Text, Symbol, End };
    Kind kind = Kind::End;
    std::string text;        // a Name in lower case; a Text without its quotes
    std::size_t column = 1;  // of the first byte, from 1

    bool is(Kind wanted, std::string_view what) const { return kind == wanted && text == what; }
    bool is_word(std::string_view word) const { return is(Kind::Name, word); }
    bool is_symbol(std::string_view symbol) const { return is(Kind::Symbol, symbol); }
};

// The last token is an End. Faults: a character that belongs to nothing, an open quote, a text
// that is too long (4096 bytes).
base::Result<std::vector<PredicateToken>> tokenize_predicate(std::string_view text);

}  // namespace hrbridge::engine
