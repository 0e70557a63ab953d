#include "daemon/store/sqlite/handle.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "daemon/store/sqlite/error.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr int kPauseMilliseconds = 10;
constexpr mode_t kFileMode = 0600;
// WAL so that pages can be read while a sync writes; FULL so that a commit survives a power cut.
// A log that one large transaction made long is cut again, while some connection is always kept.
// The caches (2 MiB for the file, 1 MiB for staging) keep an index's pages through a batch.
constexpr const char* kPragmas = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -2048;
PRAGMA temp.cache_size = -1024;
PRAGMA journal_size_limit = 16777216;
)";

void check_owner(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
        return;
    }
    if (info.st_uid != geteuid()) {
        throw base::StoreError("owner",
                               base::Remedy::Stop,
                               fmt::format("{} belongs to uid {}, this process runs as uid {}; run "
                                           "hrbridge as the store's owner",
                                           path,
                                           info.st_uid,
                                           geteuid()));
    }
}

void create_file(const std::string& path) {
    if (path == ":memory:") {
        return;  // SQLite's name for a database without a file
    }
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kFileMode);
    if (file >= 0) {
        close(file);
    } else if (errno != EEXIST) {
        const std::string reason = std::generic_category().message(errno);
        throw base::StoreError("SQLITE_CANTOPEN",
                               base::Remedy::Stop,
                               fmt::format("cannot create {}: {}", path, reason));
    }
}

// The first table of a file that has tables and is no store, such as a source whose path was given
// twice: it would get ours beside its own, and another journal.
int find_foreign_table(sqlite3* handle, std::string& table) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(handle,
                                  "SELECT name FROM sqlite_schema WHERE type = 'table' "
                                  "ORDER BY name <> 'schema_version', name LIMIT 1",
                                  -1,
                                  &statement,
                                  nullptr);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        table = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        code = SQLITE_DONE;
    }
    sqlite3_finalize(statement);
    if (table == "schema_version") {
        table.clear();
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

// Before anything is written into it.
int check_is_store(sqlite3* handle, const std::string& path) {
    std::string table;
    const int code = find_foreign_table(handle, table);
    if (!table.empty()) {
        throw base::StoreError(
            "no_store",
            base::Remedy::Stop,
            fmt::format("{} is no hrbridge store: it has a table {}. Nothing was "
                        "written; give store.path a file of its own",
                        path,
                        table));
    }
    return code;
}

// SQLite calls no busy handler while it switches a new file to WAL, so that of several processes
// which open it at once all but one would fail.
int configure(sqlite3* handle, const std::string& path) {
    for (int waited = 0;; waited += kPauseMilliseconds) {
        int code = check_is_store(handle, path);
        if (code == SQLITE_OK) {
            code = sqlite3_exec(handle, kPragmas, nullptr, nullptr, nullptr);
        }
        if ((code & 0xff) != SQLITE_BUSY || waited >= kBusyMilliseconds) {
            return code;
        }
        sqlite3_sleep(kPauseMilliseconds);
    }
}

}  // namespace

void Closer::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Handle open_file(const std::string& path) {
    check_owner(path);
    create_file(path);
    sqlite3* opened = nullptr;
    // A URI, so that another store can be attached for reading only (side_store).
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    Handle handle(opened);
    if (code != SQLITE_OK) {
        throw make_error(code, opened, fmt::format("opening {}", path));
    }
    sqlite3_busy_timeout(opened, kBusyMilliseconds);
    const int configured = configure(opened, path);
    if (configured != SQLITE_OK) {
        throw make_error(configured, opened, fmt::format("opening {}", path));
    }
    return handle;
}

}  // namespace hrbridge::store::sqlite
