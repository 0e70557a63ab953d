#include "daemon/app/obstacles.h"

#include <gmock/gmock.h>

#include "tests/support/temp_dir.h"

namespace hrbridge::app {
namespace {

using testing::HasSubstr;

class Obstacles : public testing::Test {
  protected:
    Obstacles() {
        config_.store.path = folder_.file("hr.db");
        config_.retention.disk_reserve = 0;
        config_.sources.push_back({"erp", "odbc", {}, {}});
        mapping_.file = "a.map.yaml";
        mapping_.connection = "erp";
        mapping_.read_as.zone = "Asia/Shanghai";
    }
    // At this clock in Shanghai; empty: nothing stands against it.
    std::string at(const std::string& clock, bool forced = false) {
        const auto zone = base::Zone::find("Asia/Shanghai").value();
        const auto time = base::parse_local_time("2024-05-06 " + clock).value();
        return obstacle_to(mapping_, config_, zone.to_instant(time), forced).value_or("");
    }

    test::TempDir folder_;
    Config config_;
    engine::Mapping mapping_;
};

TEST_F(Obstacles, HoursOfTheMappingAreOnItsZonesClockAndTheKeyIsNamed) {
    EXPECT_EQ(at("12:00"), "");
    mapping_.sync.hours = "22:00-06:00";
    EXPECT_EQ(at("23:00"), "");
    EXPECT_THAT(at("07:00"), HasSubstr("2024-05-06 07:00 in Asia/Shanghai"));
    EXPECT_THAT(at("07:00"), HasSubstr("a.map.yaml: sync.source_guard.hours: 22:00-06:00"));
    EXPECT_EQ(at("07:00", true), "");
}

TEST_F(Obstacles, HoursOfTheSourceHoldForItsMappingsOnly) {
    config_.sources[0].guard.hours = "22:00-06:00";
    EXPECT_THAT(at("07:00"), HasSubstr("sources.erp.guard.hours"));
    mapping_.connection = "mes";
    EXPECT_EQ(at("07:00"), "");
}

TEST_F(Obstacles, HoursOfASourceAloneAreOnThePlantsClock) {
    config_.sources[0].guard.hours = "22:00-06:00";
    config_.zone = "Asia/Tokyo";
    const auto at_utc = [&](const std::string& clock) {
        const auto time = base::parse_local_time("2024-05-06 " + clock).value();
        return outside_hours_of(config_.sources[0], config_, base::Zone::utc().to_instant(time))
            .value_or("");
    };

    EXPECT_EQ(at_utc("20:59"), "");
    EXPECT_THAT(at_utc("21:00"), HasSubstr("2024-05-07 06:00 in Asia/Tokyo"));
    EXPECT_THAT(at_utc("21:00"), HasSubstr("--force"));
}

TEST_F(Obstacles, TooLittleRoomNamesTheSettingAndTheFreeBytesAndCannotBeForced) {
    config_.retention.disk_reserve = INT64_MAX;
    EXPECT_THAT(at("07:00"), HasSubstr("retention.disk_reserve keeps 9223372036854775807"));
    EXPECT_THAT(at("07:00", true), HasSubstr("bytes are free under the store"));
    config_.store.kind = "postgres";
    EXPECT_EQ(at("07:00"), "");
}

}  // namespace
}  // namespace hrbridge::app
