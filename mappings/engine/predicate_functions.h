#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/predicate_node.h"

namespace hrbridge::engine {

// Checks a function's arguments and fills kind and scale of its node; a text says what is wrong.
// The functions are those of mappings/README.md, "Logic rules".
std::optional<std::string> check_function(Predicate::Node& node);
std::vector<std::string> predicate_function_names();

// Gives several values one kind and scale (for CASE, COALESCE, comparisons); a text when they have
// nothing in common.
std::optional<std::string> unify(std::vector<Predicate::Node*> values,
                                 base::Kind& kind,
                                 int& scale);

// "a number", "a date" …
std::string_view kind_words(base::Kind kind);

}  // namespace hrbridge::engine
