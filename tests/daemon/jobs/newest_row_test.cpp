#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using test::SyncBench;
using namespace std::chrono_literals;

// Departments whose code is not the source's key: two source rows may bear one code.
class NewestRow : public testing::TestWithParam<std::string> {
  protected:
    void use_batches_of(std::size_t rows) {
        std::string text = test::kUnits;
        const auto replace = [&](const std::string& from, const std::string& to) {
            text.replace(text.find(from), from.size(), to);
        };
        replace("{from: code, ", "{from: name, ");
        replace("rows: 20", "rows: " + std::to_string(rows));
        bench_.mapping = SyncBench::load(text);
        bench_.source.rows_a_block = rows;
    }
    void put(const std::string& id,
             const std::string& code,
             const std::string& kind,
             const std::string& changed,
             const std::optional<std::string>& parent = std::nullopt) {
        bench_.source.put({id, code, kind, parent, changed});
    }
    std::string units() { return bench_.store.list("SELECT kind FROM org_unit ORDER BY code"); }

    SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         NewestRow,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(NewestRow, IsStoredHoweverTheReadingIsCutAndHoweverOftenItIsRepeated) {
    put("1", "D0001", "team", "2024-05-03 00:00:00");
    put("2", "D0001", "plant", "2024-05-02 00:00:00");
    put("3", "D0002", "team", "2024-05-01 00:00:00");
    for (const std::size_t rows : {1U, 2U, 20U}) {
        use_batches_of(rows);
        bench_.store.connect()->execute("DELETE FROM org_unit", {});
        SyncOptions full;
        full.full = true;
        for (int reading = 0; reading < 3; ++reading) {
            const SyncReport report = bench_.run(full);
            EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
            EXPECT_EQ(units(), "team team") << rows;
            EXPECT_EQ(report.duplicates, 1) << rows;
            EXPECT_EQ(report.inserted, reading == 0 ? 2 : 0) << rows;
            EXPECT_EQ(report.updated, 0) << rows;
        }
    }
}

TEST_P(NewestRow, IsForgottenWhenTheSourceNoLongerHasIt) {
    use_batches_of(1);
    put("1", "D0001", "team", "2024-05-02 00:00:00");
    put("2", "D0001", "plant", "2024-05-03 00:00:00");
    SyncOptions full;
    full.full = true;
    bench_.run();
    bench_.run(full);
    EXPECT_EQ(units(), "plant");
    bench_.source.remove("2");
    EXPECT_THAT(bench_.run(full).notes, testing::Contains(testing::HasSubstr("--full once more")));
    EXPECT_EQ(units(), "plant");
    EXPECT_THAT(bench_.run(full).notes, testing::IsEmpty());
    EXPECT_EQ(units(), "team");
    EXPECT_EQ(bench_.run(full).updated, 0);
}

TEST_P(NewestRow, IsNotOverwrittenByAnOlderHoldThatIsReleased) {
    use_batches_of(20);
    put("1", "D0001", "plant", "2024-05-02 00:00:00", "D0009");
    put("2", "D0001", "team", "2024-05-03 00:00:00");
    bench_.run();
    ASSERT_EQ(bench_.open_rejects(), 1);
    put("9", "D0009", "plant", "2024-05-06 12:05:00");
    bench_.source.clock += 15min;
    bench_.run();
    EXPECT_EQ(units(), "team plant");
    EXPECT_EQ(bench_.open_rejects(), 0);
}

}  // namespace
}  // namespace hrbridge::jobs
