#include "daemon/store/row_spool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"

namespace hrbridge::store {
namespace {

constexpr std::uint64_t kMagic = 0x3150533143424852ULL;  // "HRBC1SP1" as bytes
constexpr std::uint32_t kMostPartitions = 1024;
constexpr std::uint32_t kFewestPartitions = 16;
constexpr std::int64_t kRowsAPartition = 50'000;
constexpr std::size_t kWriteBytes = std::size_t{256} << 10U;
constexpr std::size_t kPositionBytes = std::size_t{64} << 10U;
constexpr std::uint32_t kHashBits = 16;  // of the key's hash that choose the partition

struct Head {
    std::uint64_t magic;
    std::int64_t id;
    std::uint64_t partitions;
};
struct ExtentHead {
    std::uint32_t kind;
    std::uint32_t bytes;
    std::uint32_t check;
};

template <typename T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::uint32_t check_of(std::string_view payload) {
    return static_cast<std::uint32_t>(base::hash64(payload));
}

}  // namespace

struct SweepSpool::File {
    File(std::string where, int opened) : path(std::move(where)), handle(opened) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { ::close(handle); }

    [[noreturn]] void fail(std::string_view doing) const {
        const std::string reason = std::generic_category().message(errno);
        // A full disk may have room again.
        throw base::SystemError("spool",
                                errno == ENOSPC ? "ENOSPC" : "EIO",
                                errno == ENOSPC ? base::Remedy::Retry : base::Remedy::Stop,
                                fmt::format("{} {}: {}", doing, path, reason));
    }
    [[noreturn]] void damaged() const {
        throw base::SystemError("spool",
                                "damaged",
                                base::Remedy::Stop,
                                fmt::format("{} is damaged; remove it and sweep again", path));
    }

    void put(std::string_view bytes) {
        buffer.append(bytes);
        if (buffer.size() >= kWriteBytes) {
            write_out();
        }
    }
    void write_out() {
        std::size_t done = 0;
        while (done < buffer.size()) {
            const ssize_t written = ::pwrite(handle,
                                             buffer.data() + done,
                                             buffer.size() - done,
                                             static_cast<off_t>(size) + static_cast<off_t>(done));
            if (written < 0 && errno != EINTR) {
                fail("writing");
            }
            done += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
        }
        size += static_cast<std::int64_t>(buffer.size());
        buffer.clear();
    }
    // False when the file ends before.
    bool get(std::int64_t offset, char* to, std::size_t bytes) const {
        std::size_t done = 0;
        while (done < bytes) {
            const ssize_t got =
                ::pread(handle, to + done, bytes - done, offset + static_cast<off_t>(done));
            if (got < 0 && errno != EINTR) {
                fail("reading");
            }
            if (got == 0) {
                return false;
            }
            done += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        }
        return true;
    }
    std::int64_t end() const { return size + static_cast<std::int64_t>(buffer.size()); }

