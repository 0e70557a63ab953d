#pragma once

#include <map>
#include <string>

#include "daemon/model/findings.h"

namespace hrbridge::pip {

// A text of the catalogue mappings/rules/texts.<language>.yaml with its {placeholders} filled in;
// Chinese for a language that has none, the key itself for a missing text.
std::string rule_text(const std::string& language,
                      const std::string& key,
                      const std::map<std::string, std::string>& values = {});

// What a finding rests on, in sentences: its numbers, n, the interval, the peers, and how many such
// findings chance alone would give in this company.
std::string explain(const model::Finding& finding,
                    const std::string& employee,
                    const std::string& language);

// "8.1%"
std::string percent(double share);
// An upper bound in digits, rounded up so that it stays one.
std::string at_most(double bound, int decimals);
// "0.0042", "1.8e-15"
std::string probability(double value);

}  // namespace hrbridge::pip
