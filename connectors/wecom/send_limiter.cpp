#include "connectors/wecom/send_limiter.h"

#include <algorithm>

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kMinute{60};
constexpr seconds kHour{3600};
constexpr seconds kDay{86400};
constexpr seconds kPlatformOffset{8 * 3600};

seconds rounded_up(nanoseconds wait) {
    return std::chrono::ceil<seconds>(wait);
}

// How long until fewer than `most` of the sends lie within `span`.
seconds wait_for(const std::deque<nanoseconds>& sends,
                 int most,
                 nanoseconds span,
                 nanoseconds now) {
    const auto count = static_cast<std::size_t>(most);
    if (sends.size() < count) {
        return seconds{0};
    }
    const nanoseconds oldest = sends[sends.size() - count];
    return oldest + span <= now ? seconds{0} : rounded_up(oldest + span - now);
}

}  // namespace

seconds SendLimiter::member_wait(std::deque<nanoseconds>& sends, nanoseconds now) const {
    while (!sends.empty() && sends.front() + kHour <= now) {
        sends.pop_front();
    }
    const seconds minute = wait_for(sends, limits_.member_per_minute, kMinute, now);
    const seconds hour = wait_for(sends, limits_.member_per_hour, kHour, now);
    return std::max(minute, hour);
}

SendBounds SendLimiter::bounds(std::int64_t day) const {
    const auto begin = base::Timestamp(day * kDay - kPlatformOffset);
    return {{{limits_.member_per_minute, kMinute}, {limits_.member_per_hour, kHour}},
            limits_.account_cap * limits_.per_account_day,
            begin,
            begin + kDay};
}

seconds SendLimiter::admit(const std::string& member) {
    const std::scoped_lock lock(mutex_);
    const nanoseconds now = clock_.monotonic();
    const auto local = clock_.now().time_since_epoch() + kPlatformOffset;
    const std::int64_t day = std::chrono::floor<seconds>(local) / kDay;
    if (day != day_) {
        day_ = day;
        sent_today_ = 0;
    }
    if (sent_today_ >= limits_.account_cap * limits_.per_account_day) {
        return rounded_up((day + 1) * kDay - local);
    }
    const std::string folded = base::to_lower_ascii(member);
    std::deque<nanoseconds>& sends = members_[folded];
    seconds wait = member_wait(sends, now);
    if (wait.count() == 0 && ledger_ != nullptr) {
        wait = ledger_->enter(folded, clock_.now(), bounds(day));
    }
    if (wait.count() == 0) {
        sends.push_back(now);
        ++sent_today_;
    }
    return wait;
}

void SendLimiter::take_back(const std::string& member) {
    const std::scoped_lock lock(mutex_);
    const std::string folded = base::to_lower_ascii(member);
    std::deque<std::chrono::nanoseconds>& sends = members_[folded];
    if (!sends.empty()) {
        sends.pop_back();
    }
    sent_today_ = std::max<std::int64_t>(sent_today_ - 1, 0);
    if (ledger_ != nullptr) {
        ledger_->take_back(folded);
    }
}

}  // namespace hrbridge::wecom
