#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/time.h"

namespace hrbridge::engine {

// The named format checks of a field (`check:`). The text checks look at the text before it is
// typed, the date checks at the typed value.
enum class Check { None, CnIdCard, CnMobile, CnUscc, Email, NotFuture, NotWeekend };

std::optional<Check> find_check(std::string_view name);
std::span<const std::string> check_names();

// What is wrong with the text, without showing it; empty when nothing is. Only the text checks.
std::string_view check_text(Check check, std::string_view text);

// Chinese identity numbers (GB 11643-1999): 18 characters with an ISO 7064 MOD 11-2 check
// character, or 15 digits of the first generation, always born in 19yy.
std::string_view cn_id_problem(std::string_view number);
// Only for numbers without a problem.
base::Date cn_id_birth_date(std::string_view number);
bool cn_id_is_male(std::string_view number);

}  // namespace hrbridge::engine
