#pragma once

#include "connectors/odbc/cursor.h"

namespace hrbridge::native {

// Rows of a cursor whose library hands out whole cells: they are packed into the block, one copy
// each, whatever sizes the columns declare. `AnyCursor` has fill(), which does as fetch() does.
template <typename AnyCursor>
class CursorFetcher final : public odbc::Fetcher {
  public:
    explicit CursorFetcher(AnyCursor& cursor) : cursor_(&cursor) {}
    bool fetch(base::RawBlock& block, const odbc::BlockBounds& bounds) override {
        return cursor_->fill(block, bounds);
    }

  private:
    AnyCursor* cursor_;
};

// An empty block of so many packed columns.
inline void begin_packed(base::RawBlock& block, std::size_t columns) {
    block.clear();
    block.columns.resize(columns);
    for (base::RawColumn& column : block.columns) {
        column.use_packed();
    }
}

}  // namespace hrbridge::native
