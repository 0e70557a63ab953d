#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/error.h"
#include "migration/rehearsal/compare.h"
#include "migration/rehearsal/content_root.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"

namespace hrbridge::rehearsal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Rehearsing : public RehearsalBench {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Rehearsing,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

std::vector<std::string> step_names(const Rehearsal& rehearsal) {
    std::vector<std::string> names;
    for (const Step& step : rehearsal.steps) {
        names.push_back(std::string(to_string(step.kind)) +
                        (step.mapping.empty() ? "" : " " + step.mapping));
    }
    return names;
}

TEST_P(Rehearsing, LoadsAModuleBesideTheLiveStore) {
    const Report report = rehearse("core");

    const Rehearsal& done = report.rehearsal;
    ASSERT_EQ(report.result.outcome, LoadOutcome::Done) << report.result.error;
    EXPECT_FALSE(report.resumed);
    EXPECT_EQ(done.number, 1);
    EXPECT_EQ(done.state, State::Checking);
    EXPECT_THAT(step_names(done),
                ElementsAre("create", "load test/org_unit", "load test/person", "settle", "roots"));
    for (const Step& step : done.steps) {
        EXPECT_TRUE(step.done);
        EXPECT_EQ(step.attempts, 1);
        EXPECT_EQ(step.ended, 1);
        EXPECT_GT(step.microseconds, 0);
    }
    ASSERT_EQ(done.mappings.size(), 2U);
    EXPECT_EQ(done.mappings[0].read, kUnits + 1);
    EXPECT_EQ(done.mappings[0].stored, kUnits);
    EXPECT_EQ(done.mappings[0].rejected, 1);
    EXPECT_EQ(done.mappings[0].held, 0);
    EXPECT_EQ(done.mappings[1].stored, kPeople);
    ASSERT_EQ(done.rejects.size(), 1U);
    EXPECT_EQ(done.rejects[0].rule, "F01");
    EXPECT_EQ(rows_in(*side(done), "org_unit"), kUnits);
    EXPECT_EQ(rows_in(*side(done), "person"), kPeople);
    for (const char* const table : {"org_unit", "person", "run", "batch", "reject", "checkpoint"}) {
        EXPECT_EQ(count(table), 0) << table;
    }
}

TEST_P(Rehearsing, TellsTheLedgerWhatWasFrozenStartedDoneAndFinished) {
    const Report first = rehearse("core");
    EXPECT_EQ(entries("project_opened"), 1);
    EXPECT_EQ(entries("mapping_frozen"), 2);
    EXPECT_EQ(entries("rehearsal_started"), 1);
    EXPECT_EQ(entries("rehearsal_step"), 5);
    EXPECT_EQ(entries("rehearsal_finished"), 1);

    set_mappings(std::string(kUnitMap) + "# changed\n");
    const Report second = rehearse("core");
    EXPECT_EQ(second.rehearsal.number, 2);
    EXPECT_EQ(entries("project_opened"), 1);
    EXPECT_EQ(entries("mapping_frozen"), 3);
    EXPECT_EQ(entries("rehearsal_started"), 2);
    EXPECT_EQ(entries("rehearsal_finished"), 2);
    EXPECT_THAT(ledger_faults(), IsEmpty());
    EXPECT_EQ(first.rehearsal.content_root, second.rehearsal.content_root);
    EXPECT_NE(first.rehearsal.mapping_set, second.rehearsal.mapping_set);
}

TEST_P(Rehearsing, TakesTheRowsOfOtherModulesThatItsRowsReferTo) {
    sync_live("core");
    const Report report = rehearse("posts");

    const Rehearsal& done = report.rehearsal;
    ASSERT_EQ(report.result.outcome, LoadOutcome::Done) << report.result.error;
    EXPECT_THAT(
        step_names(done),
        ElementsAre("create", "parents", "load test/spell", "load test/post", "settle", "roots"));
    EXPECT_EQ(done.steps[1].rows, kUnits + kPeople);
    EXPECT_EQ(done.mappings[0].stored, kPeople - 1);
    EXPECT_EQ(done.mappings[1].stored, kPeople - 1);
    EXPECT_EQ(done.mappings[1].rejected, 1);  // the post of the spell that was refused
    EXPECT_EQ(count("employment_spell"), 0);
    const char* const kIds = "SELECT CAST(sum(id) AS bigint) FROM person";
    const auto connection = side(done);
    const auto theirs = connection->query(kIds, {});
    ASSERT_TRUE(theirs->next());
    EXPECT_EQ(theirs->value(0), one(kIds));
}

TEST_P(Rehearsing, WithoutTheParentsInTheLiveStoreEveryRowIsRefusedByItsReference) {
    const Report report = rehearse("posts");
    ASSERT_EQ(report.result.outcome, LoadOutcome::Done) << report.result.error;
    EXPECT_EQ(report.rehearsal.mappings[0].stored, 0);
    EXPECT_EQ(report.rehearsal.mappings[0].rejected, kPeople);
}

TEST_P(Rehearsing, GoesOnWhereAFailureStoppedItAndBeginsAnewWhenAMappingChanged) {
    SyncLoader loader = make_loader();
    loader.before_load = [](const engine::Mapping& mapping) -> std::optional<LoadResult> {
        if (mapping.name != "test/person") {
            return std::nullopt;
        }
        return LoadResult{LoadOutcome::Failed, "the source is away", {}, {}};
    };
    const Report failed = rehearse("core", loader);
    EXPECT_EQ(failed.result.outcome, LoadOutcome::Failed);
    EXPECT_EQ(failed.mapping, "test/person");
    const Rehearsal kept = find(*connection_, "core", 1).value();
    EXPECT_EQ(kept.state, State::Loading);
    EXPECT_TRUE(kept.steps[1].done);
    EXPECT_FALSE(kept.steps[2].done);
    EXPECT_EQ(kept.steps[2].problem, "the source is away");
    EXPECT_FALSE(kept.was_cut_off());

    SyncLoader again = make_loader();
    const Report resumed = rehearse("core", again);
    EXPECT_TRUE(resumed.resumed);
    EXPECT_EQ(resumed.rehearsal.number, 1);
    EXPECT_EQ(resumed.result.outcome, LoadOutcome::Done);
    EXPECT_THAT(again.loads, ElementsAre("test/person"));
    EXPECT_EQ(resumed.rehearsal.steps[2].attempts, 2);
    EXPECT_EQ(resumed.rehearsal.steps[2].problem, "");

    loader.loads.clear();
    EXPECT_EQ(rehearse("core", loader).rehearsal.number, 2);  // fails at the person again
    set_mappings(std::string(kUnitMap) + "# changed\n");
    const Report anew = rehearse("core");
    EXPECT_FALSE(anew.resumed);
    EXPECT_EQ(anew.rehearsal.number, 3);
}

TEST_P(Rehearsing, WhenAskedForAFreshOneLeavesTheUnfinishedOneBehind) {
    SyncLoader loader = make_loader();
    loader.before_load = [](const engine::Mapping&) -> std::optional<LoadResult> {
        return LoadResult{LoadOutcome::Stopped, "", {}, {}};
    };
    EXPECT_EQ(rehearse("core", loader).result.outcome, LoadOutcome::Stopped);
    EXPECT_EQ(rehearse("core", true).rehearsal.number, 2);
    EXPECT_EQ(find(*connection_, "core", 1)->state, State::Loading);
}

TEST_P(Rehearsing, DoesNotTakeANumberThatIsTakenByWhatIsThere) {
    store::create_side(live(), {"core", 1});
    EXPECT_EQ(rehearse("core").rehearsal.number, 2);
}

TEST_P(Rehearsing, WhoLostTheLeaseWritesNothing) {
    SyncLoader loader = make_loader();
    const store::StoreOptions options = live();
    Rehearser rehearser(
        {options, &ledger_keys_, system_clock_, loader, {"rehearsal/core", 7}, "x"});
    EXPECT_THROW(
        rehearser.run(project_, *project_.find("core"), mappings_, false, stop_.get_token()),
        base::LeaseHeld);
    EXPECT_EQ(count("rehearsal"), 0);
    EXPECT_EQ(count("ledger_entry"), 0);
}

TEST_P(Rehearsing, ADroppedOneStaysInTheListAndItsNumberIsNotUsedAgain) {
    const Rehearsal first = rehearse("core").rehearsal;
    const Rehearsal second = rehearse("core").rehearsal;
    ASSERT_EQ(second.number, 2);

    EXPECT_TRUE(drop_one(second));
    EXPECT_TRUE(drop_one(second));

    EXPECT_EQ(find(*connection_, "core", 2)->state, State::Dropped);
    EXPECT_FALSE(store::side_is_taken(live(), second.side()));
    EXPECT_EQ(rows_in(*side(first), "org_unit"), kUnits);
    EXPECT_EQ(count("audit"), 1);
    EXPECT_EQ(rehearse("core").rehearsal.number, 3);
}

TEST_P(Rehearsing, ASignedOneIsDroppedOnlyByForce) {
    rehearse("core");
    connection_->execute("UPDATE rehearsal SET state = 'frozen'", {});
    const Rehearsal frozen = find(*connection_, "core", 1).value();
    EXPECT_FALSE(drop_one(frozen));
    EXPECT_EQ(rows_in(*side(frozen), "org_unit"), kUnits);
    EXPECT_TRUE(drop_one(frozen, true));
}

TEST_P(Rehearsing, ComparesTheRejectsByRuleOverRehearsals) {
    for (const int refused : {12, 2, 0}) {
        units_.remove("X1");
        for (int i = 0; i < 12; ++i) {
            const std::string code = fmt::format("Y{:02}", i);
            units_.remove(code);
            if (i < refused) {
                units_.put(Cells{code, "Unit", std::nullopt});
            }
        }
        if (refused == 2) {
            set_mappings(std::string(kUnitMap) + "# changed\n");
        }
        ASSERT_EQ(rehearse("core").result.outcome, LoadOutcome::Done);
    }
    const Comparison found = compare(list(*connection_, "core"));
    EXPECT_THAT(found.numbers, ElementsAre(1, 2, 3));
    ASSERT_EQ(found.rules.size(), 1U);
    EXPECT_EQ(found.rules[0].rule, "F01");
    EXPECT_THAT(found.rules[0].rows, ElementsAre(12, 2, 0));
    ASSERT_EQ(found.mappings.size(), 2U);
    EXPECT_THAT(found.mappings[0].stored, ElementsAre(kUnits, kUnits, kUnits));
    EXPECT_THAT(found.mappings[0].changed_at, ElementsAre(1U));
    EXPECT_THAT(found.mappings[1].changed_at, IsEmpty());
    EXPECT_EQ(found.steps.size(), 5U);
}

TEST_P(Rehearsing, ARowThatDiffersHasAnotherContentRootAndIdsHaveNoPartInIt) {
    const auto entities = store::entity_tables(*connection_);
    sync_live("core");
    sync_live("posts");
    const auto before = module_root(*connection_, entities, {"employment_spell", "assignment"});
    const Report core = rehearse("core");
    EXPECT_EQ(core.rehearsal.content_root,
              module_root(*connection_, entities, {"org_unit", "person"}));
    EXPECT_EQ(before, module_root(*connection_, entities, {"assignment", "employment_spell"}));
    connection_->execute(
        "UPDATE assignment SET gone_at = $1 WHERE id = (SELECT min(id) FROM "
        "assignment)",
        {system_clock_.now()});
    EXPECT_NE(before, module_root(*connection_, entities, {"assignment", "employment_spell"}));
}

TEST(ContentRoot, IsTheSameInBothKindsOfStore) {
    std::vector<ledger::Digest> roots;
    for (const char* const kind : {"sqlite", "postgres"}) {
        store::FreshStore fresh(kind);
        const auto connection = fresh->connect();
        store::migrate(*connection);
        // Ids in another order than keys, and in another order in each store.
        const std::vector<std::string> numbers =
            std::string(kind) == "sqlite" ? std::vector<std::string>{"b", "A", "张", "a"}
                                          : std::vector<std::string>{"张", "a", "b", "A"};
        for (const std::string& number : numbers) {
            connection->execute(
                "INSERT INTO person (person_no, name, row_hash, batch_id, "
                "known_from) VALUES ($1, 'n', $2, 1, $3)",
                {number, base::Bytes{"hash of " + number}, base::Timestamp{}});
            connection->execute(
                "INSERT INTO employment_spell (employee_no, person_id, kind, "
                "hire_date, row_hash, batch_id, known_from) SELECT $1, id, 'k', $2, "
                "$3, 1, $4 FROM person WHERE person_no = $1",
                {number, base::Date{}, base::Bytes{"spell of " + number}, base::Timestamp{}});
            connection->execute(
                "INSERT INTO attendance_day (spell_id, work_date, day_class, "
                "worked_minutes, late_minutes, early_minutes, absent_minutes, "
                "row_hash, batch_id, known_from) SELECT id, $2, 'work', 1, 0, 0, 0, "
                "$3, 1, $4 FROM employment_spell WHERE employee_no = $1",
                {number, base::Date{}, base::Bytes{"day of " + number}, base::Timestamp{}});
        }
        const auto entities = store::entity_tables(*connection);
        roots.push_back(
            module_root(*connection, entities, {"person", "employment_spell", "attendance_day"}));
    }
    EXPECT_EQ(roots[0], roots[1]);
}

TEST_P(Rehearsing, RowsThatLieByKeyHaveTheRootOfThoseThatDoNot) {
    constexpr int kRows = 1500;  // more than a first look takes
    const auto root_of = [this](bool lie_by_key, RowsLie read_as) {
        store::FreshStore fresh(GetParam());
        const auto connection = fresh->connect();
        store::migrate(*connection);
        connection->execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
            "VALUES ('P1', 'n', $1, 1, $2)",
            {base::Bytes{"person"}, base::Timestamp{}});
        connection->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) SELECT 'E1', id, 'k', $1, $2, 1, $3 FROM person",
            {base::Date{}, base::Bytes{"spell"}, base::Timestamp{}});
        for (int i = 0; i < kRows; ++i) {
            const int number = lie_by_key ? i : (i + 1) % kRows;
            connection->execute(
                "INSERT INTO attendance_day (spell_id, work_date, day_class, worked_minutes, "
                "late_minutes, early_minutes, absent_minutes, row_hash, batch_id, known_from) "
                "SELECT id, $1, 'work', 1, 0, 0, 0, $2, 1, $3 FROM employment_spell",
                {base::Date(std::chrono::days(number - 700)),  // before 1970 too
                 base::Bytes{fmt::format("hash of {}", number)},
                 base::Timestamp{}});
        }
        return entity_content(
            *connection, store::entity_tables(*connection), "attendance_day", read_as);
    };
    const EntityContent sorted = root_of(true, RowsLie::Anyhow);
    EXPECT_EQ(sorted.rows, kRows);
    EXPECT_EQ(root_of(true, RowsLie::ByKeyAsARule), sorted);
    EXPECT_EQ(root_of(false, RowsLie::ByKeyAsARule), sorted);
}

