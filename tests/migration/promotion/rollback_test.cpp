#include "daemon/base/error.h"
#include "tests/migration/promotion/promotion_bench.h"

namespace hrbridge::promotion {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RollingBack : public PromotionBench {
  protected:
    static std::string with_history(const char* map) {
        std::string text = map;
        text.replace(text.find("write: upsert"), 13, "write: history");
        return text;
    }
    // All of it but the runs and what the ledger and the list of promotions say.
    std::map<std::string, std::vector<Row>> everything() {
        return content({"org_unit",
                        "org_unit_history",
                        "person",
                        "employment_spell",
                        "employment_spell_history",
                        "assignment",
                        "assignment_history",
                        "checkpoint",
                        "reject",
                        "sweep_missing"});
    }
    void change_sources() {
        units_.put(Cells{"D0005", "Another name", "D0500"});
        units_.put(Cells{"D0500", "New", "D0501"});
        units_.put(Cells{"D0501", "New", std::nullopt});
        units_.remove("D0009");
        units_.put(Cells{"X1", "Unit", "D0001"});
        units_.put(Cells{"X2", "Unit", std::nullopt});
        people_.put(Cells{"E0007", "李四", "110101199001011234"});
        people_.put(Cells{"E0700", "王五", "110101199001011234"});
    }
    Decisions all(const RollbackResult& result, Decision decision) {
        Decisions decisions;
        for (const Conflict& each : result.conflicts) {
            decisions[{each.entity, each.row}] = decision;
        }
        return decisions;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         RollingBack,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(RollingBack, RestoresEveryByte) {
    set_mappings(with_history(rehearsal::kUnitMap));
    sync_live("core");
    units_.put(Cells{"D0006", "Renamed", std::nullopt});
    sync_live("core");
    connection_->execute(
        "INSERT INTO sweep_missing (mapping, row_id, first_missing, sweeps) SELECT "
        "'test/org_unit', id, $1, 1 FROM org_unit WHERE code = 'D0006'",
        {system_clock_.now()});
    const auto before = everything();
    change_sources();
    const Result done = promoted("core");
    EXPECT_NE(everything(), before);

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(undone.entities[0].restored, 2);
    EXPECT_EQ(undone.entities[0].deleted, 2);
    EXPECT_EQ(undone.entities[1].restored, 1);
    EXPECT_EQ(undone.entities[1].deleted, 1);
    EXPECT_EQ(entries("rollback"), 1);
    EXPECT_EQ(text_of("SELECT state FROM promotion"), "rolled_back");
    EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, rehearsal::State::Frozen);
    EXPECT_NE(undone.content_root, done.content_root);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, RestoresALongRefusedRow) {
    units_.put(Cells{"X9", std::string(2'000'000, 'x'), std::nullopt});
    sync_live("core");
    const auto before = everything();
    units_.remove("X9");
    promoted("core");
    ASSERT_NE(everything(), before);

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_TRUE(everything() == before);
    EXPECT_EQ(count("reject WHERE state = 'open' AND length(long_row) > 2000000"), 1);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, RestoresAndRemovesMoreRowsThanItDeletesAtATime) {
    constexpr int kMany = 4'100;
    std::string map = rehearsal::kPersonMap;
    map.replace(map.find("rows: 20"), 8, "rows: 20000");
    mappings_[1] = rehearsal::read_mapping(map);
    const auto put = [&](int from, const char* name) {
        for (int i = from; i < from + kMany; ++i) {
            people_.put(Cells{fmt::format("E{:04}", i), name, "110101199001011234"});
        }
    };
    put(0, "Before");
    sync_live("core");
    const auto before = content({"person"});
    put(0, "Changed");
    put(kMany, "New");
    promoted("core");

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[1].restored, kMany);
    EXPECT_EQ(undone.entities[1].deleted, kMany);
    EXPECT_EQ(content({"person"}), before);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, RestoresAlsoWhatAnotherVersionOfTheMappingHadRead) {
    sync_live("core");
    const auto before = everything();
    set_mappings(std::string(rehearsal::kUnitMap) + "# another version\n");
    const Result done = promoted("core");
    EXPECT_EQ(done.entities[0].updated, 0);
    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());
    EXPECT_EQ(everything(), before);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, LeavesAnEmptyStoreBehindWhereNothingWasBefore) {
    const auto before = everything();
    promoted("core");
    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());
    EXPECT_EQ(everything(), before);
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("nothing_promoted"));
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, AndPromotingAgainGivesTheSameContent) {
    sync_live("core");
    change_sources();
    const rehearsal::Rehearsal one = rehearsed("core");
    const Result first = promote(one);
    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());
    const Result second = promote(rehearsal::find(*connection_, "core", one.number).value());
    ASSERT_THAT(words(second.refused), IsEmpty());
    EXPECT_EQ(first.content_root, second.content_root);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, ADryRunSaysTheSameAndWritesNothing) {
    sync_live("core");
    change_sources();
    promoted("core");
    const auto before = everything();
    const RollbackResult said = roll_back("core", {}, true);
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(entries("rollback"), 0);
    const RollbackResult done = roll_back("core");
    ASSERT_EQ(said.entities.size(), done.entities.size());
    EXPECT_EQ(said.entities[0].restored, done.entities[0].restored);
    EXPECT_EQ(said.entities[0].deleted, done.entities[0].deleted);
}

