#pragma once

#include <filesystem>
#include <string_view>

namespace hrbridge::app::demo {

enum class Readers { Everybody, ThisUser };

// Writes a file, replacing what was there and its mode: 0644, or 0600 for this user alone. Makes
// its folders. Throws when it cannot.
void write_file(const std::filesystem::path& file, std::string_view content, Readers readers);

}  // namespace hrbridge::app::demo
