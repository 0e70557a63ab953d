#include "daemon/web/login_throttle.h"

#include "daemon/base/ids.h"

namespace hrbridge::web {
namespace {

// Of a fixed size: names come from strangers.
std::string key_of(const std::string& account, const std::string& peer) {
    return base::sha256(std::to_string(account.size()) + ":" + account + peer);
}

bool is_power_of_ten(std::int64_t number) {
    while (number % 10 == 0) {
        number /= 10;
    }
    return number == 1;
}

}  // namespace

// Null when there is no room for one more.
LoginThrottle::Count* LoginThrottle::find(Counts& counts,
                                          const std::string& key,
                                          base::Timestamp now) {
    const auto found = counts.find(key);
    if (found != counts.end() && found->second.until > now) {
        return &found->second;
    }
    if (found == counts.end() && counts.size() >= limits_.most_kept) {
        std::erase_if(counts, [now](const auto& each) { return each.second.until <= now; });
        if (counts.size() >= limits_.most_kept) {
            return nullptr;
        }
    }
    Count& count = counts[key];
    count = {0, now + limits_.window, false};
    return &count;
}

LoginThrottle::Way LoginThrottle::slowly() {
    if (slow_ >= limits_.most_slow) {
        return Way::Refuse;
    }
    ++slow_;
    return Way::Slowly;
}

LoginThrottle::Turn::~Turn() {
    if (way_ == Way::Slowly) {
        const std::scoped_lock lock(throttle_.mutex_);
        --throttle_.slow_;
    }
}

LoginThrottle::Turn LoginThrottle::begin(const std::string& account,
                                         const std::string& peer,
                                         base::Timestamp now) {
    const std::scoped_lock lock(mutex_);
    return {*this, decide(account, peer, now)};
}

LoginThrottle::Way LoginThrottle::decide(const std::string& account,
                                         const std::string& peer,
                                         base::Timestamp now) {
    Count* const pair = find(pairs_, key_of(account, peer), now);
    Count* const whole = find(accounts_, key_of(account, ""), now);
    Count* const address = find(peers_, key_of("", peer), now);
    if (pair != nullptr && pair->refused) {
        return Way::Refuse;
    }
    const bool slow = pair == nullptr || whole == nullptr || address == nullptr ||
                      whole->failures >= limits_.account_failures ||
                      address->failures >= limits_.peer_failures;
    const Way way = slow ? slowly() : Way::Check;
    if (way == Way::Refuse) {
        return way;
    }
    if (pair != nullptr) {
        pair->until = now + limits_.window;
        pair->refused = ++pair->failures >= limits_.pair_failures;
    }
    for (Count* const count : {whole, address}) {
        if (count != nullptr) {
            ++count->failures;
        }
    }
    return way;
}

void LoginThrottle::passed(const std::string& account, const std::string& peer) {
    const std::scoped_lock lock(mutex_);
    pairs_.erase(key_of(account, peer));
    for (const auto& [counts, key] :
         {std::pair{&accounts_, key_of(account, "")}, std::pair{&peers_, key_of("", peer)}}) {
        const auto found = counts->find(key);
        if (found != counts->end() && found->second.failures > 0) {
            --found->second.failures;
        }
    }
}

std::optional<std::int64_t> LoginThrottle::worth_telling(const std::string& peer,
                                                         base::Timestamp now) {
    const std::scoped_lock lock(mutex_);
    Count* const count = find(told_, key_of("", peer), now);
    if (count == nullptr || !is_power_of_ten(++count->failures)) {
        return std::nullopt;
    }
    return count->failures;
}

}  // namespace hrbridge::web
