#include "daemon/base/queue.h"

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hrbridge::base {
namespace {

TEST(BoundedQueue, HandsItemsOverInOrderAndHoldsNoMoreThanItsCapacity) {
    constexpr int kItems = 10'000;
    constexpr int kCapacity = 3;
    BoundedQueue<std::unique_ptr<int>> queue(kCapacity);
    std::atomic<int> pushed = 0;
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 0; i < kItems; ++i) {
            queue.push(std::make_unique<int>(i), stop);
            ++pushed;
        }
        queue.close();
    });
    const std::stop_source stop;
    int popped = 0;
    while (auto item = queue.pop(stop.get_token())) {
        EXPECT_EQ(**item, popped);
        ++popped;
        EXPECT_LE(pushed.load() - popped, kCapacity);
    }
    EXPECT_EQ(popped, kItems);
}

TEST(BoundedQueue, GivesWhatIsLeftAfterClose) {
    BoundedQueue<int> queue(2);
    const std::stop_source stop;
    EXPECT_TRUE(queue.push(1, stop.get_token()));
    queue.close();
    EXPECT_FALSE(queue.push(2, stop.get_token()));
    EXPECT_EQ(queue.pop(stop.get_token()), 1);
    EXPECT_EQ(queue.pop(stop.get_token()), std::nullopt);
}

TEST(BoundedQueue, DoesNotWaitLongerThanItIsTold) {
    BoundedQueue<int> queue(1);
    const std::stop_source stop;
    EXPECT_EQ(queue.pop_within(std::chrono::milliseconds(1), stop.get_token()), std::nullopt);
    queue.push(1, stop.get_token());
    EXPECT_EQ(queue.pop_within(std::chrono::hours(1), stop.get_token()), 1);
}

TEST(BoundedQueue, FreesAWaitingWriterOnClose) {
    BoundedQueue<int> queue(1);
    const std::stop_source stop;
    queue.push(1, stop.get_token());
    bool taken = true;
    std::jthread writer([&] { taken = queue.push(2, stop.get_token()); });
    queue.close();
    writer.join();
    EXPECT_FALSE(taken);
}

TEST(BoundedQueue, FreesAWaitingReaderOnStop) {
    BoundedQueue<int> queue(1);
    std::optional<int> item = 0;
    std::jthread reader([&](const std::stop_token& stop) { item = queue.pop(stop); });
    reader.request_stop();
    reader.join();
    EXPECT_EQ(item, std::nullopt);
}

}  // namespace
}  // namespace hrbridge::base
