#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <utility>

#include "connectors/source_meter.h"

namespace hrbridge::odbc {

// What one reading asks for in the course of time: within its source's rate, which it shares with
// all others, and within its own.
class ReadingRate {
  public:
    // `own_rows_per_second` 0: no limit of its own.
    ReadingRate(std::shared_ptr<connectors::SourceMeter> source,
                base::Clock& clock,
                std::int64_t own_rows_per_second)
        : source_(std::move(source)),
          own_(std::make_unique<connectors::RowRate>(clock, own_rows_per_second)) {}

    // How many of `rows` may be asked for at once.
    std::int64_t at_once(std::int64_t rows) const {
        return own_->at_once(source_->rows_at_once(rows));
    }
    // 0: without any limit.
    std::int64_t at_once_or_none() const {
        constexpr std::int64_t kEndless = 1LL << 62U;
        const std::int64_t rows = at_once(kEndless);
        return rows == kEndless ? 0 : rows;
    }
    // Waits until so many rows may be asked for; false when there was nothing to wait for. Throws
    // base::Stopped.
    bool take(std::int64_t rows, const std::stop_token& stop) {
        const auto waited = own_->take(rows, stop);
        return (waited + source_->take_rows(rows, stop)).count() > 0;
    }
    // Rows that were taken and did not come.
    void give_back(std::int64_t rows) {
        own_->give_back(rows);
        source_->give_back_rows(rows);
    }
    // Rows that nobody waited for, since they are few.
    void count(std::int64_t rows) {
        own_->count(rows);
        source_->count_rows(rows);
    }

  private:
    std::shared_ptr<connectors::SourceMeter> source_;
    std::unique_ptr<connectors::RowRate> own_;
};

}  // namespace hrbridge::odbc
