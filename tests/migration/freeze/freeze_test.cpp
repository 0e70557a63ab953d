#include "migration/freeze/freeze.h"

#include "daemon/base/error.h"
#include "migration/check/check_run.h"
#include "migration/freeze/texts.h"
#include "migration/ledger/ledger.h"
#include "tests/migration/freeze/record_checks.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"

namespace hrbridge::freeze {
namespace {

using rehearsal::Rehearsal;
using rehearsal::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

check::KeptVerdict kept(const char* check, const char* rule, ledger::Outcome outcome) {
    check::KeptVerdict each;
    each.verdict.check = check;
    each.verdict.subject = "test/person";
    each.verdict.rule = rule;
    each.verdict.outcome = outcome;
    each.verdict.examined = 60;
    each.evidence = check::digest(each.verdict);
    return each;
}

class Freezing : public rehearsal::RehearsalBench {
  protected:
    // What the three checks leave behind.
    void check_all(const Rehearsal& rehearsal) {
        std::map<std::string, std::vector<check::Verdict>> found;
        for (const char* const name : {check::kFormat, check::kLogic, check::kReconciliation}) {
            const auto outcome =
                name == std::string(check::kLogic) ? ledger::Outcome::Fail : ledger::Outcome::Pass;
            found[name] = {kept(name, "R01", outcome).verdict};
        }
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper lease({*live_store, system_clock_, log},
                                      rehearsal::lease_name("core"));
        const store::StoreOptions options = live();
        record_checks({options, &ledger_keys_, clock_, {lease.name(), lease.token()}, "impl01"},
                      project_,
                      rehearsal,
                      found);
    }
    Rehearsal checked() {
        const Rehearsal rehearsal = rehearse("core").rehearsal;
        check_all(rehearsal);
        return rehearsal;
    }
    void change(const Rehearsal& rehearsal, const std::string& sql) {
        side(rehearsal)->execute(sql, {});
    }

