#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "connectors/odbc/handle.h"
#include "connectors/odbc/layout.h"
#include "daemon/base/raw_block.h"

namespace hrbridge::odbc {

struct BlockBounds {
    std::size_t rows = 2000;
    std::size_t bytes = 8U << 20U;
};

// Moves rows from an executed statement into a block. Every length is checked: a cell that was cut
// fails the reading, with or without the driver's word.
class Fetcher {
  public:
    virtual ~Fetcher() = default;
    // Clears and fills `block`; false behind the last row. At least one row is taken, however wide.
    virtual bool fetch(Statement& statement, base::RawBlock& block, const BlockBounds& bounds) = 0;
};

// Binds the block's own buffers, many rows a call.
class BlockFetcher final : public Fetcher {
  public:
    explicit BlockFetcher(const Layout& layout) : layout_(&layout) {}
    bool fetch(Statement& statement, base::RawBlock& block, const BlockBounds& bounds) override;

  private:
    void bind(Statement& statement, base::RawBlock& block, std::size_t rows);
    void check_cells(Statement& statement, base::RawBlock& block) const;

    const Layout* layout_;
    SQLULEN fetched_ = 0;
    std::vector<SQLUSMALLINT> status_;
};

// One row a call: short columns bound, long ones read in pieces.
class RowFetcher final : public Fetcher {
  public:
    explicit RowFetcher(const Layout& layout);
    bool fetch(Statement& statement, base::RawBlock& block, const BlockBounds& bounds) override;

  private:
    void bind(Statement& statement);
    std::size_t take_row(Statement& statement, base::RawBlock& block);
    std::size_t take_cell(Statement& statement, base::RawColumn& column, std::size_t at);

    const Layout* layout_;
    std::vector<std::vector<char>> cells_;
    std::vector<SQLLEN> lengths_;
    std::string long_cell_;
};

// `layout` must outlive the fetcher.
std::unique_ptr<Fetcher> make_fetcher(const Layout& layout);

}  // namespace hrbridge::odbc
