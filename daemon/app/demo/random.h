#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace hrbridge::app::demo {

// Random numbers that are the same on every machine for one seed: the engine is fixed by the C++
// standard, the distributions are ours because the standard library's are not.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    // 0 … n-1
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    int between(int low, int high) {
        return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1)));
    }
    double unit() { return static_cast<double>(engine_() >> 11U) * 0x1.0p-53; }
    bool chance(double probability) { return unit() < probability; }
    // How many of `trials` succeed.
    int successes(int trials, double probability) {
        int count = 0;
        for (int i = 0; i < trials; ++i) {
            count += chance(probability) ? 1 : 0;
        }
        return count;
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace hrbridge::app::demo
