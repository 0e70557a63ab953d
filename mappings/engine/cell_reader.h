#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/raw_block.h"
#include "mappings/engine/charset.h"
#include "mappings/engine/steps.h"

namespace hrbridge::engine {

// Reads cells of one raw block: charset, char padding and "'' is NULL" applied. The steps concat
// and first_of read the row's other columns through it.
class CellReader {
  public:
    struct Column {
        std::string name;
        bool padded = false;  // trailing blanks are the type's padding and are dropped
    };

    CellReader(Decoder decoder, std::vector<Column> columns, bool empty_is_null)
        : decoder_(std::move(decoder)),
          columns_(std::move(columns)),
          empty_is_null_(empty_is_null) {}

    void use(const base::RawBlock& block) { block_ = &block; }

    // The cell in `cell`; its text views the block or `buffer`. Absent reads as NULL. The report
    // tells what decoding met.
    DecodeReport read(std::size_t column, std::size_t row, Cell& cell, std::string& buffer) const;
    // For decode rejects: "column cPsn_Name: byte 3 is not valid gbk" (bytes counted from 0).
    const std::string& name(std::size_t column) const { return columns_[column].name; }
    bool is_absent(std::size_t column, std::size_t row) const {
        return block_->columns[column].is_absent(row);
    }

  private:
    Decoder decoder_;
    std::vector<Column> columns_;
    bool empty_is_null_;
    const base::RawBlock* block_ = nullptr;
};

}  // namespace hrbridge::engine
