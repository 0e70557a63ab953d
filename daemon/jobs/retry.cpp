#include "daemon/jobs/retry.h"

#include <algorithm>
#include <cctype>

namespace hrbridge::jobs {
namespace {

constexpr std::size_t kSqlState = 5;

bool is_sqlstate(std::string_view code) {
    const std::string_view state = code.substr(0, code.find('/'));
    return state.size() == kSqlState && std::all_of(state.begin(), state.end(), [](char c) {
               return std::isdigit(static_cast<unsigned char>(c)) != 0 ||
                      std::isupper(static_cast<unsigned char>(c)) != 0;
           });
}

}  // namespace

std::string error_class(std::string_view code) {
    return std::string(is_sqlstate(code) ? code.substr(0, 2) : code);
}

Retry::Retry(const RetryPolicy& policy,
             base::Clock& clock,
             monitoring::Metrics& metrics,
             std::string source,
             std::uint64_t seed)
    : policy_(policy),
      clock_(clock),
      metrics_(metrics),
      source_(std::move(source)),
      random_(seed) {}

bool Retry::wait(const base::SystemError& error, const std::stop_token& stop) {
    if (failures_ == 0) {
        first_failure_ = clock_.monotonic();
    }
    ++failures_;
    if (error.remedy() != base::Remedy::Retry || failures_ >= policy_.attempts) {
        return false;
    }
    auto longest = policy_.first_wait;
    for (int i = 1; i < failures_ && longest < policy_.longest_wait; ++i) {
        longest *= 2;
    }
    longest = std::min(longest, policy_.longest_wait);
    std::uniform_int_distribution<std::int64_t> share(longest.count() / 2, longest.count());
    const std::chrono::milliseconds pause(share(random_));
    if (clock_.monotonic() - first_failure_ + pause > policy_.within) {
        return false;
    }
    metrics_.retries.Add({{"source", source_}, {"class", error_class(error.code())}}).Increment();
    if (!clock_.sleep(pause, stop)) {
        throw base::Stopped();
    }
    return true;
}

}  // namespace hrbridge::jobs
