#include "tests/migration/promotion/promotion_bench.h"

// A sync behind a promotion: no gap, nothing twice.
namespace hrbridge::promotion {
namespace {

using testing::IsEmpty;

class SyncBehindAPromotion : public PromotionBench {
  protected:
    static constexpr const char* kMorning = "2024-05-06 08:00:00";

    void SetUp() override {
        PromotionBench::SetUp();
        std::string map = rehearsal::kUnitMap;
        const auto put = [&map](const std::string& what, const std::string& with) {
            map.replace(map.find(what), what.size(), with);
        };
        put("SELECT code, name, parent FROM dept WHERE {page}",
            "SELECT code, name, parent, changed FROM dept WHERE {window} AND {page}");
        put("parent: varchar(12)}", "parent: varchar(12), changed: datetime!}");
        put("sync: {every: 15m,",
            "sync: {every: 15m, window: {by: changed, overlap: 30m, hold_back: 2m},");
        set_mappings(map);
        units_.described().push_back({"changed", "datetime", 0, 0, false});
        units_.remove_all();
        for (int i = 0; i < kUnits; ++i) {
            put_unit(fmt::format("D{:04}", i), "Unit", kMorning);
        }
    }
    void put_unit(const std::string& code, const std::string& name, const std::string& changed) {
        units_.put(Cells{code, name, std::nullopt, changed});
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncBehindAPromotion,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(SyncBehindAPromotion, ReadsOnlyTheWindowBehindTheRehearsalsAndWritesNothingTwice) {
    const rehearsal::Rehearsal one = rehearsed("core");
    // Between the rehearsal's reading and the promotion.
    put_unit("D0005", "Another name", "2024-05-06 12:30:00");
    put_unit("D0700", "New", "2024-05-06 12:40:00");
    ASSERT_THAT(words(promote(one).refused), IsEmpty());
    units_.clock += std::chrono::hours(1);
    const std::int64_t given = units_.rows_given();

    const jobs::SyncReport first = sync("test/org_unit");

    EXPECT_FALSE(first.full);
    EXPECT_EQ(units_.rows_given() - given, 2);
    EXPECT_EQ(first.inserted, 1);
    EXPECT_EQ(first.updated, 1);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE gone_at IS NULL"), kUnits + 1);
    units_.clock += std::chrono::hours(1);
    const jobs::SyncReport second = sync("test/org_unit");
    EXPECT_EQ(second.inserted + second.updated, 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(SyncBehindAPromotion, BringsBackWhatALaterSyncHadBroughtBeforeThePromotion) {
    sync_live("core");
    const rehearsal::Rehearsal one = rehearsed("core");
    put_unit("D0005", "Another name", "2024-05-06 12:30:00");
    put_unit("D0700", "New", "2024-05-06 12:40:00");
    units_.clock += std::chrono::hours(1);
    sync("test/org_unit");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE name <> 'Unit'"), 2);

    const Result done = promote(one);
    ASSERT_THAT(words(done.refused), IsEmpty());
    EXPECT_EQ(done.entities[0].gone, 1);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE name <> 'Unit' AND gone_at IS NULL"), 0);

    sync("test/org_unit");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE name <> 'Unit' AND gone_at IS NULL"), 2);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(SyncBehindAPromotion, ReadsAfterARollbackAllThatCameSinceTheCheckpointOfBefore) {
    sync_live("core");
    units_.clock += std::chrono::hours(1);
    put_unit("D0005", "Another name", "2024-05-06 12:30:00");
    promoted("core");
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Another name");

    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());

    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Unit");
    const jobs::SyncReport report = sync("test/org_unit");
    EXPECT_FALSE(report.full);
    EXPECT_EQ(report.updated, 1);
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Another name");
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(SyncBehindAPromotion, NoSyncIsMistakenForAChangeBesideThem) {
    promoted("core");
    for (int round = 0; round < 12; ++round) {
        units_.clock += std::chrono::minutes(20);
        const std::string now = base::to_string(units_.clock - std::chrono::minutes(5));
        for (int i = 0; i <= round; ++i) {
            put_unit(fmt::format("D{:04}", (round * 7 + i * 3) % 90),
                     "Round " + std::to_string(round),
                     now.substr(0, 10) + " " + now.substr(11, 8));
        }
        people_.put({fmt::format("E{:04}", round * 11),
                     "王五",
                     "11010119900101123" + std::to_string(round % 10)});
        sync("test/org_unit");
        sync("test/person");
        ASSERT_THAT(verified(), IsEmpty()) << round;
    }
    EXPECT_GT(entries("batch"), 20);
}

TEST_P(SyncBehindAPromotion, NobodyWritesAPromotedEntityWithoutTellingTheLedger) {
    promoted("core");
    put_unit("D0700", "New", "2024-05-06 12:30:00");
    units_.clock += std::chrono::hours(1);
    rehearsal::SyncLoader loader = make_loader();  // has no ledger
    const auto result = loader.load(**store_, mappings_[0], stop_.get_token());
    EXPECT_EQ(result.outcome, rehearsal::LoadOutcome::Failed);
    EXPECT_THAT(result.error, testing::HasSubstr("ledger"));
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE code = 'D0700'"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::promotion
