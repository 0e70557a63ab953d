#include "daemon/store/sqlite/file_restore.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/descriptor.h"
#include "daemon/base/error.h"
#include "daemon/store/sqlite/file_copy.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr std::size_t kChunk = 1UL << 20U;

base::StoreError failure(const std::string& doing) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT ? "ENOSPC" : "EIO",
            code == EWOULDBLOCK ? base::Remedy::Stop : base::Remedy::Retry,
            fmt::format("{}: {}", doing, std::generic_category().message(code))};
}

base::Descriptor open_file(const std::string& path, int flags) {
    base::Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    if (file.get() < 0) {
        throw failure("cannot open " + path);
    }
    return file;
}

bool is_there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool is_same(int descriptor, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void sync(int descriptor, const std::string& path) {
    if (::fsync(descriptor) != 0) {
        throw failure("cannot sync " + path);
    }
}

class RestoredFile final : public RestoredStore {
  public:
    // The file stays open and locked until the end; that it is closed last matters, because closing
    // it lets go of the locks that SQLite has of it.
    explicit RestoredFile(StoreOptions target)
        : target_(std::move(target)),
          path_(target_.path + ".restoring"),
          file_(open_file(path_, O_CREAT | O_RDWR)) {
        // One that has just been put in place was this file, and is the store now.
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 || !is_same(file_.get(), path_)) {
            throw base::StoreError(
                "busy", base::Remedy::Stop, fmt::format("another restore works on {}", path_));
        }
        remove_beside(path_);
    }
    ~RestoredFile() override {
        if (!in_place_) {
            ::unlink(path_.c_str());
            remove_beside(path_);
        }
    }

    StoreOptions options() const override {
        StoreOptions options = target_;
        options.path = path_;
        return options;
    }

    void load(const StoreCopy& copy, const std::string& folder, const CopyWork& work) override {
        copy_bytes(folder + "/" + copy.files.front().file, work);
        sync(file_.get(), path_);
        check_database(path_, Depth::Rows);
        const auto connection = open_store(options())->connect();
        for (const auto& [table, rows] : copy.rows) {
            const auto counted =
                connection->query(fmt::format("SELECT count(*) FROM \"{}\"", table), {});
            if (!counted->next() || counted->integer(0) != rows) {
                throw base::StoreError(
                    "rows", base::Remedy::Stop, table + " has another number of rows");
            }
        }
    }

    std::string put_in_place(Present there, const std::string& mark) override {
        if (is_there(path_ + "-wal")) {
            throw base::StoreError(
                "busy", base::Remedy::Retry, "the restored store is still in use");
        }
        sync(file_.get(), path_);
        std::string kept;
        std::optional<UnusedDatabase> old;
        if (there == Present::Rows || there == Present::NoRows) {
            old.emplace(target_.path);  // its write-ahead log must not meet the new file
        }
        if (there == Present::Rows || there == Present::Unreadable) {
            kept = fmt::format("{}.before-{}", target_.path, mark);
            keep_as(kept);
        }
        remove_beside(target_.path);
        if (::rename(path_.c_str(), target_.path.c_str()) != 0) {
            throw failure("cannot rename " + path_);
        }
        in_place_ = true;
        const std::string folder = std::filesystem::path(target_.path).parent_path().string();
        const base::Descriptor opened = open_file(folder, O_RDONLY | O_DIRECTORY);
        sync(opened.get(), folder);
        return kept;
    }

  private:
    static constexpr std::array<const char*, 3> kBeside{"-wal", "-shm", "-journal"};

    static void remove_beside(const std::string& path) {
        for (const char* const suffix : kBeside) {
            ::unlink((path + suffix).c_str());
        }
    }

    // A second name first: at no instant is there no store.
    void keep_as(const std::string& kept) const {
        for (const char* const suffix : {"", "-wal", "-journal"}) {
            const std::string from = target_.path + suffix;
            if (is_there(from) && ::link(from.c_str(), (kept + suffix).c_str()) != 0) {
                throw failure("cannot keep the present store as " + kept + suffix);
            }
        }
    }

    void copy_bytes(const std::string& from, const CopyWork& work) {
        const base::Descriptor in = open_file(from, O_RDONLY);
        if (::ftruncate(file_.get(), 0) != 0) {
            throw failure("cannot empty " + path_);
        }
        std::int64_t done = 0;
        while (true) {
            if (work.stop.stop_requested()) {
                throw base::Stopped();
            }
            const ssize_t copied = ::sendfile(file_.get(), in.get(), nullptr, kChunk);
            if (copied == 0) {
                return;
            }
            if (copied < 0 && errno != EINTR) {
                throw failure("cannot write " + path_);
            }
            done += std::max<ssize_t>(copied, 0);
            if (work.progress) {
                work.progress(done);
            }
        }
    }

    StoreOptions target_;
    std::string path_;
    base::Descriptor file_;
    bool in_place_ = false;
};

}  // namespace

Present what_is_there(const StoreOptions& target) {
    if (!is_there(target.path)) {
        return Present::Nothing;
    }
    try {
        return has_rows(*open_store(target)->connect()) ? Present::Rows : Present::NoRows;
    } catch (const base::StoreError& error) {
        if (error.remedy() != base::Remedy::Stop || error.code() == "owner") {
            throw;
        }
        return Present::Unreadable;
    }
}

std::unique_ptr<RestoredStore> begin_restore(const StoreOptions& target) {
    return std::make_unique<RestoredFile>(target);
}

}  // namespace hrbridge::store::sqlite
