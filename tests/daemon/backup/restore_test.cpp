#include "daemon/backup/restore.h"

#include "daemon/store/first_load.h"
#include "tests/daemon/backup/backup_bench.h"

namespace hrbridge::backup {
namespace {

using store::Present;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Restoring : public BackupBench {
  protected:
    // Of each table of the store, how many rows.
    static std::map<std::string, std::int64_t> rows_of(store::Store& store) {
        const auto connection = store.connect();
        std::map<std::string, std::int64_t> rows;
        for (const std::string& table : store::store_tables(*connection)) {
            rows[table] = number(store, "SELECT count(*) FROM \"" + table + "\"");
        }
        return rows;
    }
    void put_something_into_the_target() {
        const auto connection = (*target_)->connect();
        store::migrate(*connection);
        const auto plan = store::make_plan(*connection, "cause_code", clock_.now());
        store::load(*connection, plan, {{"OLD", "旧"}}, clock_);
    }
};
INSTANTIATE_TEST_SUITE_P(All, Restoring, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Restoring, GivesTheStoreAsItWas) {
    fill();
    const Backup made = back_up();
    const RestoreResult result = restore(made.path);

    ASSERT_EQ(result.outcome, Restored::Done) << testing::PrintToString(codes(result.notes));
    EXPECT_THAT(codes(result.notes), IsEmpty());
    EXPECT_EQ(result.kept, "");
    auto expected = made.manifest.copy.rows;
    ++expected["audit"];
    EXPECT_EQ(rows_of(**target_), expected);
    EXPECT_EQ(word(**target_, "SELECT name FROM cause_code WHERE code = 'C2'"), "尺寸\t超差\\N");
    EXPECT_EQ(word(**target_, "SELECT act FROM audit ORDER BY id DESC LIMIT 1"), "store.restore");
    EXPECT_TRUE(proves(**target_, made.manifest));
    EXPECT_EQ(*ledger::Ledger(*(*target_)->connect(), nullptr).head(),
              *ledger::Ledger(*connection_, nullptr).head());
}

TEST_P(Restoring, GivesAStoreThatGoesOn) {
    fill();
    connection_->execute("DELETE FROM cause_code WHERE code = 'C2'", {});
    ASSERT_EQ(restore(back_up().path).outcome, Restored::Done);

    const auto connection = (*target_)->connect();
    const auto plan = store::make_plan(*connection, "cause_code", clock_.now());
    store::load(*connection, plan, {{"C3", "新"}}, clock_);
    store::sql::Transaction transaction(*connection);
    ledger::Ledger(*connection, &keys_)
        .append({clock_.now() + std::chrono::hours(1),
                 "core_hr",
                 "impl01",
                 ledger::Batch{"m", ledger::Digest(), ledger::Digest(), 1}});
    transaction.commit();

    EXPECT_EQ(number(**target_, "SELECT count(*) FROM cause_code"), 2);
    if (is_postgres()) {
        EXPECT_EQ(number(**target_, "SELECT id FROM cause_code WHERE code = 'C3'"), 3)
            << "the id of a row that was deleted is not given again";
    }
    EXPECT_THROW(
        connection->execute("INSERT INTO batch (run_id, identity, position, rows_read, "
                            "rows_inserted, rows_updated, rows_unchanged, rows_rejected, "
                            "rows_held, content_hash, committed_at) VALUES (99, $1, '', 0, "
                            "0, 0, 0, 0, 0, $1, $2)",
                            {base::Bytes{"x"}, clock_.now()}),
        base::StoreError)
        << "foreign keys hold again";
}

TEST_P(Restoring, GivesAStoreWhoseLeasesNobodyHolds) {
    store::LeaseRepository held(*connection_);
    ASSERT_EQ(held.acquire("sync/a", "another machine", clock_.now(), std::chrono::hours(1)), 1);
    ASSERT_EQ(restore(back_up().path).outcome, Restored::Done);

    const auto connection = (*target_)->connect();
    EXPECT_EQ(store::LeaseRepository(*connection)
                  .acquire("sync/a", "this one", clock_.now(), std::chrono::hours(1)),
              2);
}

TEST_P(Restoring, IsRefusedWhereRowsAreUnlessTheyMayBeReplaced) {
    fill();
    const Backup made = back_up();
    put_something_into_the_target();

    const RestoreResult refused = restore(made.path);
    EXPECT_EQ(refused.outcome, Restored::Refused);
    EXPECT_THAT(codes(refused.notes), ElementsAre("has_rows"));
    EXPECT_EQ(word(**target_, "SELECT code FROM cause_code"), "OLD");

    RestoreWish replacing = wish(made.path);
    replacing.replace = true;
    const RestoreResult result = restore(replacing, &keys_);
    ASSERT_EQ(result.outcome, Restored::Done);
    EXPECT_EQ(number(**target_, "SELECT count(*) FROM cause_code"), 2);
    store::StoreOptions kept = options_of(*target_);
    (is_postgres() ? kept.schema : kept.path) = result.kept;
    EXPECT_EQ(word(*store::open_store(kept), "SELECT code FROM cause_code"), "OLD");
}

TEST_P(Restoring, TakesThePlaceOfAStoreWithoutRows) {
    fill();
    const Backup made = back_up();
    store::migrate(*(*target_)->connect());
    EXPECT_EQ(store::what_is_there(options_of(*target_)), Present::NoRows);

    const RestoreResult result = restore(made.path);

    EXPECT_EQ(result.outcome, Restored::Done);
    EXPECT_EQ(result.kept, "");
    EXPECT_EQ(number(**target_, "SELECT count(*) FROM cause_code"), 2);
}

TEST_P(Restoring, IsRefusedWhileSomebodyHasTheStoreOpen) {
    fill();
    const Backup made = back_up();
    put_something_into_the_target();
    const auto open = (*target_)->connect();
    open->begin();
    open->execute(
        "INSERT INTO cause_code (code, name, class, controllable, row_hash, batch_id, "
        "known_from) VALUES ('B', 'b', 'machine', 'no', $1, 1, $2)",
        {base::Bytes{"h"}, clock_.now()});
    RestoreWish replacing = wish(made.path);
    replacing.replace = true;

    EXPECT_THROW(restore(replacing, &keys_), base::StoreError);

    open->commit();
    EXPECT_EQ(number(**target_, "SELECT count(*) FROM cause_code"), 2) << "both are the old ones";
    EXPECT_EQ(word(**target_, "SELECT min(code) FROM cause_code"), "B");
}

TEST_P(Restoring, LeavesTablesOfOthersAlone) {
    fill();
    const Backup made = back_up();
    put_something_into_the_target();
    (*target_)->connect()->run_script("CREATE TABLE of_others (n int)");
    RestoreWish replacing = wish(made.path);
    replacing.replace = true;
    const RestoreResult result = restore(replacing, &keys_);
    ASSERT_EQ(result.outcome, Restored::Done);
    store::StoreOptions theirs = options_of(*target_);
    theirs.path = result.kept;  // a file is moved as a whole
    EXPECT_EQ(number(*store::open_store(theirs), "SELECT count(*) FROM of_others"), 0);
}

TEST_P(Restoring, IsRefusedWithAnotherSealKeyUnderTheSameId) {
    fill();
    const Backup made = back_up();
    seal_keys_ =
        base::SealKeys::parse(base::Secret("k1:" + base::to_base64(std::string(32, 'x')))).value();

    const RestoreResult result = restore(made.path);

    EXPECT_EQ(result.outcome, Restored::Refused);
    EXPECT_THAT(codes(result.notes), testing::Contains("seal_key_wrong"));
    EXPECT_EQ(store::what_is_there(options_of(*target_)), Present::Nothing);
}

TEST_P(Restoring, SaysWhichSealKeyIsStillNeeded) {
    fill();
    const Backup made = back_up();
    seal_keys_ =
        base::SealKeys::parse(base::Secret("k2:" + base::to_base64(std::string(32, 'x')))).value();
    const RestoreResult result = restore(made.path);
    EXPECT_EQ(result.outcome, Restored::Done);
    EXPECT_THAT(codes(result.notes), ElementsAre("seal_key_missing"));
    EXPECT_EQ(result.notes.front().values.at("id"), "k1");
}

TEST_P(Restoring, NeedsTheKeyThatSealedUnlessItIsLostForGood) {
    fill();
    const Backup made = back_up();
    const ledger::KeyRing other = ring_of('o');
    EXPECT_THAT(codes(restore(wish(made.path), &other).notes), ElementsAre("ledger_key_other"));
    EXPECT_THAT(codes(restore(wish(made.path), nullptr).notes), ElementsAre("ledger_key_missing"));

    RestoreWish without = wish(made.path);
    without.unproven = true;
    EXPECT_EQ(restore(without, nullptr).outcome, Restored::Done);
}

TEST_P(Restoring, IsRefusedWhenTheLedgerInItHasFaults) {
    fill();
    connection_->execute("UPDATE ledger_entry SET actor = 'other' WHERE seq = 2", {});
    const Backup made = back_up();

    const RestoreResult result = restore(made.path);

    EXPECT_EQ(result.outcome, Restored::Damaged);
    EXPECT_THAT(codes(result.notes), ElementsAre("not_proven"));
    EXPECT_EQ(store::what_is_there(options_of(*target_)), Present::Nothing);
}

TEST_P(Restoring, BringsAnOlderSchemaToTheNewest) {
    store::FreshStore older(GetParam());
    store::migrate(*older->connect(), 20);
    const Backup made = make_backup({options_of(older), &keys_, clock_}, shelf_, kByCommand, {});
    EXPECT_EQ(made.manifest.copy.schema, 20);

    const RestoreResult result = restore(made.path);

    ASSERT_EQ(result.outcome, Restored::Done);
    EXPECT_THAT(codes(result.notes), ElementsAre("upgraded"));
    EXPECT_EQ(store::schema_version(*(*target_)->connect()), store::newest_schema_version());
}

TEST_P(Restoring, RefusesANewerSchema) {
    connection_->execute(
        "INSERT INTO schema_version (version, file, sha256) VALUES (9999, 'x', 'x')", {});
    const Backup made = back_up();
    EXPECT_THAT(codes(restore(made.path).notes), ElementsAre("schema_newer"));
}

TEST_P(Restoring, RefusesABackupOfTheOtherKind) {
    const Backup made = back_up();
    store::StoreOptions other;
    other.kind = is_postgres() ? "sqlite" : "postgres";
    other.path = folder_.file("hr.db");
    other.connection = test::PostgresServer::instance().connection(
        test::PostgresServer::instance().create_database());
    const RestoreResult result =
        restore_backup({other, &keys_, &seal_keys_, clock_}, wish(made.path));
    EXPECT_THAT(codes(result.notes), ElementsAre("other_kind"));
}

TEST_P(Restoring, GoesOnWithAFirstLoadThatWasUnderWay) {
    {
        store::sql::Transaction transaction(*connection_);
        store::FirstLoad(*connection_, "employment_spell", "test/spell").put_off(clock_.now());
        transaction.commit();
    }
    if (is_postgres()) {
        connection_->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) VALUES ('E1', 77, 'permanent', $1, $2, 1, $3)",
            {base::Date{}, base::Bytes{"h"}, clock_.now()});
    }
    const RestoreResult result = restore(back_up().path);
    ASSERT_EQ(result.outcome, Restored::Done) << testing::PrintToString(codes(result.notes));

