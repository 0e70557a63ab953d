#include "connectors/odbc/page_size.h"

#include <algorithm>

namespace hrbridge::odbc {
namespace {

constexpr std::int64_t kFirst = 500;
constexpr std::int64_t kFewest = 100;
constexpr std::int64_t kMostSeconds = 10;
constexpr std::int64_t kPartOfQuery = 10;

}  // namespace

PageSize::PageSize(const Dialect& dialect, std::int64_t query_seconds, std::int64_t most_rows)
    : most_(most_rows > 0 ? std::min(most_rows, dialect.most_page_rows) : dialect.most_page_rows),
      bytes_(dialect.page_bytes),
      time_(0) {
    if (!dialect.holds_results) {
        time_ = std::chrono::seconds(kMostSeconds);
        if (query_seconds > 0) {
            time_ = std::min(
                time_,
                std::chrono::nanoseconds(std::chrono::seconds(query_seconds)) / kPartOfQuery);
        }
    }
}

std::int64_t PageSize::first() const {
    return std::min(kFirst, most_);
}

void PageSize::count(std::int64_t rows, std::int64_t bytes, std::chrono::nanoseconds taken) {
    rows_seen_ += rows;
    bytes_seen_ += bytes;
    page_rows_ += rows;
    // What passes before the first rows is the source's own work and the same for any page.
    timed_rows_ += first_block_ ? 0 : rows;
    first_block_ = false;
    taken_ = taken;
}

void PageSize::turn() {
    page_rows_ = 0;
    timed_rows_ = 0;
    taken_ = {};
    first_block_ = true;
}

std::int64_t PageSize::next() const {
    const std::int64_t width =
        std::max<std::int64_t>(1, bytes_seen_ / std::max<std::int64_t>(1, rows_seen_));
    std::int64_t most = most_;
    if (time_.count() > 0 && timed_rows_ > 0 && taken_.count() > 0) {
        const double part =
            static_cast<double>(time_.count()) / static_cast<double>(taken_.count());
        most = static_cast<std::int64_t>(
            std::min(static_cast<double>(most_), static_cast<double>(timed_rows_) * part));
    }
    return std::clamp(std::min(bytes_ / width, most), std::min(kFewest, most_), most_);
}

}  // namespace hrbridge::odbc
