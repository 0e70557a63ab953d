#include <set>

#include "daemon/base/error.h"
#include "daemon/store/repositories.h"
#include "migration/promotion/record.h"
#include "tests/migration/promotion/promotion_bench.h"

namespace hrbridge::promotion {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Promoting : public PromotionBench {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Promoting,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(Promoting, BringsAModuleIntoAnEmptyStoreWithItsReferences) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const Result done = promote(one);

    ASSERT_THAT(words(done.refused), IsEmpty());
    ASSERT_EQ(done.entities.size(), 2U);
    EXPECT_EQ(done.entities[0].inserted, kUnits);
    EXPECT_EQ(done.entities[1].inserted, kPeople);
    EXPECT_EQ(done.rejects, 1);
    EXPECT_EQ(done.content_root, one.content_root);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit u JOIN org_unit p ON p.id = u.parent_id WHERE "
                     "(u.code = 'D0001' AND p.code = 'D0039') OR (u.code = 'D0002' AND p.code = "
                     "'D0038')"),
              2);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit WHERE parent_id IS NOT NULL"), 2);
    EXPECT_EQ(entries("promotion"), 1);
    EXPECT_EQ(entries("batch"), 3) << "of one entity the superseded rows too";
    EXPECT_EQ(rehearsal::find(*connection_, "core", 1)->state, rehearsal::State::Promoted);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(Promoting, WhatIsSealedOpensAsBefore) {
    promoted("core");
    const auto sealed =
        rows("SELECT person_no, id_number FROM person WHERE person_no = 'E0007'").at(0);
    EXPECT_EQ(keys_.open(std::get<base::Bytes>(sealed[1]).data, "person.id_number/E0007").value(),
              "110101199001011234");
}

TEST_P(Promoting, RowsThatBothHaveKeepTheirIdsAndTheUnchangedAreNotTouched) {
    sync_live("core");
    const auto before = rows("SELECT id, code FROM org_unit ORDER BY id");
    const auto untouched = whole("person");
    units_.put(Cells{"D0005", "Another name", std::nullopt});
    units_.put(Cells{"D0500", "New", "D0005"});
    units_.remove("D0009");

    const Result done = promoted("core");

    EXPECT_EQ(done.entities[0].inserted, 1);
    EXPECT_EQ(done.entities[0].updated, 1);
    EXPECT_EQ(done.entities[0].gone, 1);
    EXPECT_EQ(done.entities[0].unchanged, kUnits - 2);
    EXPECT_EQ(done.entities[1].unchanged, kPeople);
    EXPECT_EQ(whole("person"), untouched);
    const auto after = rows("SELECT id, code FROM org_unit ORDER BY id");
    ASSERT_EQ(after.size(), before.size() + 1);
    for (const Row& row : before) {
        EXPECT_THAT(after, Contains(row));
    }
    EXPECT_EQ(number("SELECT count(*) FROM org_unit u JOIN org_unit p ON p.id = u.parent_id WHERE "
                     "u.code = 'D0500' AND p.code = 'D0005' AND p.name = 'Another name'"),
              1);
    EXPECT_EQ(text_of("SELECT code FROM org_unit WHERE gone_at IS NOT NULL"), "D0009");
    EXPECT_THAT(verified(), IsEmpty());
}

