#include "tests/migration/promotion/promotion_bench.h"

// What a rollback leaves of superseded versions, and of the rows that they name.
namespace hrbridge::promotion {
namespace {

using testing::IsEmpty;

class HistoryBehindARollback : public PromotionBench {
  protected:
    void SetUp() override {
        PromotionBench::SetUp();
        std::string map = rehearsal::kUnitMap;
        map.replace(map.find("write: upsert"), 13, "write: history");
        set_mappings(map);
        sync_live("core");
    }
    void put(const std::string& code,
             const std::string& name,
             std::optional<std::string> parent = std::nullopt) {
        units_.put(Cells{code, name, std::move(parent)});
    }
    void set_known_to(const std::string& code, base::Timestamp time) {
        connection_->execute("UPDATE org_unit_history SET known_to = $1 WHERE code = $2",
                             {time, code});
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         HistoryBehindARollback,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(HistoryBehindARollback, HasTheVersionsThatAMachineWhoseClockIsAheadHadSuperseded) {
    put("D0005", "By the other machine");
    sync("test/org_unit");
    set_known_to("D0005", system_clock_.now() + std::chrono::hours(1));
    const auto before = content({"org_unit", "org_unit_history"});
    put("D0005", "By the promotion");
    promoted("core");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit_history WHERE code = 'D0005'"), 2);

    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());

    EXPECT_EQ(content({"org_unit", "org_unit_history"}), before);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(HistoryBehindARollback, HasNoneThatASyncSinceSupersededByAClockThatIsBehind) {
    const auto before = content({"org_unit", "org_unit_history"});
    put("D0005", "By the promotion");
    promoted("core");
    put("D0005", "Since");
    sync("test/org_unit");
    put("D0005", "And again");
    sync("test/org_unit");
    const RollbackResult asked = roll_back("core");
    ASSERT_EQ(asked.conflicts.size(), 1U);
    const Decisions restore{{{"org_unit", asked.conflicts[0].row}, Decision::Restore}};
    connection_->execute(
        "UPDATE org_unit_history SET known_to = $1, known_from = $1 WHERE name = 'Since'",
        {system_clock_.now() - std::chrono::hours(1)});

    ASSERT_THAT(words(roll_back("core", restore).refused), IsEmpty());

    EXPECT_EQ(content({"org_unit", "org_unit_history"}), before);
}

TEST_P(HistoryBehindARollback, DoesNotHaveTheVersionThatIsLiveAgain) {
    connection_->execute("UPDATE org_unit SET source_map = 5 WHERE code = 'D0005'", {});
    const auto before = content({"org_unit", "org_unit_history"});
    ASSERT_EQ(promoted("core").entities[0].confirmed, 1);
    put("D0005", "Since");
    sync("test/org_unit");
    const std::int64_t row = number("SELECT id FROM org_unit WHERE code = 'D0005'");

    ASSERT_THAT(words(roll_back("core", {{{"org_unit", row}, Decision::Restore}}).refused),
                IsEmpty());

    EXPECT_EQ(content({"org_unit", "org_unit_history"}), before);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(HistoryBehindARollback, NamesNoRowThatIsNotThere) {
    put("D0500", "By the promotion");
    promoted("core");
    put("D0020", "Under it for a time", "D0500");
    sync("test/org_unit");
    put("D0020", "Unit");
    sync("test/org_unit");
    const std::int64_t id = number("SELECT id FROM org_unit WHERE code = 'D0500'");

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[0].gone, 1);
    EXPECT_EQ(undone.entities[0].deleted, 0);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit_history WHERE parent_id = (SELECT id FROM "
                     "org_unit WHERE code = 'D0500' AND gone_at IS NOT NULL)"),
              1);
    put("D0500", "Somebody else's");
    put("D0501", "New");
    units_.remove("D0500");
    sync("test/org_unit");
    EXPECT_GT(number("SELECT id FROM org_unit WHERE code = 'D0501'"), id);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(HistoryBehindARollback, OfARowThatIsRemovedIsRemovedWithIt) {
    put("D0500", "By the promotion", "D0501");
    put("D0501", "By the promotion");
    promoted("core");
    put("D0500", "Since", "D0501");
    sync("test/org_unit");
    const RollbackResult asked = roll_back("core");
    ASSERT_EQ(asked.conflicts.size(), 1U);

    const RollbackResult undone =
        roll_back("core", {{{"org_unit", asked.conflicts[0].row}, Decision::Restore}});

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[0].deleted, 2);
    EXPECT_EQ(count("org_unit_history"), 0);
    EXPECT_EQ(count("org_unit"), kUnits);
    EXPECT_THAT(verified(), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::promotion