TEST_P(RollingBack, KeepsWhatASyncWroteSinceAndListsIt) {
    sync_live("core");
    change_sources();
    promoted("core");
    units_.put(Cells{"D0020", "Written since", std::nullopt});  // not touched by the promotion
    units_.put(Cells{"D0800", "Came since", "D0020"});
    sync("test/org_unit");

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[0].kept, 2);
    EXPECT_THAT(undone.entities[0].kept_keys, ElementsAre("D0020", "D0800"));
    EXPECT_EQ(rows("SELECT code, name FROM org_unit WHERE name LIKE '%since' ORDER BY code"),
              (std::vector<Row>{{std::string("D0020"), std::string("Written since")},
                                {std::string("D0800"), std::string("Came since")}}));
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Unit");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE code = 'D0500'"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, NamesConflictsFirstAndDoesNothingUntilTheyAreDecided) {
    sync_live("core");
    change_sources();
    promoted("core");
    units_.put(Cells{"D0005", "Written again", std::nullopt});
    units_.put(Cells{"D0501", "Written again", std::nullopt});
    units_.put(Cells{"D0009", "Back", std::nullopt});
    sync("test/org_unit");
    const auto before = everything();

    const RollbackResult refused = roll_back("core");

    EXPECT_THAT(words(refused.refused), ElementsAre("conflicts"));
    EXPECT_EQ(everything(), before);
    ASSERT_EQ(refused.conflicts.size(), 3U);
    std::map<std::string, Act> acts;
    for (const Conflict& each : refused.conflicts) {
        acts[each.key] = each.act;
        EXPECT_FALSE(each.beside);
    }
    EXPECT_EQ(acts,
              (std::map<std::string, Act>{
                  {"D0005", Act::Updated}, {"D0501", Act::Inserted}, {"D0009", Act::Gone}}));

    const RollbackResult kept = roll_back("core", all(refused, Decision::Keep));
    ASSERT_THAT(words(kept.refused), IsEmpty());
    EXPECT_EQ(kept.entities[0].kept, 3);
    EXPECT_EQ(
        rows("SELECT code FROM org_unit WHERE gone_at IS NULL AND name IN ('Written again', "
             "'Back') ORDER BY code"),
        (std::vector<Row>{{std::string("D0005")}, {std::string("D0009")}, {std::string("D0501")}}));
    // Nobody refers to it any more.
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE code = 'D0500'"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, ConflictsThatAreDecidedForTheOldGoBackToIt) {
    sync_live("core");
    const auto before = rows("SELECT id, code, name, gone_at FROM org_unit ORDER BY id");
    change_sources();
    promoted("core");
    units_.put(Cells{"D0005", "Written again", std::nullopt});
    units_.put(Cells{"D0501", "Written again", std::nullopt});
    sync("test/org_unit");
    const RollbackResult refused = roll_back("core");

    const RollbackResult done = roll_back("core", all(refused, Decision::Restore));

    ASSERT_THAT(words(done.refused), IsEmpty());
    EXPECT_EQ(done.decided, 2);
    EXPECT_EQ(rows("SELECT id, code, name, gone_at FROM org_unit ORDER BY id"), before);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, ARowThatSomebodyChangedInTheDatabaseIsAConflictToo) {
    sync_live("core");
    change_sources();
    promoted("core");
    connection_->execute("UPDATE org_unit SET name = 'By hand' WHERE code = 'D0005'", {});
    const RollbackResult refused = roll_back("core");
    ASSERT_EQ(refused.conflicts.size(), 1U);
    EXPECT_TRUE(refused.conflicts[0].beside);
    EXPECT_EQ(refused.conflicts[0].key, "D0005");
}

