#include "daemon/backup/files.h"

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/base/text.h"

namespace hrbridge::backup {
namespace {

constexpr std::size_t kChunk = 1UL << 20U;

class Descriptor {
  public:
    Descriptor(const fs::path& path, int flags) : path_(path.string()) {
        descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0600);
        if (descriptor_ < 0) {
            throw file_error("cannot open " + path_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(descriptor_); }

    std::size_t read(char* out, std::size_t size) const {
        ssize_t done = 0;
        do {
            done = ::read(descriptor_, out, size);
        } while (done < 0 && errno == EINTR);
        if (done < 0) {
            throw file_error("cannot read " + path_);
        }
        return static_cast<std::size_t>(done);
    }
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
            if (done < 0 && errno != EINTR) {
                throw file_error("cannot write " + path_);
            }
            bytes.remove_prefix(done < 0 ? 0 : static_cast<std::size_t>(done));
        }
    }
    void sync() const {
        if (::fsync(descriptor_) != 0) {
            throw file_error("cannot sync " + path_);
        }
    }

  private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace

base::SystemError file_error(const std::string& doing) {
    const int code = errno;
    const bool full = code == ENOSPC || code == EDQUOT;
    return {"backup",
            full ? "ENOSPC" : fmt::format("errno {}", code),
            base::Remedy::Retry,
            fmt::format("{}: {}{}",
                        doing,
                        std::generic_category().message(code),
                        full ? "; free space or give another folder" : "")};
}

FileDigest digest_of(const fs::path& file, const Steps& steps) {
    const Descriptor in(file, O_RDONLY | O_NOFOLLOW);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> sum(EVP_MD_CTX_new(),
                                                                      &EVP_MD_CTX_free);
    if (sum == nullptr || EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr) != 1) {
        throw std::bad_alloc();
    }
    FileDigest digest;
    std::string chunk(kChunk, '\0');
    while (const std::size_t size = in.read(chunk.data(), chunk.size())) {
        if (steps.stop.stop_requested()) {
            throw base::Stopped();
        }
        EVP_DigestUpdate(sum.get(), chunk.data(), size);
        digest.bytes += static_cast<std::int64_t>(size);
        if (steps.progress) {
            steps.progress(digest.bytes);
        }
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned length = 0;
    EVP_DigestFinal_ex(sum.get(), raw.data(), &length);
    digest.sha256 = base::to_hex(std::string(raw.begin(), raw.begin() + length));
    return digest;
}

void write_new_file(const fs::path& file, std::string_view content) {
    const Descriptor out(file, O_CREAT | O_EXCL | O_WRONLY);
    out.write(content);
    out.sync();
}

std::optional<std::string> read_small_file(const fs::path& file, std::size_t most) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::size_t>(status.st_size) > most) {
        return std::nullopt;
    }
    const Descriptor in(file, O_RDONLY | O_NOFOLLOW);
    std::string content(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t read = 0;
    while (read < content.size()) {
        const std::size_t more = in.read(content.data() + read, content.size() - read);
        if (more == 0) {
            return std::nullopt;
        }
        read += more;
    }
    return content;
}

void sync_file(const fs::path& file) {
    Descriptor(file, O_RDONLY).sync();
}

void sync_folder(const fs::path& folder) {
    Descriptor(folder, O_RDONLY | O_DIRECTORY).sync();
}

void make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        const bool sealed = errno == EROFS;  // as systemd's sandbox has it
        throw file_error("cannot make the folder " + folder.string() +
                         (sealed ? " (a service may need ReadWritePaths= for it)" : ""));
    }
}

std::int64_t free_bytes(const fs::path& folder) {
    struct statvfs room {};
    if (::statvfs(folder.c_str(), &room) != 0) {
        throw file_error("cannot look at " + folder.string());
    }
    return static_cast<std::int64_t>(room.f_bavail) * static_cast<std::int64_t>(room.f_frsize);
}

std::optional<FolderLock> FolderLock::try_lock(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return std::nullopt;
    }
    FolderLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return std::nullopt;
    }
    return lock;
}

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace hrbridge::backup
