#include "daemon/store/sqlite/error.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace hrbridge::store::sqlite {
namespace {

using base::Remedy;

struct Meaning {
    const char* name;
    Remedy remedy;
    const char* advice;  // empty: SQLite's own text says enough
};

Meaning constraint_meaning(int extended_code) {
    switch (extended_code) {
        case SQLITE_CONSTRAINT_UNIQUE:
            return {"SQLITE_CONSTRAINT_UNIQUE", Remedy::Row, ""};
        case SQLITE_CONSTRAINT_PRIMARYKEY:
            return {"SQLITE_CONSTRAINT_PRIMARYKEY", Remedy::Row, ""};
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return {"SQLITE_CONSTRAINT_FOREIGNKEY", Remedy::Row, ""};
        case SQLITE_CONSTRAINT_NOTNULL:
            return {"SQLITE_CONSTRAINT_NOTNULL", Remedy::Row, ""};
        default:
            return {"SQLITE_CONSTRAINT", Remedy::Row, ""};
    }
}

Meaning meaning_of(int extended_code) {
    switch (extended_code & 0xff) {
        case SQLITE_BUSY:
            return {"SQLITE_BUSY", Remedy::Retry, "another process is writing; try again"};
        case SQLITE_LOCKED:
            return {"SQLITE_LOCKED", Remedy::Retry, "another statement holds the table; try again"};
        case SQLITE_FULL:
            return {"SQLITE_FULL", Remedy::Retry, "disk full: free space for the store's folder"};
        case SQLITE_IOERR:
            return {
                "SQLITE_IOERR", Remedy::Retry, "the disk failed or is full; see the system log"};
        case SQLITE_NOMEM:
            return {"SQLITE_NOMEM", Remedy::Retry, "out of memory"};
        case SQLITE_INTERRUPT:
            return {"SQLITE_INTERRUPT", Remedy::Retry, ""};
        case SQLITE_CORRUPT:
            return {"SQLITE_CORRUPT", Remedy::Stop, "the file is damaged; restore a backup"};
        case SQLITE_NOTADB:
            return {"SQLITE_NOTADB", Remedy::Stop, "the file is not an SQLite database"};
        case SQLITE_CANTOPEN:
            return {
                "SQLITE_CANTOPEN", Remedy::Stop, "does the folder exist and may it be written?"};
        case SQLITE_READONLY:
            return {"SQLITE_READONLY", Remedy::Stop, "the file or its folder may not be written"};
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {"SQLITE_AUTH", Remedy::Stop, "not permitted"};
        case SQLITE_CONSTRAINT:
            return constraint_meaning(extended_code);
        case SQLITE_TOOBIG:
            return {"SQLITE_TOOBIG", Remedy::Row, "a value is too long"};
        case SQLITE_MISMATCH:
            return {"SQLITE_MISMATCH", Remedy::Row, ""};
        default:
            return {"SQLITE_ERROR", Remedy::Stop, ""};
    }
}

}  // namespace

base::StoreError make_error(int extended_code, sqlite3* handle, std::string_view doing) {
    const Meaning meaning = meaning_of(extended_code);
    std::string text = fmt::format("{}: {}", doing, sqlite3_errstr(extended_code & 0xff));
    const std::string_view own =
        handle == nullptr ? std::string_view{} : std::string_view{sqlite3_errmsg(handle)};
    if (*meaning.advice != '\0') {
        text += fmt::format(" ({})", meaning.advice);
    } else if (!own.empty()) {
        text = fmt::format("{}: {}", doing, own);
    }
    return {meaning.name, meaning.remedy, text};
}

}  // namespace hrbridge::store::sqlite
