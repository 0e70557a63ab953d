#include "connectors/odbc/fetcher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connectors/odbc/cursor.h"

namespace hrbridge::odbc {
namespace {

// Of a block's bound buffers, which have room for the widest cells and are mostly empty. More takes
// memory, and the processor's cache, without being faster.
constexpr std::size_t kMostBound = 2U << 20U;

void check_length(const OdbcCursor& statement, const ColumnPlan& plan, SQLLEN length) {
    const std::size_t most = plan.c_type == SQL_C_CHAR ? plan.room - 1 : plan.room;
    if (length == SQL_NULL_DATA || (length >= 0 && static_cast<std::size_t>(length) <= most)) {
        return;
    }
    const bool longer = length >= 0 || length == SQL_NO_TOTAL;
    statement.connection().fail(
        longer ? "01004" : "HY090",
        base::Remedy::Stop,
        longer ? fmt::format("column {} holds a longer value than the {} that the driver declares; "
                             "it would be cut. Cast the column to a long text type in the "
                             "mapping's query.",
                             plan.described.name,
                             plan.described.size)
               : fmt::format("the driver gave column {} the length {}; nothing was taken over.",
                             plan.described.name,
                             length));
}

}  // namespace

void BlockFetcher::bind(base::RawBlock& block, std::size_t rows) {
    status_.assign(rows, SQL_ROW_NOROW);
    static_cast<void>(statement_->try_set(SQL_ATTR_ROW_BIND_TYPE, SQL_BIND_BY_COLUMN));
    if (rows > 1 && !statement_->try_set(SQL_ATTR_ROW_ARRAY_SIZE, rows)) {
        statement_->connection().fail("HYC00", base::Remedy::Stop, "the driver fetches no blocks");
    }
    statement_->set_pointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched_);
    statement_->set_pointer(SQL_ATTR_ROW_STATUS_PTR, status_.data());
    block.columns.resize(layout_->columns.size());
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        const ColumnPlan& plan = layout_->columns[at];
        base::RawColumn& column = block.columns[at];
        column.use_stride(plan.room, rows);
        statement_->bind(static_cast<int>(at) + 1,
                         plan.c_type,
                         {column.data(), static_cast<SQLLEN>(plan.room), column.lengths()});
    }
}

void BlockFetcher::check_cells(base::RawBlock& block) const {
    for (std::size_t row = 0; row < block.rows; ++row) {
        if (status_[row] == SQL_ROW_ERROR) {
            const Diagnostics records = read_diagnostics(
                statement_->connection().api(), SQL_HANDLE_STMT, statement_->handle());
            statement_->connection().fail(records.empty() ? "HY000/0" : records.front().code(),
                                          base::Remedy::Row,
                                          fmt::format("the driver could not convert row {} of a "
                                                      "block of {}: the reading ends before this "
                                                      "block at each run. Cast the columns that "
                                                      "may hold such values (dates, numbers) to "
                                                      "text in the mapping's query: then this row "
                                                      "alone is refused",
                                                      row + 1,
                                                      block.rows));
        }
    }
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        const std::int64_t* lengths = block.columns[at].lengths();
        for (std::size_t row = 0; row < block.rows; ++row) {
            check_length(*statement_, layout_->columns[at], lengths[row]);
        }
    }
}

bool BlockFetcher::fetch(base::RawBlock& block, const BlockBounds& bounds) {
    const std::size_t room = std::min(bounds.bytes, kMostBound);
    const std::size_t fitting = room / std::max<std::size_t>(1, layout_->row_bytes());
    const std::size_t rows = std::max<std::size_t>(1, std::min(bounds.rows, fitting));
    block.clear();
    bind(block, rows);
    fetched_ = 0;
    const bool more = statement_->fetch();
    if (more && fetched_ > rows) {
        statement_->connection().fail("HY000", base::Remedy::Stop, "the driver miscounts rows");
    }
    block.rows = more ? fetched_ : 0;
    check_cells(block);
    return block.rows > 0;
}

RowFetcher::RowFetcher(OdbcCursor& statement, const Layout& layout)
    : statement_(&statement), layout_(&layout), lengths_(layout.columns.size()) {
    for (const ColumnPlan& plan : layout.columns) {
        cells_.emplace_back(plan.room);
    }
}

void RowFetcher::bind() {
    for (std::size_t at = 0; at < cells_.size(); ++at) {
        const ColumnPlan& plan = layout_->columns[at];
        if (!plan.is_long()) {
            statement_->bind(static_cast<int>(at) + 1,
                             plan.c_type,
                             {cells_[at].data(), static_cast<SQLLEN>(plan.room), &lengths_[at]});
        }
    }
}

std::size_t RowFetcher::take_cell(base::RawColumn& column, std::size_t row, std::size_t at) {
    const ColumnPlan& plan = layout_->columns[at];
    if (plan.is_long()) {
        if (!statement_->read_cell(static_cast<int>(at) + 1, plan.c_type, long_cell_)) {
            column.append_null();
            return 0;
        }
        const std::size_t size = long_cell_.size();
        if (size < kLongCell) {
            column.append(long_cell_);
        } else {
            column.append_null();
            column.set_long(row, std::exchange(long_cell_, {}));
        }
        return size;
    }
    check_length(*statement_, plan, lengths_[at]);
    if (lengths_[at] == SQL_NULL_DATA) {
        column.append_null();
        return 0;
    }
    const auto size = static_cast<std::size_t>(lengths_[at]);
    column.append({cells_[at].data(), size});
    return size;
}

std::size_t RowFetcher::take_row(base::RawBlock& block) {
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < block.columns.size(); ++at) {
        bytes += take_cell(block.columns[at], block.rows, at) + base::RawColumn::kCellRoom;
    }
    ++block.rows;
    return bytes;
}

bool RowFetcher::fetch(base::RawBlock& block, const BlockBounds& bounds) {
    block.clear();
    block.columns.resize(layout_->columns.size());
    for (base::RawColumn& column : block.columns) {
        column.use_packed();
    }
    bind();
    std::size_t bytes = 0;
    while (block.rows < bounds.rows && bytes < bounds.bytes && statement_->fetch()) {
        bytes += take_row(block);
    }
    return block.rows > 0;
}

}  // namespace hrbridge::odbc
