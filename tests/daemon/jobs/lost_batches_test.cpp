#include <array>
#include <mutex>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/daemon/jobs/support/sync_bench.h"

// A crash of PostgreSQL takes the newest batches of a reading with their checkpoints, since none
// but its last waits for the disk: what was told of them is no longer so.
namespace hrbridge::jobs {
namespace {

constexpr int kUnits = 200;  // in batches of 20
constexpr std::array kTables{
    "org_unit", "reject", "checkpoint", "batch", "run", "content_sum", "first_load"};

// The server as it is when so many batches were committed, and as such a crash leaves it when the
// next ones were.
class Crash {
  public:
    Crash(test::SyncBench& bench, std::int64_t kept, std::int64_t lost)
        : bench_(bench), kept_(kept), lost_(lost) {}

    // By the reading's thread and by the writing one.
    void look() {
        const std::lock_guard lock(mutex_);
        const std::int64_t batches = bench_.store.count("SELECT count(*) FROM batch");
        if (!saved_ && batches == kept_ && bench_.store.count("SELECT count(*) FROM run") == 1) {
            for_each_table("CREATE TABLE saved_{0} AS TABLE {0}");
            saved_ = true;
        } else if (!struck_ && batches == kept_ + lost_) {
            struck_ = true;
            bench_.store.count(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                "current_database() AND pid <> pg_backend_pid()");
            for_each_table("DELETE FROM {0}");
            for_each_table("INSERT INTO {0} OVERRIDING SYSTEM VALUE SELECT * FROM saved_{0}");
        }
    }
    bool struck() const { return struck_; }

  private:
    void for_each_table(const std::string& statement) {
        std::string script = "SET LOCAL session_replication_role = replica";
        for (const char* table : kTables) {
            script += "; " + fmt::format(fmt::runtime(statement), table);
        }
        bench_.store.connect()->run_script(script);
    }

    test::SyncBench& bench_;
    std::mutex mutex_;
    std::int64_t kept_;
    std::int64_t lost_;
    bool saved_ = false;
    bool struck_ = false;
};

struct Loss {
    std::int64_t kept;  // batches before the crash that are on disk
    std::int64_t lost;
};

class LostBatches : public testing::TestWithParam<Loss> {};

TEST_P(LostBatches, AreReadAgainAndCountedOnce) {
    test::SyncBench bench("postgres");
    for (int number = 0; number < kUnits; ++number) {
        bench.put(test::SyncBench::code(number),
                  number % 50 == 27 ? "shop" : "team",
                  number % 50 == 28 ? std::optional<std::string>("D9999") : std::nullopt);
    }
    Crash crash(bench, GetParam().kept, GetParam().lost);
    bench.obstacle = [&](const engine::Mapping&, bool) -> std::optional<std::string> {
        crash.look();
        return std::nullopt;
    };

    const SyncReport report = bench.run();

    EXPECT_TRUE(crash.struck());
    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(bench.units(), kUnits - 8);
    EXPECT_EQ(bench.open_rejects(), 8);
    EXPECT_EQ(report.rows_read, kUnits);
    EXPECT_EQ(report.inserted, kUnits - 8);
    EXPECT_EQ(report.rows_rejected(), 4);
    EXPECT_EQ(report.rows_held(), 4);
}

INSTANTIATE_TEST_SUITE_P(Crashes,
                         LostBatches,
                         testing::Values(Loss{0, 1}, Loss{0, 3}, Loss{1, 1}, Loss{4, 3}),
                         [](const auto& instance) {
                             return fmt::format(
                                 "{}Behind{}", instance.param.lost, instance.param.kept);
                         });

}  // namespace
}  // namespace hrbridge::jobs
