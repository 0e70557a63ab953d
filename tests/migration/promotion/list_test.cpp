#include <utility>

#include "tests/migration/promotion/promotion_bench.h"

// What a rollback reads of the list of promotions is what the ledger was told, or nothing is done.
namespace hrbridge::promotion {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RollingBackByAList : public PromotionBench {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         RollingBackByAList,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(RollingBackByAList, DoesNothingByAListThatWasChanged) {
    sync_live("core");
    units_.put(Cells{"D0005", "Another name", std::nullopt});
    promoted("core");
    const std::pair<const char*, const char*> changes[] = {
        {"UPDATE promotion_entity SET place = 7 WHERE place = 1",
         "UPDATE promotion_entity SET place = 1 WHERE place = 7"},
        {"UPDATE promotion_entity SET rows_gone = rows_gone + 1",
         "UPDATE promotion_entity SET rows_gone = rows_gone - 1"},
        {"UPDATE promotion_mapping SET batch_id = batch_id + 1",
         "UPDATE promotion_mapping SET batch_id = batch_id - 1"},
        {"UPDATE promotion SET last_batch = last_batch + 1",
         "UPDATE promotion SET last_batch = last_batch - 1"},
        {"UPDATE promotion SET state = 'rolled_back'", "UPDATE promotion SET state = 'promoted'"},
        {"UPDATE promotion SET entry = entry - 1", "UPDATE promotion SET entry = entry + 1"}};
    for (const auto& [change, back] : changes) {
        SCOPED_TRACE(change);
        connection_->execute(change, {});
        EXPECT_THAT(words(roll_back("core").refused), ElementsAre("list_changed"));
        connection_->execute(back, {});
    }
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Another name");
    EXPECT_THAT(words(roll_back("core").refused), IsEmpty());
}

TEST_P(RollingBackByAList, DoesNothingWhenTheListLacksAnEntity) {
    promoted("core");
    connection_->execute("DELETE FROM promotion_entity WHERE entity = 'org_unit'", {});
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("list_changed"));
    EXPECT_EQ(count("org_unit"), kUnits);
}

TEST_P(RollingBackByAList, TakesTheTimeOfAPromotionFromTheLedgerAlone) {
    promoted("core");
    connection_->execute("UPDATE promotion SET promoted_at = $1", {base::Timestamp{}});
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("list_changed"));
}

TEST_P(RollingBackByAList, DoesNothingWhenTheListNoLongerSaysWhatWasPromotedOnTop) {
    promoted("core");
    promoted("posts");
    connection_->execute("DELETE FROM promotion_entity WHERE promotion_id = 2", {});
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("list_changed"));
}

TEST_P(RollingBackByAList, DoesNothingAboutAPromotionThatTheLedgerDoesNotKnow) {
    rehearsed("core");
    connection_->execute(
        "INSERT INTO promotion (module, rehearsal_id, state, actor, promoted_at, rollback_until, "
        "last_batch, root_before) SELECT 'core', id, 'promoted', 'a', $1, $1, 0, $2 FROM rehearsal",
        {system_clock_.now(), base::Bytes{"r"}});
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("untold"));
}

}  // namespace
}  // namespace hrbridge::promotion
