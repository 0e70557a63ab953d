#include "migration/spot_check/desk.h"

#include <gmock/gmock.h>

#include "tests/migration/spot_check/spot_bench.h"

namespace hrbridge::spot_check {
namespace {

using testing::Each;
using testing::IsEmpty;

class ADesk : public SpotBench {
  protected:
    void SetUp() override {
        SpotBench::SetUp();
        frozen_core();
        draw_one();
        person_ = place_of(RowKind::Sample);
        unit_ = place_of(RowKind::Sample, "org_unit");
    }
    ShownField field(const ShownRow& row, const std::string& name) {
        for (const ShownField& each : row.fields) {
            if (each.name == name) {
                return each;
            }
        }
        throw std::logic_error("no field " + name);
    }
    std::optional<Judgement> judgement(std::int64_t place) {
        return Sheet(*connection_, keys_, 1).find(place)->judgement;
    }

    std::int64_t person_ = 0;
    std::int64_t unit_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Stores, ADesk, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(ADesk, MasksPersonalValuesOfBothSidesUntilTheyAreRevealedAndRecordsEach) {
    Desk at = desk();
    ShownRow row = at.show(1, person_, kAccount).value();
    EXPECT_TRUE(field(row, "id_number").masked);
    EXPECT_TRUE(field(row, "id_number").target.masked);
    EXPECT_TRUE(field(row, "id_number").source.at(0).value.masked);
    EXPECT_EQ(field(row, "id_number").target.text.find("0101"), std::string::npos);
    EXPECT_FALSE(field(row, "gender").masked);
    EXPECT_FALSE(field(row, "person_no").masked);
    ASSERT_EQ(row.others.size(), 2U);  // the watermark is known, what nobody reads is not
    EXPECT_FALSE(row.others[0].masked);
    EXPECT_TRUE(row.others[1].masked);

    EXPECT_TRUE(at.reveal(1, person_, "id_number", kAccount));
    row = at.show(1, person_, kAccount).value();
    EXPECT_FALSE(field(row, "id_number").masked);
    EXPECT_EQ(field(row, "id_number").target.text.substr(0, 10), "1101011990");
    EXPECT_TRUE(field(row, "name").masked);
    EXPECT_EQ(entries("reveal"), 1);
    EXPECT_TRUE(field(at.show(1, person_, "another").value(), "id_number").masked);

    EXPECT_TRUE(at.reveal(1, person_, "", kAccount));
    EXPECT_EQ(entries("reveal"), 4);
    EXPECT_FALSE(at.reveal(1, person_, "gender", kAccount));
    EXPECT_FALSE(at.reveal(1, 9'999, "", kAccount));
    EXPECT_EQ(std::get<std::string>(one("SELECT body FROM ledger_entry WHERE kind = 'reveal' "
                                        "ORDER BY seq LIMIT 1"))
                  .find("\"field\":\"person.id_number\""),
              std::string(R"({"draw":1,)").size());
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(ADesk, WhatWasRevealedIsMaskedAgainOnceTheRowIsJudged) {
    Desk at = desk();
    at.reveal(1, person_, "", kAccount);
    say(person_, RowVerdict::Right);
    EXPECT_TRUE(field(at.show(1, person_, kAccount).value(), "name").masked);
}

TEST_P(ADesk, ARowWithCriticalFieldsIsJudgedTwice) {
    Desk at = desk();
    at.show(1, person_, kAccount);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Right, {}, kAccount), Judged::Second);
    EXPECT_FALSE(judgement(person_));
    EXPECT_TRUE(at.show(1, person_, kAccount)->second);
    EXPECT_FALSE(at.show(1, person_, "another")->second);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Right, {}, kAccount), Judged::Kept);
    EXPECT_EQ(judgement(person_)->verdict, RowVerdict::Right);
    EXPECT_EQ(at.judge(1, unit_, RowVerdict::Right, {}, kAccount), Judged::Kept);
}

TEST_P(ADesk, TwoEntriesThatDifferAreRecordedAndCountAsNoVerdict) {
    Desk at = desk();
    at.show(1, person_, kAccount);
    at.judge(1, person_, RowVerdict::Right, {}, kAccount);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {}, kAccount), Judged::Differs);
    EXPECT_FALSE(judgement(person_));
    EXPECT_FALSE(at.show(1, person_, kAccount)->second);
    EXPECT_EQ(Sheet(*connection_, keys_, 1).differences(), 1);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name"}, kAccount), Judged::Kept);
    EXPECT_EQ(judgement(person_)->fields, std::vector<std::string>{"name"});
}

