#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace hrbridge::base {

// A bounded queue between two threads of a pipeline.
template <typename T>
class BoundedQueue {
  public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

    // Waits for room; false when the queue was closed or `stop` requested (the item is dropped).
    bool push(T item, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return closed_ || items_.size() < capacity_; });
        if (closed_ || stop.stop_requested()) {
            return false;
        }
        items_.push_back(std::move(item));
        changed_.notify_all();
        return true;
    }

    // Waits for an item; nullopt when closed and empty, or when `stop` is requested.
    std::optional<T> pop(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return closed_ || !items_.empty(); });
        return take(stop);
    }

    // As pop(), but nullopt also when nothing comes within `longest`.
    std::optional<T> pop_within(std::chrono::nanoseconds longest, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, longest, [this] { return closed_ || !items_.empty(); });
        return take(stop);
    }

    // No more items; waiting threads wake up.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

  private:
    std::optional<T> take(const std::stop_token& stop) {
        if (items_.empty() || stop.stop_requested()) {
            return std::nullopt;
        }
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        changed_.notify_all();
        return item;
    }

    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<T> items_;
    bool closed_ = false;
};

}  // namespace hrbridge::base
