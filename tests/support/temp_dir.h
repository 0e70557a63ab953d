#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hrbridge::test {

// A folder of its own that goes with the object.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    // Writes a file and gives its path.
    std::string write(const std::string& name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

std::string read_file(const std::string& path);

}  // namespace hrbridge::test