// No reading has that row, and a rehearsal neither.
TEST_P(Promoting, WhatIsLeftOfAnErasedPersonIsNotGone) {
    sync_live("core");
    const base::Bytes any{"0123456789abcdef"};
    connection_->execute(
        "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
        "rows_kept) VALUES ($2, $1, 'a', 'request', '', $2, 0, 0)",
        {system_clock_.now(), any});
    connection_->execute(
        "INSERT INTO erased_number (field, digest, row_id, erasure_id) SELECT 'person.person_no', "
        "$1, p.id, e.id FROM person p, erasure e WHERE p.person_no = 'E0007'",
        {any});
    people_.remove("E0007");
    people_.remove("E0008");

    const Result done = promoted("core");

    EXPECT_EQ(done.entities[1].gone, 1);
    EXPECT_EQ(text_of("SELECT person_no FROM person WHERE gone_at IS NOT NULL"), "E0008");
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(Promoting, ReferencesFollowWhereTheLiveStoreHasOtherIds) {
    sync_live("core");
    std::vector<Cells> later;
    for (int i = 0; i < kPeople / 2; ++i) {
        const std::string no = fmt::format("E{:04}", i);
        spells_.remove(no);
        posts_.remove(no);
        later.push_back(Cells{no, "2019-03-01"});
    }
    sync_live("posts");
    for (const Cells& cells : later) {
        spells_.put(cells);
        posts_.put(Cells{cells[0], "D0011", "2020-01-01"});
    }

    const Result done = promoted("posts");

    EXPECT_EQ(done.entities[0].inserted, kPeople / 2);
    EXPECT_EQ(done.entities[0].unchanged, kPeople / 2);
    EXPECT_EQ(done.entities[1].inserted, kPeople / 2);
    EXPECT_EQ(number("SELECT count(*) FROM employment_spell s JOIN person p ON p.id = s.person_id "
                     "WHERE p.person_no = s.employee_no"),
              kPeople);
    EXPECT_EQ(number("SELECT count(*) FROM assignment a JOIN employment_spell s ON s.id = "
                     "a.spell_id JOIN org_unit u ON u.id = a.org_unit_id WHERE u.code = 'D0011' "
                     "AND s.employee_no < 'E0030'"),
              kPeople / 2);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(Promoting, ARowThatIsBackIsLiveAgainUnderItsOldId) {
    sync_live("core");
    const auto id = number("SELECT id FROM org_unit WHERE code = 'D0009'");
    units_.remove("D0009");
    promoted("core");
    units_.put(Cells{"D0009", "Unit", std::nullopt});
    promoted("core");
    EXPECT_EQ(number("SELECT id FROM org_unit WHERE code = 'D0009' AND gone_at IS NULL"), id);
    EXPECT_THAT(verified(), IsEmpty());
}

TEST_P(Promoting, AColumnThatNoMappingFillsStaysAsItIs) {
    sync_live("core");
    connection_->execute("UPDATE person SET wecom_userid = 'u7' WHERE person_no = 'E0007'", {});
    people_.put(Cells{"E0007", "李四", "110101199001011234"});
    promoted("core");
    EXPECT_EQ(
        text_of("SELECT wecom_userid FROM person WHERE person_no = 'E0007' AND name = '李四'"),
        "u7");
}

TEST_P(Promoting, AValueThatWasChangedUnderItsHashIsPutRight) {
    sync_live("core");
    connection_->execute("UPDATE org_unit SET name = 'Wrong' WHERE code = 'D0005'", {});
    const Result done = promoted("core");
    EXPECT_EQ(done.entities[0].updated, 1);
    EXPECT_EQ(text_of("SELECT name FROM org_unit WHERE code = 'D0005'"), "Unit");
}

TEST_P(Promoting, KeepsSupersededVersionsWhereTheMappingDoes) {
    std::string map = rehearsal::kUnitMap;
    map.replace(map.find("write: upsert"), 13, "write: history");
    set_mappings(map);
    sync_live("core");
    units_.put(Cells{"D0005", "Another name", std::nullopt});
    units_.remove("D0009");
    promoted("core");
    EXPECT_EQ(rows("SELECT code, name FROM org_unit_history ORDER BY code"),
              (std::vector<Row>{{std::string("D0005"), std::string("Unit")},
                                {std::string("D0009"), std::string("Unit")}}));
}

TEST_P(Promoting, OpenRejectsAndHoldsComeAlongAndSoDoesWhatAPersonDismissed) {
    units_.put(Cells{"D0003", "Unit", "D0099"});  // waits
    units_.put(Cells{"X2", "Unit", std::nullopt});
    sync_live("core");
    connection_->execute("UPDATE reject SET state = 'dismissed' WHERE source_key LIKE '%X1%'", {});
    units_.remove("X2");
    units_.put(Cells{"X3", std::string(2'000'000, 'x'), std::nullopt});

    const Result done = promoted("core");

    EXPECT_EQ(done.rejects, 3);
    EXPECT_EQ(number("SELECT count(*) FROM reject WHERE length(long_row) > 2000000"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM reject WHERE state = 'open' AND kind = 'row'"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM reject WHERE state = 'open' AND kind = 'hold'"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM reject WHERE state = 'dismissed'"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM reject WHERE state = 'corrected'"), 1);

    units_.put(Cells{"D0099", "Unit", std::nullopt});
    EXPECT_EQ(sync("test/org_unit").released, 1);
    EXPECT_EQ(number("SELECT count(*) FROM org_unit u JOIN org_unit p ON p.id = u.parent_id WHERE "
                     "u.code = 'D0003' AND p.code = 'D0099'"),
              1);
    EXPECT_THAT(verified(), IsEmpty());
}

class FrozenBeforeAnUpgrade : public Promoting {
  protected:
    void run_in(const rehearsal::Rehearsal& one, const std::string& script) {
        side(one)->run_script(script);
    }
    // Its store as the program of schema 28 had made it.
    void set_back(const rehearsal::Rehearsal& one) {
        run_in(one,
               "ALTER TABLE reject DROP COLUMN long_row; ALTER TABLE reject_before DROP COLUMN "
               "long_row; DELETE FROM schema_version WHERE version > 28");
    }
    // As that program computed it: over all columns of rejects.
    ledger::Digest digest_of_then(const rehearsal::Rehearsal& one,
                                  const rehearsal::StoredPart& part) {
        const auto connection = side(one);
        base::RowHasher refused;
        refused.add_text("hrbridge refused 2");
        refused.add_text("reject");
        refused.add_bytes(
            rehearsal::table_digest(
                *connection,
                "",
                {"reject", "WHERE mapping IN ('test/org_unit', 'test/person') ORDER BY id"})
                .view());
        return rehearsal::promoted_digest(rehearsal::stored_digest(*connection, "", part),
                                          ledger::Digest::sha256_of(refused.canonical()));
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         FrozenBeforeAnUpgrade,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(FrozenBeforeAnUpgrade, IsTheSameBehindIt) {
    units_.put(Cells{"X3", "Unit", std::nullopt});
    sync_live("core");
    const rehearsal::Rehearsal one = rehearsed("core");
    const rehearsal::StoredPart part =
        rehearsal::stored_part(*project_.find(one.module), mappings_);
    const auto frozen = rehearsal::promoted_digest(*side(one), "", part);
    set_back(one);
    EXPECT_EQ(digest_of_then(one, part), frozen);

    const Result done = promote(one);

    EXPECT_THAT(words(done.refused), IsEmpty());
    EXPECT_EQ(store::schema_version(*side(one)), store::newest_schema_version());
}

TEST_P(FrozenBeforeAnUpgrade, ALongRefusedRowIsPartOfIt) {
    units_.put(Cells{"X3", std::string(2'000'000, 'x'), std::nullopt});
    const rehearsal::Rehearsal one = rehearsed("core");
    run_in(one, "UPDATE reject SET packed_row = key_digest WHERE long_row IS NOT NULL");
    EXPECT_THAT(words(promote(one).refused), ElementsAre("values_changed"));
    run_in(one,
           "UPDATE reject SET long_row = packed_row WHERE long_row IS NOT NULL; "
           "UPDATE reject SET packed_row = substr(packed_row, 1, 0) WHERE long_row IS NOT NULL");
    EXPECT_THAT(words(promote(one).refused), ElementsAre("values_changed"));
}

TEST_P(Promoting, APreviewSaysWhatWouldBeDoneAndWritesNothing) {
    sync_live("core");
    units_.put(Cells{"D0005", "Another name", std::nullopt});
    units_.put(Cells{"D0500", "New", "D0501"});
    units_.put(Cells{"D0501", "New", std::nullopt});
    const rehearsal::Rehearsal one = rehearsed("core");
    const auto before = content({"org_unit", "person", "run", "batch", "reject", "checkpoint"});

    const Result said = preview(one);

    EXPECT_EQ(content({"org_unit", "person", "run", "batch", "reject", "checkpoint"}), before);
    EXPECT_EQ(count("promotion"), 0);
    const Result done = promote(one);
    ASSERT_EQ(said.entities.size(), done.entities.size());
    for (std::size_t i = 0; i < said.entities.size(); ++i) {
        EXPECT_EQ(said.entities[i].inserted, done.entities[i].inserted);
        EXPECT_EQ(said.entities[i].updated, done.entities[i].updated);
        EXPECT_EQ(said.entities[i].gone, done.entities[i].gone);
        EXPECT_EQ(said.entities[i].unchanged, done.entities[i].unchanged);
    }
    EXPECT_EQ(said.entities[0].inserted, 2);
}

TEST_P(Promoting, EveryEntityHasATableForItsRowsAsTheyWere) {
    for (const store::EntityTable& entity : store::entity_tables(*connection_)) {
        EXPECT_NO_THROW(
            shared_columns(*connection_, entity.name, entity.name + "_before", {"promotion_id"}))
            << entity.name;
    }
}

class NotPromoting : public PromotionBench {
  protected:
    void expect_nothing() {
        EXPECT_EQ(count("promotion"), 0);
        EXPECT_EQ(count("content_sum"), 0);
        EXPECT_EQ(entries("promotion") + entries("batch"), 0);
        EXPECT_EQ(count("run") - runs_, 0);
    }
    std::int64_t runs_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         NotPromoting,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(NotPromoting, WithoutSignatures) {
    const Result done = promote(rehearsed("core"), {false, {}, {"no checker"}});
    EXPECT_THAT(words(done.refused), ElementsAre("no_signatures"));
    expect_nothing();
    EXPECT_EQ(count("org_unit"), 0);
}

TEST_P(NotPromoting, WhatIsNotFrozen) {
    rehearse("core");
    const auto one = rehearsal::find(*connection_, "core", 1).value();
    EXPECT_THAT(words(promote(one).refused), ElementsAre("no_state"));
    expect_nothing();
}

TEST_P(NotPromoting, WithAnotherMappingThanTheRehearsals) {
    const rehearsal::Rehearsal one = rehearsed("core");
    set_mappings(std::string(rehearsal::kUnitMap) + "# changed\n");
    EXPECT_THAT(words(promote(one).refused), ElementsAre("no_mappings", "other_mapping"));
    expect_nothing();
}

TEST_P(NotPromoting, WhatAMappingOutsideOfTheModuleWritesToo) {
    const rehearsal::Rehearsal one = rehearsed("core");
    std::string other = rehearsal::kUnitMap;
    other.replace(other.find("test/org_unit"), 13, "test/other");
    mappings_.push_back(rehearsal::read_mapping(other));
    EXPECT_THAT(words(promote(one).refused), ElementsAre("no_writers"));
    expect_nothing();
}

TEST_P(NotPromoting, WhatDoesNotFitTheCutOverWindow) {
    rehearsal::Rehearsal one = rehearsed("core");
    one.steps[0].microseconds = std::int64_t{5} * 3600 * 1'000'000;
    EXPECT_THAT(words(promote(one).refused), ElementsAre("no_cut_over"));
    one.steps[0].microseconds = 1;
    ++one.steps[0].attempts;
    EXPECT_THAT(words(promote(one).refused), ElementsAre("no_cut_off"));
    expect_nothing();
}

TEST_P(NotPromoting, WhenMoreRowsWouldBeGoneThanTheModuleAllows) {
    sync_live("core");
    runs_ = count("run");
    for (int i = 20; i < 29; ++i) {
        units_.remove(fmt::format("D{:04}", i));
    }
    const Result done = promote(rehearsed("core"));
    EXPECT_THAT(words(done.refused), ElementsAre("no_gone"));
    EXPECT_THAT(promotion::text("en", done.refused[0]), HasSubstr("org_unit (9 / 40)"));
    expect_nothing();
}

TEST_P(NotPromoting, RowsWhoseParentTheLiveStoreNoLongerHas) {
    sync_live("core");
    runs_ = count("run");
    const rehearsal::Rehearsal one = rehearsed("posts");
    connection_->execute("DELETE FROM person WHERE person_no = 'E0007'", {});
    const Result done = promote(one);
    ASSERT_THAT(words(done.refused), ElementsAre("orphans"));
    EXPECT_EQ(done.refused[0].values.at("rows"), "1");
    EXPECT_EQ(count("employment_spell"), 0);
    expect_nothing();
}

// A large load leaves the proof of foreign keys to others.
class LosesAParent final : public rehearsal::Loader {
  public:
    explicit LosesAParent(rehearsal::Loader& loader) : loader_(loader) {}

    rehearsal::LoadResult load(store::Store& into,
                               const engine::Mapping& mapping,
                               const std::stop_token& stop) override {
        rehearsal::LoadResult result = loader_.load(into, mapping, stop);
        const auto connection = into.connect();
        if (connection->dialect() == store::sql::Dialect::Postgres) {
            connection->run_script(
                "BEGIN; SET LOCAL session_replication_role = replica; "
                "DELETE FROM person WHERE person_no = 'E0007'; COMMIT");
        } else {
            connection->run_script(
                "PRAGMA foreign_keys = OFF; DELETE FROM person WHERE person_no = 'E0007'");
        }
        return result;
    }
    rehearsal::LoadResult replay(store::Store& into,
                                 const engine::Mapping& mapping,
                                 const std::stop_token& stop) override {
        return loader_.replay(into, mapping, stop);
    }

  private:
    rehearsal::Loader& loader_;
};

TEST_P(NotPromoting, RowsWhoseParentNotEvenTheRehearsalHas) {
    sync_live("core");
    runs_ = count("run");
    rehearsal::SyncLoader loader = make_loader();
    LosesAParent loses(loader);
    const Result done = promote(rehearsed("posts", loses));
    ASSERT_THAT(words(done.refused), ElementsAre("orphans"));
    EXPECT_EQ(done.refused[0].values.at("rows"), "1");
    EXPECT_EQ(count("employment_spell"), 0);
    expect_nothing();
}

TEST_P(NotPromoting, RowsUnderAParentThatIsGoneByNow) {
    sync_live("core");
    runs_ = count("run");
    const rehearsal::Rehearsal one = rehearsed("posts");
    connection_->execute("UPDATE person SET gone_at = $1 WHERE person_no = 'E0007'",
                         {system_clock_.now()});
    const Result done = promote(one);
    ASSERT_THAT(words(done.refused), ElementsAre("gone_parents"));
    EXPECT_EQ(done.refused[0].values.at("rows"), "1");
    EXPECT_EQ(done.refused[0].values.at("keys"), "E0007");
    EXPECT_EQ(count("employment_spell"), 0);
    expect_nothing();
    // A rehearsal that has read them since refuses them itself, as a sync does.
    EXPECT_THAT(words(promote(rehearsed("posts")).refused), IsEmpty());
    EXPECT_EQ(count("employment_spell"), kPeople - 2);
}

TEST_P(NotPromoting, ARehearsalThatWasChangedSinceItWasSigned) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const auto changed = side(one);
    const auto expect_refused = [&](const std::string& change, const std::string& undo) {
        changed->execute(change, {});
        EXPECT_THAT(words(promote(one).refused), ElementsAre("values_changed")) << change;
        EXPECT_EQ(count("org_unit"), 0);
        expect_nothing();
        changed->execute(undo, {});
    };
    expect_refused("UPDATE checkpoint SET position = 'x' || position WHERE mapping = 'test/person'",
                   "UPDATE checkpoint SET position = substr(position, 2) WHERE mapping = "
                   "'test/person'");
    expect_refused("UPDATE run SET rows_read = rows_read + 1",
                   "UPDATE run SET rows_read = rows_read - 1");
    expect_refused("UPDATE person SET name = 'x' || name WHERE person_no = 'E0003'",
                   "UPDATE person SET name = substr(name, 2) WHERE person_no = 'E0003'");
    expect_refused("UPDATE org_unit SET code = 'x' || code WHERE code = 'D0007'",
                   "UPDATE org_unit SET code = 'D0007' WHERE code = 'xD0007'");
    EXPECT_THAT(words(promote(one).refused), IsEmpty());
}

TEST_P(NotPromoting, WhatTheLiveStoreWouldHoldInPlaceOfTheRoot) {
    const rehearsal::Rehearsal one = rehearsed("core");
    side(one)->execute("DELETE FROM org_unit WHERE code = 'D0007'", {});
    freeze(one);
    EXPECT_THROW(promote(one), base::StoreError);
    EXPECT_EQ(count("org_unit"), 0);
    expect_nothing();
}

TEST_P(NotPromoting, ForWhomALeaseWasTakenOver) {
    const rehearsal::Rehearsal one = rehearsed("core");
    const project::Module& module = *project_.find("core");
    Leases leases = take(lease_names(module));
    ++leases.held.back().fencing_token;
    const store::StoreOptions options = live();
    EXPECT_THROW(promotion::promote({options, &ledger_keys_, system_clock_, leases.held, "impl01"},
                                    module,
                                    mappings_,
                                    one,
                                    signed_gate()),
                 base::LeaseHeld);
    EXPECT_EQ(count("org_unit"), 0);
    expect_nothing();
}

TEST_P(NotPromoting, WhenTheTwoStoresMeanOtherKeysByOneId) {
    sync_live("core");
    runs_ = count("run");
    const rehearsal::Rehearsal one = rehearsed("core");
    side(one)->execute("UPDATE seal_key SET check_value = $1 WHERE key_id = 'k1'",
                       {base::Bytes{"another"}});
    EXPECT_THAT(words(promote(one).refused), ElementsAre("other_key"));
    expect_nothing();
}

}  // namespace
}  // namespace hrbridge::promotion
