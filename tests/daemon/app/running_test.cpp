#include "daemon/app/running.h"

#include <gtest/gtest.h>

#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

TEST(Jobs, ThatTellPeopleNeverWaitForTheSyncs) {
    test::LiveBench bench;
    const auto services = bench.load();
    services->mappings.emplace_back();
    services->mappings.back().name = "erp/person";
    std::size_t syncs = 0;

    for (const jobs::ScheduledJob& job : make_jobs(*services)) {
        const bool is_sync = job.name == "sync/erp/person";
        syncs += is_sync ? 1 : 0;
        EXPECT_NE(job.own_thread, is_sync) << job.name;
    }
    EXPECT_EQ(syncs, 1U);
}

}  // namespace
}  // namespace hrbridge::app
