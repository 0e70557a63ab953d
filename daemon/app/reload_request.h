#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hrbridge::app {

// What came of a reload.
struct ReloadAnswer {
    bool in_force = false;             // the new configuration
    std::vector<std::string> refusal;  // why it is not, a fault each
};

// Those who ask for a reload. Thread-safe.
class ReloadRequest {
  public:
    void ask();
    // Asks and waits for the answer to a reload that began after this. nullopt when `stop` was
    // requested or the daemon ends before.
    std::optional<ReloadAnswer> ask_and_wait(const std::stop_token& stop);

    // Whether somebody has asked since the last time; the next answer() is theirs.
    bool take();
    void answer(ReloadAnswer answer);
    // The daemon ends: nobody waits any more.
    void close();

  private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t asked_ = 0;
    std::uint64_t taken_ = 0;     // of asked_: how many the reload under way is for
    std::uint64_t answered_ = 0;  // of asked_
    ReloadAnswer answer_;         // the last one
    bool closed_ = false;
};

}  // namespace hrbridge::app
