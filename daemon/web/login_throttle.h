#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/base/time.h"

namespace hrbridge::web {

struct ThrottleLimits {
    int pair_failures = 5;  // in a row, of one account from one address: then that address waits
    int account_failures = 10;  // within `window`, of one account from everywhere: then slowly
    int peer_failures = 30;     // within `window`, from one address: then slowly
    std::chrono::seconds window{900};
    std::size_t most_kept = 20'000;  // of each kind; what is beyond is only let in slowly
    int most_slow = 2;               // checks at a time that are slowed down
};

// Holds guesses of passwords down without letting a stranger lock anybody out: an address that
// fails is refused for a time, but only itself and only for that account; an account that is
// guessed at from many addresses, and an address that guesses at many accounts, are slowed down.
// Unknown accounts count like known ones, so that nobody learns which there are. Of this process
// only. Thread-safe.
class LoginThrottle {
  public:
    explicit LoginThrottle(ThrottleLimits limits = {}) : limits_(limits) {}

    enum class Way {
        Check,   // check the password
        Slowly,  // wait first
        Refuse,  // do not even check it
    };
    // One attempt, until its end. It must not outlive the throttle.
    class Turn {
      public:
        Turn(LoginThrottle& throttle, Way way) : throttle_(throttle), way_(way) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();
        Way way() const { return way_; }

      private:
        LoginThrottle& throttle_;
        Way way_;
    };
    // Counts a failure in advance, so that guesses at the same time are all counted; passed() takes
    // it back.
    Turn begin(const std::string& account, const std::string& peer, base::Timestamp now);
    void passed(const std::string& account, const std::string& peer);
    // Of a refused attempt: how many there were from this address within the window when that is
    // worth an audit row (the 1st, 10th, 100th …), so that a stranger cannot fill the audit.
    std::optional<std::int64_t> worth_telling(const std::string& peer, base::Timestamp now);

  private:
    struct Count {
        std::int64_t failures = 0;
        base::Timestamp until;  // forgotten then; of a refused pair: refused until then
        bool refused = false;
    };
    using Counts = std::map<std::string, Count>;

    Count* find(Counts& counts, const std::string& key, base::Timestamp now);
    Way decide(const std::string& account, const std::string& peer, base::Timestamp now);
    Way slowly();

    ThrottleLimits limits_;
    std::mutex mutex_;
    Counts pairs_;
    Counts accounts_;
    Counts peers_;
    Counts told_;
    int slow_ = 0;
};

}  // namespace hrbridge::web
