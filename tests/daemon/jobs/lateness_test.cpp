#include "daemon/jobs/lateness.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using engine::WatermarkForm;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

base::Timestamp at(const char* text) {
    return *base::parse_timestamp(text);
}

std::int64_t local(const char* text) {
    return base::parse_local_time(text)->time_since_epoch().count();
}

TEST(Lateness, IsCountedFromTheWatermarkByTheClocksOfTheSource) {
    const auto zone = *base::Zone::find("Asia/Shanghai");
    const auto rows = late_rows({local("2024-05-06 11:50:00"), local("2024-05-06 12:00:00")},
                                WatermarkForm::Local,
                                zone,
                                at("2024-05-06 04:00:00Z"),
                                at("2024-05-06 04:15:00.5Z"));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].late_s, 25 * 60 + 1);
    EXPECT_EQ(rows[0].behind_s, 10 * 60);
}

TEST(Lateness, OfInstantsKnowsNoZoneAndOfNumbersNothing) {
    const auto zone = *base::Zone::find("Asia/Shanghai");
    const std::int64_t instant = at("2024-05-06 03:59:00Z").time_since_epoch().count();
    const base::Timestamp before = at("2024-05-06 04:00:00Z");
    EXPECT_EQ(late_rows({instant}, WatermarkForm::Instant, zone, before, before)[0].behind_s, 60);
    EXPECT_TRUE(late_rows({17}, WatermarkForm::Number, zone, before, before).empty());
    EXPECT_GE(highest_watermark(zone, before), local("2024-05-06 12:00:00"));
    EXPECT_GE(highest_watermark(base::Zone::utc(), before), instant);
}

TEST(Lateness, SuggestsALongerOverlapBeforeItIsUsedUp) {
    engine::Mapping mapping;
    mapping.sync.overlap_ms = 30 * 60 * 1000;
    EXPECT_FALSE(suggested_overlap(mapping, 23 * 60));
    EXPECT_EQ(suggested_overlap(mapping, 24 * 60), "36m");
    EXPECT_EQ(suggested_overlap(mapping, 30 * 60), "45m");
}

class LatenessOnBothStores : public testing::TestWithParam<std::string> {
  protected:
    std::string rows() {
        return bench_.store.list("SELECT rows_late FROM lateness ORDER BY up_to_s");
    }
    SyncReport run_later() {
        bench_.source.clock += 15min;
        SyncReport report = bench_.run();
        EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error << to_text(report.faults);
        return report;
    }

    test::SyncBench bench_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Stores,
                         LatenessOnBothStores,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return instance.param; });

TEST_P(LatenessOnBothStores, IsOfRowsThatTheOverlapAloneFound) {
    bench_.add_units(0, 5);
    bench_.put("D0010", "team", std::nullopt, "2024-05-06 11:40:00");
    bench_.run();  // up to 11:58
    EXPECT_EQ(rows(), "");
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 11:57:00");  // 1 min behind, 18 late
    bench_.put("D0101", "team", std::nullopt, "2024-05-06 12:03:00");  // in time
    EXPECT_THAT(run_later().notes, IsEmpty());
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(bench_.store.list("SELECT latest_s FROM lateness"), "1080");
    EXPECT_EQ(bench_.store.list("SELECT deepest_s FROM lateness"), "60");
    EXPECT_THAT(bench_.metrics.expose(),
                HasSubstr("hrbridge_lateness_seconds_count{mapping=\"test/org_unit\"} 1"));
    run_later();  // the same rows again, unchanged
    EXPECT_EQ(rows(), "1");
}

TEST_P(LatenessOnBothStores, NearTheEndOfTheOverlapIsNotedWithALongerOne) {
    bench_.add_units(0, 5);
    bench_.run();
    bench_.put("D0003", "plant", std::nullopt, "2024-05-06 11:30:00");  // 28 min of 30
    EXPECT_THAT(run_later().notes, Contains(HasSubstr("write overlap: 42m")));
    const auto connection = bench_.store.connect();
    const auto all = store::LatenessRepository(*connection).all();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].rows, 1);
    EXPECT_EQ(all[0].deepest_s, 28 * 60);
}

TEST_P(LatenessOnBothStores, IsOfNoRowThatAFullReadingFinds) {
    bench_.add_units(0, 5);
    bench_.run();
    bench_.put("D0100", "team", std::nullopt, "2024-05-06 11:40:00");
    SyncOptions options;
    options.full = true;
    bench_.source.clock += 15min;
    EXPECT_EQ(bench_.run(options).inserted, 1);
    EXPECT_EQ(rows(), "");
}

}  // namespace
}  // namespace hrbridge::jobs
