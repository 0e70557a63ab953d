#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "connectors/odbc/handle.h"
#include "connectors/odbc/layout.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::odbc {

// How an ODBC driver's rows are fetched. Every length is checked: a cell that was cut fails the
// reading, with or without the driver's word.

// Binds the block's own buffers, many rows a call.
class BlockFetcher final : public Fetcher {
  public:
    BlockFetcher(OdbcCursor& statement, const Layout& layout)
        : statement_(&statement), layout_(&layout) {}
    bool fetch(base::RawBlock& block, const BlockBounds& bounds) override;

  private:
    void bind(base::RawBlock& block, std::size_t rows);
    void check_cells(base::RawBlock& block) const;

    OdbcCursor* statement_;
    const Layout* layout_;
    SQLULEN fetched_ = 0;
    std::vector<SQLUSMALLINT> status_;
};

// One row a call: short columns bound, long ones read in pieces.
class RowFetcher final : public Fetcher {
  public:
    RowFetcher(OdbcCursor& statement, const Layout& layout);
    bool fetch(base::RawBlock& block, const BlockBounds& bounds) override;

  private:
    void bind();
    std::size_t take_row(base::RawBlock& block);
    std::size_t take_cell(base::RawColumn& column, std::size_t row, std::size_t at);

    OdbcCursor* statement_;
    const Layout* layout_;
    std::vector<std::vector<char>> cells_;
    std::vector<SQLLEN> lengths_;
    std::string long_cell_;
};

}  // namespace hrbridge::odbc
