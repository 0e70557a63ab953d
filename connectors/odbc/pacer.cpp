#include "connectors/odbc/pacer.h"

#include <algorithm>

namespace hrbridge::odbc {

bool Pacer::wait(const std::stop_token& stop) {
    if (rate_ <= 0) {
        return !stop.stop_requested();
    }
    if (!started_) {
        started_ = true;
        start_ = clock_->monotonic();
    }
    // In microseconds: nanoseconds would overflow after 9 * 10^9 rows.
    const std::chrono::microseconds due((rows_ / rate_ * 1'000'000) +
                                        (rows_ % rate_ * 1'000'000 / rate_));
    const std::chrono::nanoseconds ahead = due - (clock_->monotonic() - start_);
    return ahead.count() <= 0 ? !stop.stop_requested() : clock_->sleep(ahead, stop);
}

std::size_t Pacer::most_at_once(std::size_t rows) const {
    return rate_ <= 0 ? rows : std::clamp<std::size_t>(static_cast<std::size_t>(rate_), 1, rows);
}

}  // namespace hrbridge::odbc
