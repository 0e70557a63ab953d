#include "daemon/jobs/packed_copy.h"

#include <cstddef>

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kLongRow = std::size_t{1} << 20U;

// Empty for none.
std::vector<bool> long_rows(const std::vector<store::Reject>& refused, std::size_t rows) {
    std::vector<bool> found;
    for (const store::Reject& reject : refused) {
        if (reject.packed_row.size() >= kLongRow) {
            found.resize(rows);
            found[reject.row] = true;
        }
    }
    return found;
}

void pack_without(const base::RawColumn& from,
                  const std::vector<bool>& left_out,
                  base::RawColumn& to) {
    to.use_packed();
    for (std::size_t row = 0; row < left_out.size(); ++row) {
        if (left_out[row] || from.is_absent(row)) {
            to.append_absent();
        } else if (from.is_null(row)) {
            to.append_null();
        } else {
            to.append(from.cell(row));
        }
    }
}

}  // namespace

std::shared_ptr<const base::RawBlock> packed_copy(const base::RawBlock& block,
                                                  const std::vector<store::Reject>& refused) {
    auto copy = std::make_shared<base::RawBlock>();
    copy->columns.resize(block.columns.size());
    const std::vector<bool> left_out = long_rows(refused, block.rows);
    for (std::size_t i = 0; i < block.columns.size(); ++i) {
        if (left_out.empty()) {
            copy->columns[i].pack(block.columns[i], block.rows);
        } else {
            pack_without(block.columns[i], left_out, copy->columns[i]);
        }
    }
    copy->rows = block.rows;
    return copy;
}

}  // namespace hrbridge::jobs
