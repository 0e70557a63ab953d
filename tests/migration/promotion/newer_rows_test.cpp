#include "tests/migration/promotion/promotion_bench.h"

// Rows that syncs brought to the live store after a rehearsal had read their source.
namespace hrbridge::promotion {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class RowsNewerThanARehearsal : public PromotionBench {
  protected:
    void read_units_from_files() {
        std::string map = rehearsal::kUnitMap;
        const std::string query = "query: SELECT code, name, parent FROM dept WHERE {page}";
        map.replace(map.find(query), query.size(), "files: '*.csv'");
        set_mappings(map);
    }
    rehearsal::Rehearsal rehearsed_before_a_sync() {
        sync_live("core");
        const rehearsal::Rehearsal one = rehearsed("core");
        units_.put(Cells{"D0005", "Came since", std::nullopt});
        units_.put(Cells{"D0500", "Came since", std::nullopt});
        sync("test/org_unit");
        return one;
    }
    Result promote_and_accept(const rehearsal::Rehearsal& one, std::int64_t rows) {
        const project::Module& module = *project_.find(one.module);
        const Leases leases = take(lease_names(module));
        const store::StoreOptions options = live();
        Parts parts{options, &ledger_keys_, clock(), leases.held, "impl01"};
        parts.accept_newer = rows;
        return promotion::promote(parts, module, mappings_, one, signed_gate());
    }
    static std::vector<std::string> items(const Result& result) {
        std::vector<std::string> all;
        for (const GoItem& item : result.go) {
            all.push_back(item.note.code + " " +
                          (item.note.values.contains("all") ? item.note.values.at("all") : ""));
        }
        return all;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         RowsNewerThanARehearsal,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(RowsNewerThanARehearsal, AreCountedAndADatabaseGivesThemAgain) {
    const rehearsal::Rehearsal one = rehearsed_before_a_sync();
    EXPECT_EQ(preview(one).entities[0].newer, 2);

    const Result done = promote(one);

    ASSERT_THAT(words(done.refused), IsEmpty());
    EXPECT_EQ(done.entities[0].newer, 2);
    EXPECT_EQ(done.entities[1].newer, 0);
    EXPECT_THAT(items(done), Contains("go_newer 2"));
    sync("test/org_unit");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE name = 'Came since' AND gone_at IS NULL"),
              2);
}

TEST_P(RowsNewerThanARehearsal, OfFilesThatMayBeAwayAreLostOnlyWhereThatIsAccepted) {
    read_units_from_files();
    const rehearsal::Rehearsal one = rehearsed_before_a_sync();

    const Result refused = promote_and_accept(one, 1);

    ASSERT_THAT(words(refused.refused), ElementsAre("no_lost"));
    EXPECT_EQ(refused.refused[0].values.at("entities"), "org_unit (2)");
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Came since");
    const Result done = promote_and_accept(one, 2);
    ASSERT_THAT(words(done.refused), IsEmpty());
    EXPECT_THAT(items(done), Contains("go_lost 2"));
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Unit");
    EXPECT_EQ(number("SELECT count(*) FROM audit WHERE detail LIKE '%2 newer rows accepted'"), 1);
}

TEST_P(RowsNewerThanARehearsal, AreNotThoseThatItReadItself) {
    read_units_from_files();
    sync_live("core");
    units_.put(Cells{"D0005", "Another name", std::nullopt});
    units_.remove("D0009");
    sync("test/org_unit");
    units_.put(Cells{"D0005", "Yet another", std::nullopt});

    const Result done = promoted("core");

    EXPECT_EQ(done.entities[0].updated, 1);
    EXPECT_EQ(done.entities[0].gone, 1);
    EXPECT_THAT(items(done), Contains("go_none_newer 0"));
}

TEST_P(RowsNewerThanARehearsal, AreNotThoseThatARollbackLeft) {
    read_units_from_files();
    sync_live("core");
    units_.put(Cells{"D0500", "New", std::nullopt});
    const rehearsal::Rehearsal one = rehearsed("core");
    ASSERT_THAT(words(promote(one).refused), IsEmpty());
    units_.put(Cells{"D0005", "Unit", "D0500"});
    sync("test/org_unit");
    units_.put(Cells{"D0005", "Unit", std::nullopt});
    sync("test/org_unit");
    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());

    const Result again = preview(rehearsal::find(*connection_, "core", one.number).value());

    EXPECT_EQ(again.entities[0].newer, 0);
}

TEST_P(RowsNewerThanARehearsal, AreThoseOfALaterRehearsalToo) {
    read_units_from_files();
    sync_live("core");
    const rehearsal::Rehearsal one = rehearsed("core");
    units_.put(Cells{"D0005", "Came since", std::nullopt});
    promoted("core");
    const Result refused = promote(one);
    ASSERT_THAT(words(refused.refused), ElementsAre("no_lost"));
    EXPECT_EQ(refused.entities[0].newer, 1);
}

}  // namespace
}  // namespace hrbridge::promotion
