#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hrbridge::engine {

// When a cell of the watermark column says that its row was changed: a number by which the rows of
// one mapping can be ordered and that says nothing else. Times and days are microseconds, digits
// beyond them dropped (SQL Server's datetime2(7) has seven); a bare number stands for itself.
// nullopt: the cell says no time.
std::optional<std::int64_t> watermark_of(std::string_view cell);

// What such a number stands for: microseconds of the source's clocks or of UTC, or nothing known.
enum class WatermarkForm { Local, Instant, Number };
// nullopt: the cell says no time.
std::optional<WatermarkForm> watermark_form(std::string_view cell);

}  // namespace hrbridge::engine
