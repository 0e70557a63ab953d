#pragma once

#include <chrono>
#include <thread>

namespace hrbridge::test {

// Looks at `holds` until it says so; false when it did not within `limit`, which is for tests that
// would otherwise hang and no time that anything is expected to take.
template <typename Condition>
bool wait_for(Condition&& holds, std::chrono::seconds limit = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace hrbridge::test