class KilledRehearsal : public RehearsalBench {
  protected:
    // A process of its own that rehearses and is killed after so long; whether it came to its end.
    bool killed_after(std::chrono::microseconds time) {
        connection_.reset();  // no connection outlives a fork
        const pid_t child = fork();
        if (child == 0) {
            try {
                const Report report = rehearse("posts");
                _exit(report.result.outcome == LoadOutcome::Done ? 0 : 1);
            } catch (const std::exception&) {
                _exit(2);
            }
        }
        std::this_thread::sleep_for(time);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        connection_ = (*store_)->connect();
        if (WIFEXITED(status)) {
            EXPECT_EQ(WEXITSTATUS(status), 0);
            return true;
        }
        EXPECT_EQ(WTERMSIG(status), SIGKILL);
        return false;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         KilledRehearsal,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(KilledRehearsal, AtAnyInstantGoesOnToTheSameEnd) {
    sync_live("core");
    const Rehearsal whole = rehearse("posts").rehearsal;
    std::mt19937 random(20261126);
    std::uniform_int_distribution<int> instant(0, static_cast<int>(whole.microseconds()));
    int kills = 0;
    std::int64_t rehearsals = 1;
    for (int i = 0; i < 12; ++i) {
        kills += killed_after(std::chrono::microseconds(instant(random))) ? 0 : 1;
        EXPECT_THAT(ledger_faults(), IsEmpty());
        const Report report = rehearse("posts");
        ASSERT_EQ(report.result.outcome, LoadOutcome::Done) << report.result.error;
        const Rehearsal& done = report.rehearsal;
        EXPECT_EQ(done.content_root, whole.content_root);
        EXPECT_EQ(done.rows_stored(), whole.rows_stored());
        EXPECT_EQ(done.rows_rejected(), whole.rows_rejected());
        rehearsals = done.number;
        drop_one(done);
    }
    EXPECT_GT(kills, 3);
    EXPECT_THAT(ledger_faults(), IsEmpty());
    EXPECT_EQ(entries("rehearsal_started"), rehearsals);
    EXPECT_EQ(entries("rehearsal_finished"), rehearsals);
    EXPECT_EQ(entries("rehearsal_step"), rehearsals * 6);
    EXPECT_EQ(count("employment_spell"), 0);
    EXPECT_EQ(count("person"), kPeople);
}

}  // namespace
}  // namespace hrbridge::rehearsal
