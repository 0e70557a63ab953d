#include "daemon/store/sqlite/file_copy.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/base/text.h"
#include "daemon/store/sqlite/error.h"
#include "daemon/store/store_restore.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr int kPagesAtATime = 256;  // 1 MiB
constexpr std::size_t kShownBytes = 300;

struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;

Handle open_database(const std::string& path, int flags) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Handle handle(opened);
    if (code != SQLITE_OK) {
        throw make_error(code, opened, fmt::format("opening {}", path));
    }
    sqlite3_busy_timeout(opened, kBusyMilliseconds);
    return handle;
}

void run(sqlite3* handle, const char* script, std::string_view doing) {
    const int code = sqlite3_exec(handle, script, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        throw make_error(code, handle, doing);
    }
}

// The first column of all rows, a line each.
std::string answer(sqlite3* handle, const char* sql, std::string_view doing) {
    std::string lines;
    const auto take = [](void* out, int, char** values, char**) {
        auto& text = *static_cast<std::string*>(out);
        text += text.empty() ? "" : "\n";
        text += values[0] == nullptr ? "" : values[0];
        return 0;
    };
    const int code = sqlite3_exec(handle, sql, take, &lines, nullptr);
    if (code != SQLITE_OK) {
        throw make_error(code, handle, doing);
    }
    return lines;
}

void create_own(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) {
        const std::string reason = std::generic_category().message(errno);
        throw base::StoreError("SQLITE_CANTOPEN",
                               base::Remedy::Stop,
                               fmt::format("cannot create {}: {}", path, reason));
    }
    ::close(file);
}

void copy_pages(sqlite3* from, sqlite3* to, const FileCopyWork& work) {
    const std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> backup(
        sqlite3_backup_init(to, "main", from, "main"), sqlite3_backup_finish);
    if (backup == nullptr) {
        throw make_error(sqlite3_extended_errcode(to), to, "copying the store");
    }
    const std::string page = answer(from, "PRAGMA page_size", "copying the store");
    const std::int64_t page_size = std::stoll(page);
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        if (work.stop.stop_requested()) {
            throw base::Stopped();
        }
        code = sqlite3_backup_step(backup.get(), kPagesAtATime);
        if (work.progress) {
            work.progress(
                (sqlite3_backup_pagecount(backup.get()) - sqlite3_backup_remaining(backup.get())) *
                page_size);
        }
    }
    if (code != SQLITE_DONE) {
        throw make_error(code, nullptr, "copying the store");
    }
}

}  // namespace

// The open transaction keeps the snapshot: without it each commit of another would make the copy
// begin anew, and beside a sync it would never end.
void copy_database(const std::string& from, const std::string& to, const FileCopyWork& work) {
    const Handle source = open_database(from, SQLITE_OPEN_READWRITE);
    create_own(to);
    const Handle target = open_database(to, SQLITE_OPEN_READWRITE);
    run(target.get(), "PRAGMA synchronous = OFF", "copying the store");  // synced by who asked
    run(source.get(), "BEGIN; SELECT count(*) FROM sqlite_master", "reading the store");
    copy_pages(source.get(), target.get(), work);
}

void check_database(const std::string& path, Depth depth) {
    const Handle handle = open_database(path, SQLITE_OPEN_READWRITE);
    const std::string found =
        answer(handle.get(),
               depth == Depth::Rows ? "PRAGMA integrity_check(5)" : "PRAGMA quick_check(5)",
               "checking the database");
    if (found != "ok") {
        throw base::StoreError(
            "SQLITE_CORRUPT",
            base::Remedy::Stop,
            fmt::format("the database is damaged: {}", base::shorten(found, kShownBytes)));
    }
}

struct UnusedDatabase::Open {
    Handle handle;
};

UnusedDatabase::UnusedDatabase(const std::string& path)
    : open_(std::make_unique<Open>(Open{open_database(path, SQLITE_OPEN_READWRITE)})) {
    sqlite3* const handle = open_->handle.get();
    sqlite3_busy_timeout(handle, 0);
    try {
        // Refused as long as another connection has the file open.
        run(handle, "PRAGMA journal_mode = DELETE", "taking the store out of use");
        run(handle, "BEGIN EXCLUSIVE", "taking the store out of use");
    } catch (const base::StoreError& error) {
        if (error.remedy() != base::Remedy::Retry) {
            throw;
        }
        throw base::StoreError(error.code(), base::Remedy::Retry, kInUse);
    }
}

UnusedDatabase::~UnusedDatabase() = default;

}  // namespace hrbridge::store::sqlite
