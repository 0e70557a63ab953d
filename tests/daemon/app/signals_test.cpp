#include "daemon/app/signals.h"

#include <atomic>
#include <csignal>
#include <future>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hrbridge::app {
namespace {

class Signals : public testing::Test {
  protected:
    Signals() { pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
    ~Signals() override { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

TEST_F(Signals, TerminateRequestsAStop) {
    StopOnSignal signals;
    EXPECT_FALSE(signals.token().stop_requested());
    ::kill(::getpid(), SIGTERM);
    signals.wait();
    EXPECT_TRUE(signals.token().stop_requested());
}

TEST_F(Signals, HangUpCallsForAReloadAndForNoStop) {
    std::promise<void> reload;
    StopOnSignal signals([&] { reload.set_value(); });
    ::kill(::getpid(), SIGHUP);
    reload.get_future().wait();
    EXPECT_FALSE(signals.token().stop_requested());
}

TEST_F(Signals, TheEndIsNoReload) {
    std::atomic<int> reloads = 0;
    for (int i = 0; i < 50; ++i) {
        const StopOnSignal signals([&] { ++reloads; });
    }
    EXPECT_EQ(reloads, 0);
}

}  // namespace
}  // namespace hrbridge::app
