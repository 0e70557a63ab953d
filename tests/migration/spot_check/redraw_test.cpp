#include "migration/spot_check/redraw.h"

#include <gmock/gmock.h>

#include "tests/migration/spot_check/spot_bench.h"

namespace hrbridge::spot_check {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AnotherDraw : public SpotBench {
  protected:
    std::string body_of(const char* kind) {
        return std::get<std::string>(
            one(std::string("SELECT body FROM ledger_entry WHERE kind = '") + kind +
                "' ORDER BY seq DESC LIMIT 1"));
    }
    std::set<std::string> keys_of(std::int64_t draw, RowKind kind) {
        std::set<std::string> keys;
        for (const SheetRow& row : sheet_rows(draw)) {
            if (row.content.kind == kind) {
                keys.insert(row.content.entity + row.content.key);
            }
        }
        return keys;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         AnotherDraw,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(AnotherDraw, WithoutANonceIsNoneUntilTheContentHasOne) {
    frozen_core();
    EXPECT_THAT(codes(draw_one({}).refused), ElementsAre("needs_nonce"));
    EXPECT_EQ(entries("nonce_given"), 0);
    draw_one();
    EXPECT_TRUE(draw_one({"", "the sheet was lost", "another checker"}).draw);
}

TEST_P(AnotherDraw, OfEqualContentHasTheSameSampleAndOtherDecoys) {
    frozen_core();
    draw_one();
    const DrawOutcome second = draw_one({"again", "the sheet was lost", "another checker"});
    ASSERT_TRUE(second.draw);
    EXPECT_TRUE(second.kept_nonce);
    EXPECT_EQ(keys_of(2, RowKind::Sample), keys_of(1, RowKind::Sample));
    EXPECT_NE(keys_of(2, RowKind::Decoy), keys_of(1, RowKind::Decoy));
    EXPECT_EQ(entries("nonce_given"), 1);
}

TEST_P(AnotherDraw, IsNotRepeatedUntilSomebodySaysWhyAndWhatWasDone) {
    frozen_core();
    draw_one();
    EXPECT_THAT(codes(draw_one().refused), ElementsAre("draw_open"));
    const DrawOutcome second = draw_one({"again", "the sheet was lost", "another checker"});
    ASSERT_TRUE(second.draw);
    EXPECT_EQ(second.draw->number, 2);
    EXPECT_EQ(find_draw(*connection_, 1)->outcome, ledger::Outcome::NotChecked);
    EXPECT_EQ(find_draw(*connection_, 1)->cause, "the sheet was lost");
    EXPECT_EQ(list_draws(*connection_, "core").size(), 2U);
    EXPECT_THAT(body_of("draw"), HasSubstr("\"after\":"));
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(AnotherDraw, GivenUpIsConcludedFirstWithWhatWasJudgedOfIt) {
    frozen_core();
    draw_one();
    say(place_of(RowKind::Sample), RowVerdict::Right);
    ASSERT_TRUE(draw_one({"again", "the sheet was lost", "another checker"}).draw);
    EXPECT_THAT(body_of("check_verdicts"),
                AllOf(HasSubstr("\"draw\":1,"),
                      HasSubstr("\"checked\":1,"),
                      HasSubstr("\"outcome\":\"not_checked\""),
                      HasSubstr("\"wrong\":0,")));
    EXPECT_THAT(body_of("verdict"), HasSubstr("\"outcome\":\"not_checked\""));
    EXPECT_EQ(entries("check_verdicts"), 1);
}

TEST_P(AnotherDraw, GivenUpWithAWrongRowHasFailedAndItsContentIsNotDrawnFromAgain) {
    frozen_core();
    draw_one();
    say(place_of(RowKind::Sample), RowVerdict::Wrong, {"birth_date"});
    EXPECT_THAT(codes(draw_one({"again", "the checker was ill", "another checker"}).refused),
                ElementsAre("content_failed"));
    EXPECT_EQ(find_draw(*connection_, 1)->outcome, ledger::Outcome::Fail);
    EXPECT_THAT(body_of("check_verdicts"),
                AllOf(HasSubstr("\"outcome\":\"fail\""), HasSubstr("\"wrong\":1,")));
    EXPECT_THAT(body_of("verdict"), HasSubstr("\"outcome\":\"fail\""));
    EXPECT_THAT(codes(draw_one({"again", "the checker was ill", "another checker"}).refused),
                ElementsAre("content_failed"));
    EXPECT_EQ(entries("draw"), 1);
}

TEST_P(AnotherDraw, GivenUpCountsARowAsWrongThatNobodyHasTakenBack) {
    frozen_core();
    draw_one();
    const std::int64_t place = place_of(RowKind::Sample);
    say(place, RowVerdict::Wrong, {"birth_date"});
    Desk at = desk();
    at.judge(1, place, RowVerdict::Right, {}, "checker02");
    ASSERT_EQ(at.judge(1, place, RowVerdict::CannotTell, {}, "checker02"), Judged::Differs);
    EXPECT_THAT(codes(draw_one({"again", "the checker was ill", "another checker"}).refused),
                ElementsAre("content_failed"));
}

TEST_P(AnotherDraw, GivenUpForOtherContentIsConcludedInItsOwnRehearsal) {
    frozen_core();
    draw_one();
    say(place_of(RowKind::Sample), RowVerdict::Wrong, {"birth_date"});
    change_source();
    frozen_core(true);
    EXPECT_THAT(codes(draw_one({"n", "", ""}, 2).refused), ElementsAre("draw_open"));
    const DrawOutcome next = draw_one({"n", "dates were read as UTC", "the zone was set"}, 2);
    ASSERT_TRUE(next.draw) << codes(next.refused).front();
    EXPECT_EQ(find_draw(*connection_, 1)->outcome, ledger::Outcome::Fail);
    EXPECT_THAT(body_of("check_verdicts"), HasSubstr("\"draw\":1,"));
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::spot_check
