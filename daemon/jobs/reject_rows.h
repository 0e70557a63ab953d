#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/charset.h"
#include "mappings/engine/mapper.h"
#include "mappings/engine/mapping.h"

namespace hrbridge::jobs {

// Turns the mapper's faults into rejects with the packed row and a key that people can look up in
// the source. Made for the columns of one source.
class RejectRows {
  public:
    RejectRows(const engine::Mapping& mapping, const std::vector<base::DescribedColumn>& columns);

    store::Reject make(const engine::RowFault& fault, const base::RawBlock& block) const;
    // The same, of a block whose refused rows nobody reads again: it loses their long cells.
    store::Reject make_away(const engine::RowFault& fault, base::RawBlock& block) const;
    // "A17", or "A17/2024-05-06" for a key of several columns; personal parts masked, bytes that
    // the source's charset does not define in hex.
    std::string key_of(const base::RawBlock& block, std::size_t row) const;
    // Whether columns that no field reads are shown; nobody has said what they hold, so that cells
    // which look like the number of an identity card, telephone or account are masked all the same.
    enum class Unread { Masked, Shown };
    // Each column of the row for people: NULL, absent, the decoded text, or hex for bytes that the
    // source's charset does not define. Masked where a personal field reads it. Of a record that
    // could not be taken apart, the record; it may hold what any column holds, so it is masked when
    // one of the contract's columns is.
    std::vector<std::string> cells_of(const base::RawBlock& block,
                                      std::size_t row,
                                      Unread unread = Unread::Masked) const;

  private:
    store::Reject without_row(const engine::RowFault& fault, const base::RawBlock& block) const;
    struct KeyPart {
        std::size_t column;
        bool personal;
    };
    std::string shown(std::string_view bytes, bool personal) const;
    std::string cell_of(const base::RawColumn& column,
                        std::size_t row,
                        std::size_t index,
                        Unread unread) const;

    const std::vector<base::DescribedColumn>& columns_;
    std::optional<engine::Decoder> decoder_;
    std::vector<KeyPart> key_;
    std::vector<bool> personal_;  // by column
    std::vector<bool> read_;      // by column: some field reads it
};

}  // namespace hrbridge::jobs
