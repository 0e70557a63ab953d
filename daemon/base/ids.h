#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hrbridge::base {

// `bytes` bytes from the system's cryptographic random source.
std::string random_bytes(std::size_t bytes);
// A random 128-bit id as 32 lower-case hex digits: sessions, runs, events.
std::string random_id();
// SHA-256, 32 raw bytes.
std::string sha256(std::string_view bytes);

}  // namespace hrbridge::base
