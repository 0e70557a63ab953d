#include "monitoring/process.h"

#include <chrono>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace hrbridge::monitoring {
namespace {

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

TEST(Process, TellsWhenItWasStartedAndWhatItUses) {
    Metrics all;
    StateMetrics metrics(all);

    measure_process(metrics);

    constexpr double kTenMinutes = 600;
    const double start = metrics.process_start_seconds.Add({}).Value();
    EXPECT_GT(start, now_seconds() - kTenMinutes);
    EXPECT_LT(start, now_seconds() + 2);
    EXPECT_GT(metrics.process_resident_bytes.Add({}).Value(), 1 << 20);
    EXPECT_GE(metrics.process_most_files.Add({}).Value(),
              metrics.process_open_files.Add({}).Value());
}

TEST(Process, CountsItsThreadsAndOpenFiles) {
    Metrics all;
    StateMetrics metrics(all);
    measure_process(metrics);
    const double files = metrics.process_open_files.Add({}).Value();
    const double threads = metrics.process_threads.Add({}).Value();
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const std::jthread other([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });

    measure_process(metrics);

    EXPECT_EQ(metrics.process_open_files.Add({}).Value(), files + 1);
    EXPECT_EQ(metrics.process_threads.Add({}).Value(), threads + 1);
    ::close(file);
}

TEST(Process, CountsCpuTimeUpwards) {
    Metrics all;
    StateMetrics metrics(all);
    measure_process(metrics);
    const double before = metrics.process_cpu_seconds.Add({}).Value();
    volatile unsigned work = 0;
    const double until = now_seconds() + 0.05;
    while (now_seconds() < until) {
        work = work + 1;
    }

    measure_process(metrics);

    EXPECT_GT(metrics.process_cpu_seconds.Add({}).Value(), before);
}

}  // namespace
}  // namespace hrbridge::monitoring
