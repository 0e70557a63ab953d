#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/base/batch.h"

namespace hrbridge::store::postgres {

// Encodes columns for COPY … (FORMAT binary) into one buffer that is handed on and reused.
class CopyEncoder {
  public:
    void start();  // the stream's head
    void add_row(std::span<const base::Column* const> columns, std::size_t row);
    void finish();  // the stream's end
    std::string_view buffered() const { return {buffer_.data(), used_}; }
    void clear() { used_ = 0; }

  private:
    char* room(std::size_t bytes);  // at least so many bytes; the cursor stays

    std::vector<char> buffer_;
    std::size_t used_ = 0;
};

}  // namespace hrbridge::store::postgres