    Outcome freeze_one(std::int64_t number) {
        test::MemoryLog log;
        const auto live_store = store::open_store(live());
        const jobs::LeaseKeeper lease({*live_store, system_clock_, log},
                                      rehearsal::lease_name("core"));
        return freeze_with({lease.name(), lease.token()}, number);
    }
    Outcome freeze_with(const rehearsal::Lease& lease, std::int64_t number) {
        const store::StoreOptions options = live();
        return freeze({options, &ledger_keys_, system_clock_, lease, "impl01"},
                      project_,
                      *project_.find("core"),
                      mappings_,
                      number);
    }
    std::vector<std::string> refused(std::int64_t number) {
        const Outcome outcome = freeze_one(number);
        EXPECT_EQ(outcome.refused.empty(), outcome.frozen.has_value());
        std::vector<std::string> codes;
        for (const ledger::Note& note : outcome.refused) {
            codes.push_back(note.code);
            EXPECT_NE(freeze::text("en", note), note.code);
            EXPECT_NE(freeze::text("zh", note), note.code);
            EXPECT_EQ(freeze::text("en", note).find('{'), std::string::npos)
                << freeze::text("en", note);
        }
        return codes;
    }
    std::vector<std::string> differences(const Rehearsal& rehearsal) {
        const auto connection = side(rehearsal);
        const auto entities = store::entity_tables(*connection);
        std::vector<std::string> codes;
        for (const ledger::Note& note :
             matches_frozen(*connection,
                            entities,
                            rehearsal::stored_part(*project_.find("core"), mappings_),
                            *frozen(*connection_, "core", 1))) {
            codes.push_back(note.code);
        }
        return codes;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Freezing,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(Freezing, IsRefusedAfterAQuickReconciliationUntilAWholeOneWasMade) {
    const Rehearsal rehearsal = rehearse("core").rehearsal;
    check_all(rehearsal);
    change(rehearsal, "UPDATE check_run SET quick = TRUE WHERE check_name = 'reconciliation'");
    EXPECT_THAT(refused(1), ElementsAre("check_quick"));
    check_all(rehearsal);
    EXPECT_THAT(refused(1), IsEmpty());
}

TEST_P(Freezing, FixesMappingsContentAndVerdictsInTheLedger) {
    const Rehearsal rehearsal = checked();
    EXPECT_FALSE(frozen(*connection_, "core", 1));

    const Outcome outcome = freeze_one(1);

    ASSERT_TRUE(outcome.frozen);
    EXPECT_THAT(outcome.refused, IsEmpty());
    EXPECT_EQ(outcome.failed, 1);
    const Frozen& what = *outcome.frozen;
    EXPECT_EQ(what.rehearsal, 1);
    EXPECT_EQ(what.content_root, *rehearsal.content_root);
    EXPECT_EQ(what.mappings.hex(), rehearsal.mapping_set);
    EXPECT_EQ(what.plan.hex(), project_.hash);
    EXPECT_EQ(what.verdicts,
              verdicts_digest({kept("format", "R01", ledger::Outcome::Pass),
                               kept("logic", "R01", ledger::Outcome::Fail),
                               kept("reconciliation", "R01", ledger::Outcome::Pass)}));
    ASSERT_EQ(what.entities.size(), 2U);
    EXPECT_EQ(what.entities[0].entity, "org_unit");
    EXPECT_EQ(what.entities[0].rows, kUnits);
    EXPECT_EQ(what.entities[1].entity, "person");
    EXPECT_EQ(what.rows(), kUnits + kPeople);
    const auto head = ledger::Ledger(*connection_, &ledger_keys_).head();
    EXPECT_EQ(head->sequence, what.sequence);
    EXPECT_EQ(head->hash, what.hash);
    EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, State::Frozen);
    EXPECT_THAT(ledger_faults(), IsEmpty());
    EXPECT_THAT(differences(rehearsal), IsEmpty());
}

TEST_P(Freezing, OnceFrozenStaysAsItIs) {
    checked();
    const Outcome first = freeze_one(1);
    const Outcome second = freeze_one(1);
    EXPECT_EQ(second.frozen->sequence, first.frozen->sequence);
    EXPECT_EQ(entries("frozen"), 1);
}

TEST_P(Freezing, EachRehearsalHasAFreezeOfItsOwn) {
    checked();
    const Rehearsal second = rehearse("core", true).rehearsal;
    check_all(second);
    ASSERT_TRUE(freeze_one(1).frozen);
    ASSERT_TRUE(freeze_one(2).frozen);
    EXPECT_LT(frozen(*connection_, "core", 1)->sequence, frozen(*connection_, "core", 2)->sequence);
    EXPECT_FALSE(frozen(*connection_, "core", 3));
    EXPECT_FALSE(frozen(*connection_, "posts", 1));
}

TEST_P(Freezing, IsRefusedBeforeTheLoadIsDone) {
    auto loader = make_loader();
    loader.before_load = [](const engine::Mapping&) {
        return rehearsal::LoadResult{rehearsal::LoadOutcome::Failed, "no source", {}, {}};
    };
    rehearse("core", loader);
    EXPECT_THAT(refused(1), ElementsAre("not_loaded"));
    EXPECT_THAT(refused(2), ElementsAre("no_rehearsal"));
}

TEST_P(Freezing, IsRefusedWhileACheckIsMissing) {
    const Rehearsal rehearsal = rehearse("core").rehearsal;
    EXPECT_THAT(refused(1), ElementsAre("check_missing", "check_missing", "check_missing"));
    check_all(rehearsal);
    change(rehearsal, "DELETE FROM check_run WHERE check_name = 'logic'");
    EXPECT_THAT(refused(1), ElementsAre("check_missing"));
    EXPECT_EQ(entries("frozen"), 0);
    EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, State::Checking);
}

TEST_P(Freezing, IsRefusedWhenAMappingWasChanged) {
    checked();
    set_mappings(std::string(rehearsal::kUnitMap) + "# changed\n");
    EXPECT_THAT(refused(1), ElementsAre("mappings_changed"));
}

TEST_P(Freezing, IsRefusedWhenTheProjectFileWasChangedSinceTheChecks) {
    const Rehearsal rehearsal = checked();
    project_ = project::parse_project(std::string(rehearsal::kProject) + "# changed\n", "m.yaml")
                   .project.value();
    EXPECT_THAT(refused(1),
                ElementsAre("check_other_plan", "check_other_plan", "check_other_plan"));
    check_all(rehearsal);
    EXPECT_THAT(refused(1), IsEmpty());
}

TEST_P(Freezing, IsRefusedWhenARowOfTheRehearsalWasChanged) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "UPDATE org_unit SET code = 'D9999' WHERE code = 'D0007'");
    EXPECT_THAT(refused(1), ElementsAre("content_not_as_loaded"));
}

TEST_P(Freezing, IsRefusedWhenAValueWasChangedBesideItsRowHash) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "UPDATE person SET name = 'another' WHERE person_no = 'E0003'");
    EXPECT_THAT(refused(1), ElementsAre("content_not_as_loaded"));
}