TEST_P(RollingBack, ARowThatStaysKeepsWhatItRefersTo) {
    sync_live("core");
    change_sources();
    promoted("core");
    // Under a unit that the promotion brought, which itself is under another one.
    units_.put(Cells{"D0800", "Came since", "D0500"});
    sync("test/org_unit");

    const RollbackResult undone = roll_back("core");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[0].stays, 2);
    EXPECT_EQ(undone.entities[0].deleted, 0);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE code IN ('D0500', 'D0501', 'D0800') AND "
                     "gone_at IS NULL"),
              3);
    EXPECT_EQ(undone.entities[1].deleted, 1);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, ARowThatOnlyAFindingRefersToIsGoneAndNotDeleted) {
    sync_live("core");
    promoted("posts");
    const std::int64_t spell =
        number("SELECT id FROM employment_spell WHERE employee_no = 'E0007'");
    connection_->execute(
        "INSERT INTO kpi_fact (kpi_code, kpi_version, spell_id, period, peer_group, numerator, "
        "denominator, lineage, known_from) VALUES ('k', 1, $1, $2, 'p', 1, 2, $3, $4)",
        {spell, base::Date{}, base::Bytes{"l"}, system_clock_.now()});

    const RollbackResult undone = roll_back("posts");

    ASSERT_THAT(words(undone.refused), IsEmpty());
    EXPECT_EQ(undone.entities[0].gone, 1);
    EXPECT_EQ(undone.entities[0].deleted, kPeople - 2);
    EXPECT_EQ(number("SELECT count(*) FROM employment_spell WHERE gone_at IS NOT NULL"), 1);
    EXPECT_EQ(count("employment_spell"), 1);
    EXPECT_EQ(count("assignment"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, WaitsForTheModuleThatWasPromotedOnTop) {
    promoted("core");
    promoted("posts");
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("dependant"));
    EXPECT_THAT(words(roll_back("posts").refused), IsEmpty());
    EXPECT_THAT(words(roll_back("core").refused), IsEmpty());
    EXPECT_EQ(count("person") + count("org_unit") + count("employment_spell"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, EndsWithItsTerm) {
    test::ManualClock clock(system_clock_.now());
    own_clock_ = &clock;
    promoted("core");
    clock.advance(std::chrono::hours(24 * 7) + std::chrono::seconds(1));
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("term_over"));
    EXPECT_EQ(count("org_unit"), kUnits);
}

TEST_P(RollingBack, WhatUndoesItIsRemovedByTheNextPromotionOnlyBehindItsTerm) {
    test::ManualClock clock(system_clock_.now() - std::chrono::hours(24 * 9));
    own_clock_ = &clock;
    sync_live("core");
    change_sources();
    promoted("core");
    clock.advance(std::chrono::hours(24 * 7) - std::chrono::seconds(1));
    promoted("core");
    EXPECT_GT(number("SELECT count(*) FROM org_unit_before WHERE promotion_id = 1"), 0);
    clock.advance(std::chrono::seconds(2));
    promoted("core");
    EXPECT_EQ(number("SELECT count(*) FROM org_unit_before WHERE promotion_id = 1"), 0);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(RollingBack, DoesNothingByARecordThatWasChanged) {
    sync_live("core");
    change_sources();
    promoted("core");
    connection_->execute("UPDATE org_unit_before SET name = 'Other' WHERE code = 'D0005'", {});
    EXPECT_THAT(words(roll_back("core").refused), ElementsAre("record_changed"));
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Another name");
}

TEST_P(RollingBack, WhatWasReadSinceIsNotTakenForReadAnyMore) {
    sync_live("core");
    change_sources();
    promoted("core");
    sync("test/org_unit");
    ASSERT_THAT(words(roll_back("core").refused), IsEmpty());
    EXPECT_EQ(number("SELECT count(*) FROM run WHERE mapping = 'test/org_unit' AND outcome = "
                     "'done' AND kind IN ('full', 'incremental', 'promotion')"),
              1);
}

TEST_P(RollingBack, NamesTheFirstOfManyConflictsAndCountsAll) {
    const int many = static_cast<int>(kConflictsNamed) + 100;
    std::string map = rehearsal::kPersonMap;
    map.replace(map.find("rows: 20"), 8, "rows: 20000");
    map.replace(map.find("{4}"), 3, "{4,5}");
    mappings_[1] = rehearsal::read_mapping(map);
    std::vector<Cells> people;
    for (int i = kPeople; i < many; ++i) {
        people.push_back(Cells{fmt::format("E{:05}", i), "n", std::nullopt});
    }
    people_.add(std::move(people));
    promoted("core");
    connection_->execute("UPDATE person SET name = 'By hand'", {});

    const RollbackResult refused = roll_back("core");

    EXPECT_THAT(words(refused.refused), ElementsAre("conflicts", "more_conflicts"));
    EXPECT_EQ(refused.conflicting, many);
    ASSERT_EQ(refused.conflicts.size(), kConflictsNamed);
    EXPECT_EQ(roll_back("core", all(refused, Decision::Keep)).conflicting, 100);
}

TEST_P(RollingBack, DecisionsAboutRowsThatAreNoConflictsAreRefused) {
    promoted("core");
    EXPECT_THAT(words(roll_back("core", {{{"org_unit", 4711}, Decision::Keep}}).refused),
                ElementsAre("no_conflict"));
}

TEST(Decisions, AreReadLineByLineAndEveryFaultNamed) {
    const DecisionsRead read = read_decisions(
        "org_unit 12 keep   # D0012\n\n# all\nperson 7 restore\nperson 7 keep\nperson x keep\n"
        "person 8 maybe\r\norg_unit 9 keep again");
    EXPECT_EQ(read.decisions,
              (Decisions{{{"org_unit", 12}, Decision::Keep}, {{"person", 7}, Decision::Restore}}));
    std::vector<std::string> faults;
    for (const ledger::Note& note : read.faults) {
        faults.push_back(note.code + " " + note.values.at("line"));
    }
    EXPECT_THAT(
        faults,
        ElementsAre("decision_twice 5", "decision_form 6", "decision_form 7", "decision_form 8"));
}

}  // namespace
}  // namespace hrbridge::promotion