    const auto connection = (*target_)->connect();
    store::FirstLoad load(*connection, "employment_spell", "test/spell");
    EXPECT_TRUE(load.is_under_way());
    connection->execute("DELETE FROM employment_spell WHERE employee_no = 'E1'", {});
    store::sql::Transaction transaction(*connection);
    load.make_again();
    transaction.commit();
    EXPECT_FALSE(load.is_under_way());
}

TEST(RestoringSqlite, PutsABackupInThePlaceOfAFileThatCannotBeRead) {
    const test::TempDir folder;
    test::ManualClock clock;
    store::StoreOptions options;
    options.path = folder.file("hr.db");
    store::migrate(*store::open_store(options)->connect());
    const Backup made =
        make_backup({options, nullptr, clock}, folder.file("shelf"), kByCommand, {});
    folder.write("hr.db", std::string(8192, 'x'));

    RestoreWish wish;
    wish.from = made.path;
    wish.actor = "impl01";
    const RestoreResult refused = restore_backup({options, nullptr, nullptr, clock}, wish);
    ASSERT_EQ(refused.notes.size(), 1U);
    EXPECT_EQ(refused.notes[0].code, "unreadable");

    wish.replace = true;
    const RestoreResult result = restore_backup({options, nullptr, nullptr, clock}, wish);
    EXPECT_EQ(result.outcome, Restored::Done);
    EXPECT_EQ(test::read_file(result.kept), std::string(8192, 'x'));
    EXPECT_EQ(store::schema_version(*store::open_store(options)->connect()),
              store::newest_schema_version());
}

}  // namespace
}  // namespace hrbridge::backup
