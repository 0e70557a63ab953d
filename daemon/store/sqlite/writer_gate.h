#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace hrbridge::store::sqlite {

// The order in which this process's connections write to one file. SQLite has one writer at a time
// and lets the others poll; a sync leaves the file free between two batches for less time than
// they sleep, so that they would never get in. Other processes still poll. Thread-safe.
class WriterGate {
  public:
    // The gate of a file, one for all its connections.
    static std::shared_ptr<WriterGate> of(const std::string& path);

    // Waits until nobody writes; who can wait least goes first. False when that was not within
    // `patience`.
    bool enter(std::chrono::milliseconds patience);
    // By the one who entered, in any thread.
    void leave();
    std::size_t waiting() const;

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool taken_ = false;
    std::multiset<std::chrono::steady_clock::time_point> waiting_;  // until when
};

}  // namespace hrbridge::store::sqlite
