#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace hrbridge::pip {

// A stored finding's evidence with the keys of evidence.h. What version 1 of the rules wrote knows
// no operations: each of its months has one, named "". What was left out before version 3 has the
// reason "unknown".
nlohmann::json read_evidence(const std::string& text);

}  // namespace hrbridge::pip
