#pragma once

#include <string>
#include <string_view>

namespace hrbridge::web {

// scrypt (N = 2^15, r = 8, p = 1, 16 random salt bytes), as "scrypt$15$8$1$salt$hash" in base64.
std::string hash_password(std::string_view password);
// In constant time for hashes of one form; false for a hash that cannot be read.
bool password_matches(std::string_view password, const std::string& hash);
// What a new password must be; empty when it is good enough.
std::string password_fault(std::string_view password);

}  // namespace hrbridge::web
