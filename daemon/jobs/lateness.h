#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/lateness_repository.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/watermark.h"

namespace hrbridge::jobs {

// Rows whose watermarks lie before `before`, the end of the last window, came late: how late, and
// how far behind. `form` says what the watermarks are.
std::vector<store::LateRow> late_rows(const std::vector<std::int64_t>& watermarks,
                                      engine::WatermarkForm form,
                                      const base::Zone& zone,
                                      base::Timestamp before,
                                      base::Timestamp source_now);

// No watermark of a row of `before` is greater, whatever its form.
std::int64_t highest_watermark(const base::Zone& zone, base::Timestamp before);

// What to write for the overlap when rows lay nearly as far behind as it reaches, with head-room;
// nullopt: it is long enough.
std::optional<std::string> suggested_overlap(const engine::Mapping& mapping,
                                             std::int64_t deepest_s);

// "45s", "17m", "3h": not less.
std::string duration_text(std::int64_t seconds);

}  // namespace hrbridge::jobs
