#pragma once

#include <optional>
#include <string>
#include <vector>

namespace hrbridge::app {

// Reads a password. On a terminal it asks on `prompts`, twice and without echo, and gives nullopt
// when the two differ; otherwise it takes the first line of `input`, without its line end. Nothing
// but a line end is cut off. nullopt too when the input ends before there is a line.
std::optional<std::string> read_password(int input, int prompts);
// The same with questions of the caller's own, at least one; all answers must be the same.
std::optional<std::string> read_secret(int input,
                                       int prompts,
                                       const std::vector<std::string>& questions);

}  // namespace hrbridge::app
