#include "daemon/store/postgres/copy_stream.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "daemon/store/postgres/error.h"
#include "daemon/store/postgres/result.h"

namespace hrbridge::store::postgres {
namespace {

constexpr std::size_t kFlushBytes = std::size_t{512} << 10U;
constexpr std::string_view kDoing = "inserting rows";

std::string copy_statement(std::string_view table, std::span<const base::Column* const> columns) {
    std::string names;
    for (const base::Column* column : columns) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", column->name());
    }
    return fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", table, names);
}

}  // namespace

bool CopyStream::takes(std::string_view table, std::span<const base::Column* const> columns) const {
    return is_open() && statement_ == copy_statement(table, columns);
}

void CopyStream::open(std::string_view table, std::span<const base::Column* const> columns) {
    std::string statement = copy_statement(table, columns);
    const Result result(PQexec(connection_, statement.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COPY_IN) {
        throw make_error(connection_, result.get(), kDoing);
    }
    statement_ = std::move(statement);
    encoder_.clear();
    encoder_.start();
}

void CopyStream::send(std::span<const base::Column* const> columns) {
    const std::size_t rows = columns.front()->rows();
    for (std::size_t row = 0; row < rows; ++row) {
        encoder_.add_row(columns, row);
        if (encoder_.buffered().size() >= kFlushBytes) {
            send_buffered();
        }
    }
    send_buffered();
}

void CopyStream::end() {
    encoder_.finish();
    send_buffered();
    statement_.clear();
    if (PQputCopyEnd(connection_, nullptr) != 1) {
        throw make_error(connection_, nullptr, kDoing);
    }
}

void CopyStream::give_up() noexcept {
    if (!is_open()) {
        return;
    }
    statement_.clear();
    if (PQputCopyEnd(connection_, "given up") == 1) {
        while (Result(PQgetResult(connection_)) != nullptr) {
        }
    }
}

void CopyStream::send_buffered() {
    const std::string_view bytes = encoder_.buffered();
    if (PQputCopyData(connection_, bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw make_error(connection_, nullptr, kDoing);
    }
    encoder_.clear();
}

}  // namespace hrbridge::store::postgres
