#include "daemon/jobs/sweep_bounds.h"

#include <chrono>

#include "daemon/base/local_bounds.h"
#include "daemon/base/text.h"
#include "daemon/jobs/window.h"

namespace hrbridge::jobs {

SweepBounds::SweepBounds(const engine::Mapping& mapping,
                         const store::Checkpoint& last,
                         base::Timestamp source_now)
    : mapping_(mapping) {
    if (!mapping.sync.window_by.empty()) {
        next_from_ = next_window_from(mapping, last);
        ahead_from_ = source_now - std::chrono::milliseconds(mapping.sync.hold_back_ms);
    }
}

void SweepBounds::learn(const base::RawBlock& block,
                        const std::vector<base::DescribedColumn>& columns) {
    if (form_ || mapping_.sync.window_by.empty()) {
        return;
    }
    const std::string wanted = base::to_lower_ascii(mapping_.sync.window_by);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (base::to_lower_ascii(columns[i].name) != wanted) {
            continue;
        }
        for (std::size_t row = 0; row < block.rows && !form_; ++row) {
            form_ = engine::watermark_form(block.columns[i].cell(row));
        }
    }
    if (form_) {
        pending_from_ = number_of(next_from_);
        held_from_ = number_of(ahead_from_);
    }
}

std::optional<std::int64_t> SweepBounds::number_of(std::optional<base::Timestamp> bound) const {
    if (!bound || form_ == engine::WatermarkForm::Number) {
        return std::nullopt;
    }
    const auto zone = base::Zone::find(mapping_.read_as.zone);
    return form_ == engine::WatermarkForm::Local
               ? base::local_from(zone.value_or(base::Zone::utc()), *bound)
                     .time_since_epoch()
                     .count()
               : bound->time_since_epoch().count();
}

bool SweepBounds::is_pending(std::int64_t watermark) const {
    return mapping_.sync.window_by.empty() || (pending_from_ && watermark >= *pending_from_);
}

bool SweepBounds::is_ahead(std::int64_t watermark) const {
    return held_from_ && watermark >= *held_from_;
}

}  // namespace hrbridge::jobs
