#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/base/raw_block.h"
#include "daemon/base/time.h"
#include "daemon/store/batch_writer.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/watermark.h"

namespace hrbridge::jobs {

// Tells by a row's watermark (base::Batch::times) whether a sync still brings it. What form the
// watermarks have is learnt from the first one seen.
class SweepBounds {
  public:
    // `source_now` is the source's clock before the sweep's first row.
    SweepBounds(const engine::Mapping& mapping,
                const store::Checkpoint& last,
                base::Timestamp source_now);
    void learn(const base::RawBlock& block, const std::vector<base::DescribedColumn>& columns);

    // The next sync reads the row, without a sweep: its watermark is in the next window, or there
    // are no windows.
    bool is_pending(std::int64_t watermark) const;
    // No sync reads the row yet: it is held back, or dated in the future.
    bool is_ahead(std::int64_t watermark) const;

  private:
    std::optional<std::int64_t> number_of(std::optional<base::Timestamp> bound) const;

    const engine::Mapping& mapping_;
    std::optional<base::Timestamp> next_from_;
    std::optional<base::Timestamp> ahead_from_;
    std::optional<engine::WatermarkForm> form_;
    std::optional<std::int64_t> pending_from_;
    std::optional<std::int64_t> held_from_;
};

}  // namespace hrbridge::jobs