TEST_P(ADesk, AWrongRowNamesFieldsThatItHas) {
    Desk at = desk();
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {}, kAccount), Judged::NoField);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"salary"}, kAccount), Judged::NoField);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name", "gender"}, kAccount), Judged::Kept);
    EXPECT_EQ(at.judge(1, 9'999, RowVerdict::Right, {}, kAccount), Judged::NoSuchRow);
    EXPECT_EQ(at.judge(7, person_, RowVerdict::Right, {}, kAccount), Judged::NoSuchRow);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Differs, {}, kAccount), Judged::NoSuchRow);
}

TEST_P(ADesk, TheLastVerdictCountsAndItsTimeRunsFromTheLastLook) {
    Desk at = desk();
    at.show(1, unit_, kAccount);
    clock_.advance(std::chrono::seconds(90));
    at.show(1, unit_, kAccount);
    clock_.advance(std::chrono::seconds(3));
    at.judge(1, unit_, RowVerdict::Wrong, {"name"}, kAccount);
    EXPECT_EQ(judgement(unit_)->milliseconds, 3'000);
    at.judge(1, unit_, RowVerdict::Right, {}, "checker02");
    EXPECT_EQ(judgement(unit_)->verdict, RowVerdict::Right);
    EXPECT_EQ(judgement(unit_)->milliseconds, std::nullopt);
    EXPECT_EQ(count("spot_judgement"), 2);
}

TEST_P(ADesk, WhoCalledARowWrongMayNameMoreOfItAndTakesNothingBack) {
    Desk at = desk();
    ASSERT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name"}, kAccount), Judged::Kept);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Right, {}, kAccount), Judged::Another);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::CannotTell, {}, kAccount), Judged::Another);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"gender"}, kAccount), Judged::Another);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name", "gender"}, kAccount), Judged::Kept);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Right, {}, "checker02"), Judged::Second);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Right, {}, "checker02"), Judged::Kept);
    EXPECT_EQ(judgement(person_)->verdict, RowVerdict::Right);
    EXPECT_EQ(Sheet(*connection_, keys_, 1).find(person_)->overturned, 2);
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name"}, kAccount), Judged::Kept);
}

TEST_P(ADesk, OnceTheFirstSheetIsCompleteItsVerdictsStayAndTheDecoysFoundAreInTheLedger) {
    EXPECT_EQ(entries("sheet_fixed"), 0);
    check_all(3);
    EXPECT_EQ(entries("sheet_fixed"), 1);
    EXPECT_NE(std::get<std::string>(one("SELECT body FROM ledger_entry WHERE kind = 'sheet_fixed'"))
                  .find("\"decoys_found\":47,"),
              std::string::npos);
    Desk at = desk();
    EXPECT_EQ(at.judge(1, unit_, RowVerdict::Wrong, {"name"}, "checker02"), Judged::Fixed);
    EXPECT_EQ(at.judge(1, unit_, RowVerdict::Right, {}, kAccount), Judged::Fixed);

    ASSERT_GT(conclude_newest().added, 0);
    const std::int64_t later = at.progress(1)->next;
    EXPECT_EQ(at.judge(1, later, RowVerdict::CannotTell, {}, kAccount), Judged::Kept);
    EXPECT_EQ(at.judge(1, later, RowVerdict::Wrong, {"name"}, kAccount), Judged::Kept);
    EXPECT_EQ(entries("sheet_fixed"), 1);
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(ADesk, GoesOnWithTheNextRowThatIsOpen) {
    Desk at = desk();
    EXPECT_EQ(at.progress(1)->next, 1);
    EXPECT_EQ(at.next_open(1, 4), 5);
    say(1, RowVerdict::Right);
    EXPECT_EQ(at.progress(1)->next, 2);
    EXPECT_EQ(at.progress(1)->judged, 1);
    EXPECT_EQ(at.open_draws().size(), 1U);
    const std::int64_t last = at.progress(1)->rows;
    EXPECT_EQ(at.next_open(1, last), 2);
}

TEST_P(ADesk, OfAClosedDrawTakesNothingMore) {
    check_all();
    conclude_newest();
    check_all();
    ASSERT_TRUE(conclude_newest().verdict);
    Desk at = desk();
    EXPECT_THAT(at.open_draws(), IsEmpty());
    EXPECT_FALSE(at.show(1, person_, kAccount));
    EXPECT_EQ(at.judge(1, person_, RowVerdict::Wrong, {"name"}, kAccount), Judged::NoSuchRow);
    EXPECT_FALSE(at.reveal(1, person_, "", kAccount));
}

}  // namespace
}  // namespace hrbridge::spot_check