    std::string path;
    int handle;
    std::int64_t size = 0;  // written
    std::string buffer;     // to be written behind it
};

SweepSpool::SweepSpool(std::unique_ptr<File> file, std::uint32_t partitions)
    : file_(std::move(file)),
      partitions_(partitions),
      shift_(kHashBits),
      rows_(partitions * kBuffered),
      counts_(partitions),
      totals_(partitions),
      extents_(partitions + 1) {
    for (std::uint32_t left = partitions; left > 1; left /= 2) {
        --shift_;
    }
}

SweepSpool::SweepSpool(SweepSpool&&) noexcept = default;
SweepSpool& SweepSpool::operator=(SweepSpool&&) noexcept = default;
SweepSpool::~SweepSpool() = default;

SweepSpool SweepSpool::create(const std::string& path, std::int64_t id, std::uint32_t partitions) {
    remove(path);
    const int handle =
        ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    auto file = std::make_unique<File>(path, handle);
    if (handle < 0) {
        file->fail("making");
    }
    file->put(bytes_of(Head{kMagic, id, partitions}));
    return {std::move(file), partitions};
}

std::optional<SweepSpool> SweepSpool::reopen(const std::string& path,
                                             std::int64_t id,
                                             std::uint32_t partitions,
                                             std::int64_t bytes) {
    const int handle = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (handle < 0) {
        return std::nullopt;
    }
    auto file = std::make_unique<File>(path, handle);
    Head head{};
    if (bytes < static_cast<std::int64_t>(sizeof head) ||
        !file->get(0, reinterpret_cast<char*>(&head), sizeof head) || head.magic != kMagic ||
        head.id != id || head.partitions != partitions) {
        return std::nullopt;
    }
    SweepSpool spool(std::move(file), partitions);
    if (!spool.index(bytes) || ::ftruncate(handle, static_cast<off_t>(bytes)) != 0) {
        return std::nullopt;
    }
    spool.file_->size = bytes;
    return spool;
}

// Finds the extents of a file again; false when they do not end at `bytes`.
bool SweepSpool::index(std::int64_t bytes) {
    std::string payload;
    std::int64_t at = sizeof(Head);
    while (at < bytes) {
        ExtentHead head{};
        if (!file_->get(at, reinterpret_cast<char*>(&head), sizeof head) ||
            head.kind > partitions_ || head.bytes > bytes - at) {
            return false;
        }
        at += static_cast<std::int64_t>(sizeof head);
        payload.resize(head.bytes);
        if (!file_->get(at, payload.data(), payload.size()) || check_of(payload) != head.check) {
            return false;
        }
        note_extent(head.kind, {at, head.bytes, head.check}, payload);
        if (head.kind == partitions_) {
            for (std::size_t i = 0; i + sizeof(std::uint32_t) <= payload.size(); ++blocks_) {
                std::uint32_t size = 0;
                std::memcpy(&size, payload.data() + i, sizeof size);
                i += sizeof size + size;
            }
        }
        at += head.bytes;
    }
    return at == bytes;
}

void SweepSpool::note_extent(std::uint32_t kind, const Extent& extent, std::string_view payload) {
    extents_[kind].push_back(extent);
    if (kind < partitions_) {
        totals_[kind] += payload.size() / sizeof(SweepRow);
    }
}

void SweepSpool::append(std::uint32_t kind, std::string_view payload) {
    const ExtentHead head{kind, static_cast<std::uint32_t>(payload.size()), check_of(payload)};
    file_->put(bytes_of(head));
    const Extent extent{file_->end(), head.bytes, head.check};
    file_->put(payload);
    note_extent(kind, extent, payload);
}

void SweepSpool::flush(std::uint32_t partition) {
    const std::size_t count = std::exchange(counts_[partition], std::uint16_t{0});
    append(
        partition,
        {reinterpret_cast<const char*>(&rows_[partition * kBuffered]), count * sizeof(SweepRow)});
}

void SweepSpool::flush_all() {
    for (std::uint32_t partition = 0; partition < partitions_; ++partition) {
        if (counts_[partition] > 0) {
            flush(partition);
        }
    }
    if (!positions_.empty()) {
        append(partitions_, std::exchange(positions_, {}));
    }
    file_->write_out();
}

void SweepSpool::add_position(std::string_view position) {
    positions_.append(bytes_of(static_cast<std::uint32_t>(position.size())));
    positions_.append(position);
    ++blocks_;
    if (positions_.size() >= kPositionBytes) {
        append(partitions_, std::exchange(positions_, {}));
    }
}

std::int64_t SweepSpool::settle() {
    flush_all();
    if (::fdatasync(file_->handle) != 0) {
        file_->fail("writing");
    }
    return file_->size;
}

void SweepSpool::finish() {
    flush_all();
    std::vector<SweepRow>().swap(rows_);
}

std::string SweepSpool::load(const Extent& extent) const {
    std::string payload(extent.bytes, '\0');
    if (!file_->get(extent.offset, payload.data(), payload.size()) ||
        check_of(payload) != extent.check) {
        file_->damaged();
    }
    return payload;
}

void SweepSpool::read(std::uint32_t partition,
                      std::uint32_t pass,
                      std::uint32_t passes,
                      std::vector<SweepRow>& out) const {
    out.clear();
    out.reserve((totals_[partition] / passes) + 1);
    for (const Extent& extent : extents_[partition]) {
        const std::string payload = load(extent);
        for (std::size_t at = 0; at < payload.size(); at += sizeof(SweepRow)) {
            SweepRow row;
            std::memcpy(&row, payload.data() + at, sizeof row);
            if (passes == 1 || row.key.bytes[2] % passes == pass) {
                out.push_back(row);
            }
        }
    }
}

std::vector<std::string> SweepSpool::positions() const {
    std::vector<std::string> positions;
    positions.reserve(blocks_);
    for (const Extent& extent : extents_[partitions_]) {
        const std::string payload = load(extent);
        std::uint32_t size = 0;
        for (std::size_t at = 0; at < payload.size(); at += size) {
            std::memcpy(&size, payload.data() + at, sizeof size);
            at += sizeof size;
            positions.emplace_back(payload, at, size);
        }
    }
    return positions;
}

void SweepSpool::remove(const std::string& path) noexcept {
    ::unlink(path.c_str());
}

std::uint32_t sweep_partitions(std::int64_t rows) {
    std::uint32_t partitions = kFewestPartitions;
    while (partitions < kMostPartitions && partitions * kRowsAPartition < rows) {
        partitions *= 2;
    }
    return partitions;
}

}  // namespace hrbridge::store
