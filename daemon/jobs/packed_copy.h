#pragma once

#include <memory>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/store/batch_writer.h"

namespace hrbridge::jobs {

// What is kept of a block until the commit: its cells without the room that its buffers have for
// the widest ones. Of rows that are refused already and longer than a MiB nothing: their rejects
// have their cells, and nobody asks for them a second time.
std::shared_ptr<const base::RawBlock> packed_copy(const base::RawBlock& block,
                                                  const std::vector<store::Reject>& refused);

}  // namespace hrbridge::jobs
