#include "connectors/odbc/connection.h"

#include <algorithm>

#include <fmt/format.h>

#include "connectors/odbc/layout.h"

namespace hrbridge::odbc {

void Connection::set_manual_commit() {
    fail("HYC00", base::Remedy::Stop, "this client library commits by itself");
}

void Connection::fail(std::string code, base::Remedy remedy, const std::string& what) const {
    throw base::ConnectorError(
        source_, std::move(code), remedy, fmt::format("{}: {}", source_, what));
}

void Connection::note(const std::string& code) {
    constexpr std::size_t kMost = 32;
    const bool known = std::find(notices_.begin(), notices_.end(), code) != notices_.end();
    if (!known && notices_.size() < kMost) {
        notices_.push_back(code);
    }
}

void Statement::begin() noexcept {
    done();
    begun_ = std::chrono::steady_clock::now();
}

void Statement::done() noexcept {
    if (begun_) {
        connection_->statement_took(std::chrono::steady_clock::now() - *begun_);
        begun_.reset();
    }
}

TextRows Statement::all_rows() {
    TextRows rows = odbc::all_rows(*cursor_);
    done();
    return rows;
}

TextRows all_rows(Cursor& cursor) {
    Layout layout;
    layout.columns.resize(static_cast<std::size_t>(cursor.column_count()));
    TextRows rows;
    if (layout.columns.empty()) {
        return rows;
    }
    const std::unique_ptr<Fetcher> fetcher = cursor.fetcher(layout);
    base::RawBlock block;
    while (fetcher->fetch(block, BlockBounds())) {
        for (std::size_t row = 0; row < block.rows; ++row) {
            auto& cells = rows.emplace_back();
            for (const base::RawColumn& column : block.columns) {
                cells.push_back(column.is_null(row) ? std::nullopt
                                                    : std::optional<std::string>(column.cell(row)));
            }
        }
    }
    return rows;
}

}  // namespace hrbridge::odbc
