#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "daemon/base/error.h"

// Files and folders of backups. All that is made here is for the owner alone. Whatever the file
// system refuses is a base::SystemError of "backup"; a full disk says so.
namespace hrbridge::backup {

namespace fs = std::filesystem;

// From errno.
base::SystemError file_error(const std::string& doing);

struct FileDigest {
    std::int64_t bytes = 0;
    std::string sha256;  // hex
};

struct Steps {
    std::function<void(std::int64_t bytes)> progress;  // so much was read; may be empty
    std::stop_token stop;                              // throws base::Stopped
};

FileDigest digest_of(const fs::path& file, const Steps& steps);
void write_new_file(const fs::path& file, std::string_view content);  // and syncs it
// nullopt when it is not there, is no plain file or is larger than `most`.
std::optional<std::string> read_small_file(const fs::path& file, std::size_t most);
void sync_file(const fs::path& file);
void sync_folder(const fs::path& folder);
// Makes the folder unless it is there; the one above is.
void make_folder(const fs::path& folder);
std::int64_t free_bytes(const fs::path& folder);

// Holds an open folder locked, so that others see that somebody works in it; a process that dies
// lets go.
class FolderLock {
  public:
    // nullopt when another holds it.
    static std::optional<FolderLock> try_lock(const fs::path& folder);
    FolderLock(FolderLock&& other) noexcept : descriptor_(other.descriptor_) {
        other.descriptor_ = -1;
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

  private:
    explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace hrbridge::backup