TEST_P(Freezing, IsRefusedWhenACheckpointWasMoved) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "UPDATE checkpoint SET position = 'x' WHERE mapping = 'test/person'");
    EXPECT_THAT(refused(1), ElementsAre("content_not_as_loaded"));
}

TEST_P(Freezing, IsRefusedWhenTheRootThatWasLoadedWasChangedAlong) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "UPDATE org_unit SET code = 'D9999' WHERE code = 'D0007'");
    const auto connection = side(rehearsal);
    const auto root = rehearsal::module_root(
        *connection, store::entity_tables(*connection), {"org_unit", "person"});
    const base::Bytes bytes{std::string(root.view())};
    connection_->execute("UPDATE rehearsal SET content_root = $1", {bytes});
    connection->execute("UPDATE check_run SET content_root = $1", {bytes});
    EXPECT_THAT(refused(1), ElementsAre("content_not_as_loaded"));
}

TEST_P(Freezing, IsRefusedWhenAVerdictWasTakenAway) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "DELETE FROM verdict WHERE outcome <> 'pass'");
    EXPECT_THAT(refused(1), ElementsAre("verdicts_not_as_told"));
    check_all(rehearsal);
    EXPECT_THAT(refused(1), IsEmpty());
}

TEST_P(Freezing, IsRefusedWhenAChecksRowsWereOthers) {
    const Rehearsal rehearsal = checked();
    side(rehearsal)->execute("UPDATE check_run SET content_root = $1 WHERE check_name = 'format'",
                             {base::Bytes{std::string(32, 'x')}});
    EXPECT_THAT(refused(1), ElementsAre("check_other_content"));
}

TEST_P(Freezing, IsRefusedWhenAKeptVerdictWasChanged) {
    const Rehearsal rehearsal = checked();
    change(rehearsal, "UPDATE verdict SET outcome = 'pass' WHERE check_name = 'logic'");
    EXPECT_THAT(refused(1), ElementsAre("verdicts_not_as_told", "verdict_not_as_judged"));
}

TEST_P(Freezing, IsRefusedForADroppedRehearsal) {
    drop_one(checked());
    EXPECT_THAT(refused(1), ElementsAre("is_dropped"));
}

TEST_P(Freezing, NeedsTheModulesLease) {
    checked();
    EXPECT_THROW(freeze_with({"rehearsal/core", 7}, 1), base::LeaseHeld);
    EXPECT_EQ(entries("frozen"), 0);
    EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, State::Checking);
}

TEST_P(Freezing, WhatChangesBehindTheFreezeIsNamed) {
    const Rehearsal rehearsal = checked();
    ASSERT_TRUE(freeze_one(1).frozen);
    const auto before = side(rehearsal);
    before->execute("UPDATE org_unit SET gone_at = $1 WHERE code = 'D0007'", {clock_.now()});
    EXPECT_THAT(differences(rehearsal), ElementsAre("content_changed", "values_changed"));
    change(rehearsal, "UPDATE org_unit SET gone_at = NULL");
    EXPECT_THAT(differences(rehearsal), IsEmpty());
    change(rehearsal, "UPDATE person SET person_no = person_no, name = 'x' || name");
    EXPECT_THAT(differences(rehearsal), ElementsAre("values_changed"));
    change(rehearsal, "UPDATE person SET name = substr(name, 2)");
    EXPECT_THAT(differences(rehearsal), IsEmpty());
    change(rehearsal, "UPDATE verdict SET failed = 0, examined = 61 WHERE check_name = 'logic'");
    EXPECT_THAT(differences(rehearsal), ElementsAre("verdict_changed"));
}

TEST_P(Freezing, TheSpotChecksVerdictComesBehindTheFreezeAndIsNoChange) {
    const Rehearsal rehearsal = checked();
    ASSERT_TRUE(freeze_one(1).frozen);
    const auto connection = side(rehearsal);
    check::keep_verdicts(*connection,
                         "spot_check",
                         {kept("spot_check", "S01", ledger::Outcome::Pass).verdict},
                         clock_.now());
    EXPECT_THAT(differences(rehearsal), IsEmpty());
}

TEST_P(Freezing, AnEntryThatWasChangedIsNotReadBack) {
    checked();
    ASSERT_TRUE(freeze_one(1).frozen);
    connection_->execute("UPDATE ledger_entry SET actor = 'other' WHERE kind = 'frozen'", {});
    EXPECT_THROW(frozen(*connection_, "core", 1), base::StoreError);
}

}  // namespace
}  // namespace hrbridge::freeze
