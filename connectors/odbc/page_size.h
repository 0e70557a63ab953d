#pragma once

#include <chrono>
#include <cstdint>

#include "connectors/odbc/dialect.h"

namespace hrbridge::odbc {

// How many rows are asked of each page of a key. Where the client library holds a page whole, its
// bytes decide; where rows stream, the statement runs as long as they are taken, so that a slow
// reader gets pages that end well within the source's query_seconds.
class PageSize {
  public:
    // `most_rows`: of any page, where its source's rate says so; 0: it says nothing.
    PageSize(const Dialect& dialect, std::int64_t query_seconds, std::int64_t most_rows = 0);

    // While nothing is known of the rows.
    std::int64_t first() const;

    // Rows that came; `taken` since the page's first ones.
    void count(std::int64_t rows, std::int64_t bytes, std::chrono::nanoseconds taken);
    // A page was asked for: its rows are counted anew.
    void turn();
    std::int64_t page_rows() const { return page_rows_; }
    std::int64_t next() const;

  private:
    std::int64_t most_;
    std::int64_t bytes_;
    std::chrono::nanoseconds time_;  // 0: no limit
    std::int64_t rows_seen_ = 0;
    std::int64_t bytes_seen_ = 0;
    std::int64_t page_rows_ = 0;
    std::int64_t timed_rows_ = 0;  // of the page, without its first block
    std::chrono::nanoseconds taken_{0};
    bool first_block_ = true;
};

}  // namespace hrbridge::odbc
