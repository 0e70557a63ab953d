#include "daemon/store/postgres/table_copy.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "daemon/store/postgres/error.h"
#include "daemon/store/postgres/result.h"

namespace hrbridge::store::postgres {
namespace {

constexpr std::size_t kChunk = 256UL << 10U;
// What the text of a cell depends on; rows take as long as they take.
constexpr std::string_view kSettings =
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 1";

class File {
  public:
    File(std::string path, int flags) : path_(std::move(path)) {
        descriptor_ = ::open(path_.c_str(), flags | O_CLOEXEC, 0600);
        if (descriptor_ < 0) {
            throw failure("open");
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { ::close(descriptor_); }

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
            if (done < 0 && errno != EINTR) {
                throw failure("write");
            }
            bytes.remove_prefix(done < 0 ? 0 : static_cast<std::size_t>(done));
        }
    }
    // 0 at the end.
    std::size_t read(char* out, std::size_t size) const {
        ssize_t done = 0;
        do {
            done = ::read(descriptor_, out, size);
        } while (done < 0 && errno == EINTR);
        if (done < 0) {
            throw failure("read");
        }
        return static_cast<std::size_t>(done);
    }

  private:
    base::StoreError failure(const char* what) const {
        return {
            errno == ENOSPC || errno == EDQUOT ? "ENOSPC" : "EIO",
            base::Remedy::Retry,
            fmt::format("cannot {} {}: {}", what, path_, std::generic_category().message(errno))};
    }

    std::string path_;
    int descriptor_ = -1;
};

Result run(PGconn* handle, const std::string& sql, ExecStatusType wanted, std::string_view doing) {
    Result result(PQexec(handle, sql.c_str()));
    if (PQresultStatus(result.get()) != wanted) {
        throw make_error(handle, result.get(), doing);
    }
    return result;
}

Handle begin(const StoreOptions& options, const std::string& how) {
    Handle handle = log_in(options.connection, options.password);
    std::string script = fmt::format("{}; {}", how, kSettings);
    if (!options.schema.empty()) {
        script += fmt::format("; SET LOCAL search_path = \"{}\"", options.schema);
    }
    run(handle.get(), script, PGRES_COMMAND_OK, "beginning a transaction");
    return handle;
}

std::string list_of(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) {
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", column);
    }
    return list;
}

// The answer behind a COPY: how many rows it was.
std::int64_t rows_copied(PGconn* handle, std::string_view doing) {
    const Result first(PQgetResult(handle));
    while (Result(PQgetResult(handle)) != nullptr) {
    }
    if (PQresultStatus(first.get()) != PGRES_COMMAND_OK) {
        throw make_error(handle, first.get(), doing);
    }
    const std::string_view count(PQcmdTuples(first.get()));
    std::int64_t rows = 0;
    std::from_chars(count.data(), count.data() + count.size(), rows);
    return rows;
}

}  // namespace

TableCopier::TableCopier(const StoreOptions& from, const std::string& snapshot)
    : handle_(begin(from,
                    fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                                "SET TRANSACTION SNAPSHOT '{}'",
                                snapshot))) {}

std::int64_t TableCopier::copy_out(const CopiedFile& file,
                                   const std::string& folder,
                                   const OnBytes& on_bytes) {
    const std::string doing = "copying the rows of " + file.table;
    const File out(folder + "/" + file.file, O_CREAT | O_EXCL | O_WRONLY);
    run(handle_.get(),
        fmt::format("COPY (SELECT {} FROM \"{}\") TO STDOUT", list_of(file.columns), file.table),
        PGRES_COPY_OUT,
        doing);
    std::string chunk;
    const auto flush = [&] {
        out.write(chunk);
        on_bytes(static_cast<std::int64_t>(chunk.size()));
        chunk.clear();
    };
    char* row = nullptr;
    int size = 0;
    while ((size = PQgetCopyData(handle_.get(), &row, 0)) > 0) {
        chunk.append(row, static_cast<std::size_t>(size));
        PQfreemem(row);
        if (chunk.size() >= kChunk) {
            flush();
        }
    }
    if (size == -2) {
        throw make_error(handle_.get(), nullptr, doing);
    }
    flush();
    return rows_copied(handle_.get(), doing);
}

TableLoader::TableLoader(const StoreOptions& into) : handle_(begin(into, "BEGIN")) {}

std::int64_t TableLoader::copy_in(const CopiedFile& file,
                                  const std::string& folder,
                                  const OnBytes& on_bytes) {
    const std::string doing = "loading the rows of " + file.table;
    const File in(folder + "/" + file.file, O_RDONLY);
    run(handle_.get(),
        fmt::format("COPY \"{}\" ({}) FROM STDIN", file.table, list_of(file.columns)),
        PGRES_COPY_IN,
        doing);
    std::string chunk(kChunk, '\0');
    while (const std::size_t size = in.read(chunk.data(), chunk.size())) {
        if (PQputCopyData(handle_.get(), chunk.data(), static_cast<int>(size)) != 1) {
            throw make_error(handle_.get(), nullptr, doing);
        }
        on_bytes(static_cast<std::int64_t>(size));
    }
    if (PQputCopyEnd(handle_.get(), nullptr) != 1) {
        throw make_error(handle_.get(), nullptr, doing);
    }
    return rows_copied(handle_.get(), doing);
}

void TableLoader::set_last_id(const std::string& table, std::int64_t last) {
    run(handle_.get(),
        fmt::format("SELECT setval(pg_get_serial_sequence('\"{}\"', 'id'), {})", table, last),
        PGRES_TUPLES_OK,
        "setting the last id of " + table);
}

void TableLoader::commit() {
    run(handle_.get(), "COMMIT", PGRES_COMMAND_OK, "committing the loaded rows");
}

}  // namespace hrbridge::store::postgres
