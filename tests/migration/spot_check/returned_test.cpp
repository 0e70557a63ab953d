#include "migration/spot_check/returned.h"

#include <gmock/gmock.h>

#include "tests/migration/spot_check/spot_bench.h"

namespace hrbridge::spot_check {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AReturnedWorkbook : public SpotBench {
  protected:
    void SetUp() override {
        SpotBench::SetUp();
        frozen_core();
        draw_one();
    }
    base::Faults keep(const std::vector<Returned::Entry>& entries,
                      const std::string& account = kAccount) {
        store::sql::Transaction transaction(*connection_);
        auto faults = keep_returned(*connection_,
                                    keys_,
                                    &ledger_keys_,
                                    *find_draw(*connection_, 1),
                                    {entries, account, "uid 0 (root)", clock_.now()});
        transaction.commit();
        return faults;
    }
    // The whole sheet as a checker fills it in who finds every decoy.
    std::vector<Returned::Entry> filled() {
        std::vector<Returned::Entry> entries;
        for (const SheetRow& row : sheet_rows()) {
            const bool decoy = row.content.kind == RowKind::Decoy;
            entries.push_back({row.place,
                               decoy ? RowVerdict::Wrong : RowVerdict::Right,
                               decoy ? std::vector<std::string>{row.content.planted}
                                     : std::vector<std::string>{}});
        }
        return entries;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         AReturnedWorkbook,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(AReturnedWorkbook, IsKeptOnceHoweverOftenItIsBroughtBack) {
    const auto all = filled();
    EXPECT_THAT(keep(all), IsEmpty());
    const std::int64_t kept = count("spot_judgement");
    EXPECT_THAT(keep(all), IsEmpty());
    EXPECT_EQ(count("spot_judgement"), kept);
    EXPECT_EQ(entries("sheet_fixed"), 1);
}

TEST_P(AReturnedWorkbook, ChangesNothingOfACompleteSheet) {
    auto all = filled();
    keep(all);
    all[0].verdict =
        all[0].verdict == RowVerdict::Right ? RowVerdict::CannotTell : RowVerdict::Right;
    const base::Faults faults = keep(all, "checker02");
    ASSERT_THAT(faults, SizeIs(1));
    EXPECT_EQ(faults[0].where, "row 1 of the sheet");
    EXPECT_THAT(faults[0].what, HasSubstr("its verdicts stay"));
}

TEST_P(AReturnedWorkbook, TakesNoWrongRowBackOfTheSameAccount) {
    const std::int64_t place = place_of(RowKind::Sample, "org_unit");
    keep({{place, RowVerdict::Wrong, {"name"}}});
    EXPECT_THAT(keep({{place, RowVerdict::Right, {}}}), SizeIs(1));
    EXPECT_THAT(keep({{place, RowVerdict::Right, {}}}, "checker02"), IsEmpty());
}

TEST_P(AReturnedWorkbook, IsNamedInTheLedgerWithWhoBroughtItIn) {
    keep(filled());
    ASSERT_GT(conclude_newest().added, 0);
    keep(filled());
    ASSERT_TRUE(conclude_newest().verdict);
    const auto body =
        std::get<std::string>(one("SELECT body FROM ledger_entry WHERE kind = 'check_verdicts'"));
    EXPECT_THAT(body, HasSubstr(R"("judged_by":["checker01"])"));
    EXPECT_THAT(body, HasSubstr(R"x("given_by":["uid 0 (root)"])x"));
}

}  // namespace
}  // namespace hrbridge::spot_check
