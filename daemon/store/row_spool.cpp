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

constexpr std::uint64_t kMagic = 0x3250533143425248ULL;  // "HRBC1SP2" as bytes
constexpr std::uint32_t kMostPartitions = 1024;
constexpr std::uint32_t kFewestPartitions = 16;
constexpr std::int64_t kRowsAPartition = 50'000;
// Of one side. Short pieces of a partition cost more to read again.
constexpr std::uint32_t kRowsBuffered = 16'384;
constexpr std::uint32_t kFewestBuffered = 64;
constexpr std::uint32_t kMostBuffered = 256;
constexpr std::size_t kWriteBytes = std::size_t{256} << 10U;
constexpr std::size_t kPositionBytes = std::size_t{64} << 10U;
constexpr std::uint32_t kHashBits = 16;  // of the key's hash that choose the partition

struct Head {
    std::uint64_t magic;
    std::int64_t id;
    std::uint64_t partitions;
};
template <typename T>
std::string_view bytes_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::uint16_t buffered(std::uint32_t partitions) {
    return static_cast<std::uint16_t>(
        std::clamp(kRowsBuffered / partitions, kFewestBuffered, kMostBuffered));
}

}  // namespace

struct SweepSpool::ExtentHead {
    Extent before;
    std::uint32_t kind;
    std::uint32_t bytes;
    std::uint32_t check;  // of all else in it and the payload
    std::uint32_t unused = 0;
};

std::uint32_t SweepSpool::check_of(ExtentHead head, std::string_view payload) {
    head.check = 0;
    return static_cast<std::uint32_t>(base::hash64(bytes_of(head)) ^ base::hash64(payload));
}

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
      buffered_(buffered(partitions)),
      rows_(std::size_t{partitions} * buffered_),
      counts_(partitions),
      totals_(partitions),
      newest_(partitions + 1) {
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
            head.kind > partitions_ || head.bytes > bytes - at ||
            head.before.offset != newest_[head.kind].offset) {
            return false;
        }
        at += static_cast<std::int64_t>(sizeof head);
        payload.resize(head.bytes);
        if (!file_->get(at, payload.data(), payload.size()) ||
            check_of(head, payload) != head.check) {
            return false;
        }
        newest_[head.kind] = {at, head.bytes, head.check};
        if (head.kind < partitions_) {
            totals_[head.kind] += payload.size() / sizeof(SweepRow);
        } else {
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

void SweepSpool::append(std::uint32_t kind, std::string_view payload) {
    ExtentHead head{newest_[kind], kind, static_cast<std::uint32_t>(payload.size()), 0};
    head.check = check_of(head, payload);
    file_->put(bytes_of(head));
    newest_[kind] = {file_->end(), head.bytes, head.check};
    file_->put(payload);
}

void SweepSpool::flush(std::uint32_t partition) {
    const std::size_t count = std::exchange(counts_[partition], std::uint16_t{0});
    totals_[partition] += count;
    append(partition,
           {reinterpret_cast<const char*>(&rows_[std::size_t{partition} * buffered_]),
            count * sizeof(SweepRow)});
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

SweepSpool::Extent SweepSpool::load(const Extent& extent,
                                    std::uint32_t kind,
                                    std::string& payload) const {
    ExtentHead head{};
    payload.resize(sizeof head + extent.bytes);
    if (!file_->get(extent.offset - static_cast<std::int64_t>(sizeof head),
                    payload.data(),
                    payload.size())) {
        file_->damaged();
    }
    std::memcpy(&head, payload.data(), sizeof head);
    payload.erase(0, sizeof head);
    if (head.kind != kind || head.check != extent.check ||
        check_of(head, payload) != extent.check) {
        file_->damaged();
    }
    return head.before;
}

void SweepSpool::read(std::uint32_t partition,
                      std::uint32_t pass,
                      std::uint32_t passes,
                      std::vector<SweepRow>& out) const {
    out.clear();
    out.reserve((totals_[partition] / passes) + 1);
    std::string payload;
    std::size_t rows = 0;
    for (Extent extent = newest_[partition]; extent.offset != 0;) {
        extent = load(extent, partition, payload);
        rows += payload.size() / sizeof(SweepRow);
        for (std::size_t at = 0; at < payload.size(); at += sizeof(SweepRow)) {
            SweepRow row;
            std::memcpy(&row, payload.data() + at, sizeof row);
            if (passes == 1 || row.key.bytes[2] % passes == pass) {
                out.push_back(row);
            }
        }
    }
    if (rows != totals_[partition]) {
        file_->damaged();
    }
}

std::vector<std::string> SweepSpool::positions() const {
    std::vector<std::string> pieces;
    for (Extent extent = newest_[partitions_]; extent.offset != 0;) {
        extent = load(extent, partitions_, pieces.emplace_back());
    }
    std::vector<std::string> positions;
    positions.reserve(blocks_);
    for (; !pieces.empty(); pieces.pop_back()) {
        const std::string& payload = pieces.back();
        std::uint32_t size = 0;
        for (std::size_t at = 0; at < payload.size(); at += size) {
            std::memcpy(&size, payload.data() + at, sizeof size);
            at += sizeof size;
            positions.emplace_back(payload, at, size);
        }
    }
    if (positions.size() != blocks_) {
        file_->damaged();
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
