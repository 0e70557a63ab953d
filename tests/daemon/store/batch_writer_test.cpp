#include "daemon/store/batch_writer.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"
#include "daemon/store/content_hash.h"
#include "daemon/store/repositories.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::store {
namespace {

using base::FieldType;
using base::Kind;

// The same cases run on both stores.
class StoreContract : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        StoreOptions options;
        options.kind = GetParam();
        if (options.kind == "postgres") {
            database_ = test::PostgresServer::instance().create_database();
            options.connection = test::PostgresServer::instance().connection(database_);
        } else {
            options.path = folder_.file("hr.db");
        }
        store_ = open_store(options);
        connection_ = store_->connect();
        migrate(*connection_);
    }
    void TearDown() override {
        connection_.reset();
        store_.reset();
        if (!database_.empty()) {
            test::PostgresServer::instance().drop_database(database_);
        }
    }

    const EntityTable& entity(const std::string& name) {
        entities_ = entity_tables(*connection_);
        for (const EntityTable& each : entities_) {
            if (each.name == name) {
                return each;
            }
        }
        throw std::logic_error("no entity " + name);
    }

    std::int64_t start_run(const std::string& mapping) {
        model::Run run;
        run.mapping = mapping;
        run.source = "test";
        run.mapping_hash = "h";
        run.started_at = clock_.now();
        return RunRepository(*connection_).start(run);
    }

    BatchPlan plan_for(const std::string& table) {
        BatchPlan plan;
        plan.source = "test";
        plan.mapping = "test/" + table;
        plan.mapping_hash = "h";
        plan.run_id = start_run(plan.mapping);
        plan.table = entity(table);
        plan.source_columns = {{"key", "text", 0, 0, false}};
        plan.source_key = {"key"};
        return plan;
    }

    Checkpoint at(const BatchPlan& plan, const std::string& position) {
        Checkpoint checkpoint;
        checkpoint.mapping = plan.mapping;
        checkpoint.mapping_hash = plan.mapping_hash;
        checkpoint.run_id = plan.run_id;
        checkpoint.position = position;
        checkpoint.complete = false;
        return checkpoint;
    }

    std::int64_t count(const std::string& table) {
        const auto rows = connection_->query("SELECT count(*) FROM " + table, {});
        rows->next();
        return rows->integer(0);
    }

    test::TempDir folder_;
    std::string database_;
    test::ManualClock clock_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<sql::Connection> connection_;
    std::vector<EntityTable> entities_;
};

// Operations with a name each, and the raw block that they came from.
struct Rows {
    base::Batch batch;
    std::shared_ptr<base::RawBlock> raw = std::make_shared<base::RawBlock>();

    Rows() {
        batch.columns.emplace_back("code", FieldType{Kind::Text, 32});
        batch.columns.emplace_back("name", FieldType{Kind::Text, 80});
        batch.columns.emplace_back("kind", FieldType{Kind::Text, 16});
        raw->columns.resize(1);
        raw->columns[0].use_packed();
    }
    Rows& add(const std::string& code, const std::string& name) {
        base::RowHasher hasher;
        for (const auto& [column, text] :
             {std::pair{0, code}, std::pair{1, name}, std::pair{2, std::string("production")}}) {
            batch.columns[static_cast<std::size_t>(column)].append_bytes(text);
            hasher.add_text(text);
        }
        batch.hashes.push_back(hasher.finish());
        batch.source_rows.push_back(static_cast<std::uint32_t>(raw->rows));
        raw->columns[0].append(code);
        raw->rows += 1;
        return *this;
    }
};

TEST_P(StoreContract, MigratingTwiceChangesNothing) {
    migrate(*connection_);

    EXPECT_EQ(schema_version(*connection_), newest_schema_version());
}

TEST_P(StoreContract, InsertsUpdatesAndLeavesUnchangedRowsAlone) {
    const BatchPlan plan = plan_for("operation");
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows first;
    first.add("OP010", "下料").add("OP020", "车削").add("OP030", "铣削");
    writer->append(first.batch, first.raw);
    writer->count_read(3);
    const BatchOutcome inserted = writer->commit(at(plan, "1"));
    Rows second;
    second.add("OP010", "下料").add("OP020", "精车").add("OP040", "磨削");
    writer->append(second.batch, second.raw);
    writer->count_read(3);
    const BatchOutcome merged = writer->commit(at(plan, "2"));

    EXPECT_EQ(inserted.inserted, 3);
    EXPECT_EQ(merged.inserted, 1);
    EXPECT_EQ(merged.updated, 1);
    EXPECT_EQ(merged.unchanged, 1);
    EXPECT_EQ(count("operation"), 4);
    const auto run = RunRepository(*connection_).find(plan.run_id);
    EXPECT_EQ(run->rows_read, 6);
    EXPECT_EQ(run->batches, 2);
    EXPECT_EQ(read_checkpoint(*connection_, plan.mapping)->position, "2");
}

TEST_P(StoreContract, TheLastRowOfARepeatedKeyWinsAlsoInAFirstLoad) {
    const BatchPlan plan = plan_for("operation");
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP010", "first").add("OP010", "second").add("OP020", "other");
    writer->append(rows.batch, rows.raw);
    const BatchOutcome outcome = writer->commit(at(plan, "1"));

    EXPECT_EQ(outcome.inserted, 2);
    EXPECT_EQ(outcome.duplicates, 1);
    const auto found = connection_->query("SELECT name FROM operation WHERE code = 'OP010'", {});
    ASSERT_TRUE(found->next());
    EXPECT_EQ(found->text(0), "second");
}

TEST_P(StoreContract, OfARepeatedKeyTheRowThatTheSourceChangedLastWins) {
    const BatchPlan plan = plan_for("operation");
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP010", "older").add("OP010", "newest").add("OP010", "old").add("OP020", "other");
    rows.add("OP030", "first of one time").add("OP030", "second of one time");
    rows.batch.times = {10, 30, 20, 5, 7, 7};
    rows.batch.sources.assign(rows.batch.times.size(), 0);
    writer->append(rows.batch, rows.raw);
    const BatchOutcome outcome = writer->commit(at(plan, "1"));

    EXPECT_EQ(outcome.inserted, 3);
    EXPECT_EQ(outcome.duplicates, 3);
    const auto found = connection_->query("SELECT name FROM operation ORDER BY code", {});
    std::vector<std::string> names;
    while (found->next()) {
        names.push_back(found->text(0));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"newest", "other", "second of one time"}));
}

TEST_P(StoreContract, AnAbandonedBatchLeavesNothing) {
    const BatchPlan plan = plan_for("operation");
    {
        const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
        Rows rows;
        rows.add("OP010", "下料");
        writer->append(rows.batch, rows.raw);
        Reject reject;
        reject.rule = "F01";
        reject.packed_row = base::pack_row(*rows.raw, plan.source_columns, 0);
        writer->reject(reject);
        writer->abandon();
    }

    EXPECT_EQ(count("operation"), 0);
    EXPECT_EQ(count("reject"), 0);
    EXPECT_EQ(count("batch"), 0);
    EXPECT_FALSE(read_checkpoint(*connection_, plan.mapping));
}

TEST_P(StoreContract, ARuleTakesItsRowsOutAndKeepsThemAsRejects) {
    BatchPlan plan = plan_for("operation");
    plan.rules.push_back({"L01",
                          "SELECT row_no FROM {staging} WHERE name = 'bad'",
                          RejectClass::Row,
                          false,
                          false,
                          "name",
                          "no"});
    plan.show_key = [](const base::RawBlock& raw, std::size_t row) {
        return "key " + std::string(raw.columns[0].cell(row));
    };
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP010", "good").add("OP020", "bad");
    writer->append(rows.batch, rows.raw);
    const BatchOutcome outcome = writer->commit(at(plan, "1"));

    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.rejected.at("L01"), 1);
    const auto rejects = RejectRepository(*connection_).list({});
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].source_key, "key OP020");
}

TEST_P(StoreContract, ARowThatHasBecomeGoodClosesItsReject) {
    BatchPlan plan = plan_for("operation");
    plan.rules.push_back({"L01",
                          "SELECT row_no FROM {staging} WHERE name = 'bad'",
                          RejectClass::Row,
                          false,
                          false,
                          "name",
                          "no"});
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP020", "bad");
    writer->append(rows.batch, rows.raw);
    writer->commit(at(plan, "1"));
    Rows corrected;
    corrected.add("OP020", "good");
    writer->append(corrected.batch, corrected.raw);
    writer->commit(at(plan, "2"));

    EXPECT_TRUE(RejectRepository(*connection_).list({}).empty());
    EXPECT_EQ(count("operation"), 1);
}

TEST_P(StoreContract, ABatchWithoutRowsMovesOnlyTheCheckpoint) {
    BatchPlan plan = plan_for("operation");
    plan.rules.push_back(
        {"L01", "SELECT row_no FROM {staging}", RejectClass::Row, false, false, "name", "no"});
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    writer->commit(at(plan, "7"));

    EXPECT_EQ(read_checkpoint(*connection_, plan.mapping)->position, "7");
    EXPECT_EQ(count("operation"), 0);
}

TEST_P(StoreContract, AnOlderFencingTokenCommitsNothing) {
    LeaseRepository leases(*connection_);
    const auto old_token = leases.acquire("sync/test", "a", clock_.now(), std::chrono::seconds(0));
    const auto new_token = leases.acquire("sync/test", "b", clock_.now(), std::chrono::seconds(60));
    ASSERT_TRUE(old_token && new_token);
    BatchPlan plan = plan_for("operation");
    plan.lease = "sync/test";
    plan.fencing_token = *old_token;
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP010", "下料");
    writer->append(rows.batch, rows.raw);

    EXPECT_THROW(writer->commit(at(plan, "1")), base::StoreError);
    EXPECT_EQ(count("operation"), 0);
}

TEST_P(StoreContract, AHoldWaitsForItsParentByName) {
    BatchPlan plan = plan_for("employment_spell");
    plan.references.push_back(
        {"person_id", "person", "person_no", ReferenceField::Otherwise::Hold, "F02"});
    base::Batch batch;
    batch.columns.emplace_back("employee_no", FieldType{Kind::Text, 32});
    batch.columns.emplace_back("person_id", FieldType{Kind::Text, 32});
    batch.columns.emplace_back("kind", FieldType{Kind::Text, 16});
    batch.columns.emplace_back("hire_date", FieldType{Kind::Date});
    batch.columns[0].append_bytes("E1");
    batch.columns[1].append_bytes("P1");
    batch.columns[2].append_bytes("permanent");
    batch.columns[3].append_word(19'000);
    batch.hashes.resize(1);
    batch.source_rows = {0};
    Rows source;
    source.add("E1", "");
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    writer->append(batch, source.raw);
    const BatchOutcome outcome = writer->commit(at(plan, "1"));

    EXPECT_EQ(outcome.held.at("F02"), 1);
    const auto rejects = RejectRepository(*connection_).list({});
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].waits_for.value_or(""), "person.person_no=P1");
}

TEST_P(StoreContract, SealedFieldsAreNotReadableInTheStore) {
    const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1"));
    ASSERT_TRUE(keys);
    const BatchPlan plan = plan_for("person");
    base::Batch batch;
    batch.columns.emplace_back("person_no", FieldType{Kind::Text, 32});
    batch.columns.emplace_back("name", FieldType{Kind::Text, 80});
    batch.columns.emplace_back("id_number", FieldType{Kind::Text, 18});
    batch.columns[0].append_bytes("P1");
    batch.columns[1].append_bytes("张三");
    batch.columns[2].append_bytes("110101199003076632");
    batch.hashes.resize(1);
    batch.source_rows = {0};
    const auto writer = make_batch_writer(*connection_, plan, &keys.value(), clock_);
    writer->append(batch, nullptr);
    writer->commit(at(plan, "1"));

    const auto rows = connection_->query("SELECT id_number FROM person", {});
    ASSERT_TRUE(rows->next());
    const std::string stored = rows->bytes(0);
    EXPECT_EQ(stored.find("110101"), std::string::npos);
    const auto opened = keys->open(stored, "person.id_number/P1");
    ASSERT_TRUE(opened) << opened.fault().what;
    EXPECT_EQ(*opened, "110101199003076632");
}

TEST_P(StoreContract, PreviewShowsRecordsAndLeavesTheStoreAsItWas) {
    BatchPlan plan = plan_for("operation");
    {
        const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
        Rows rows;
        rows.add("OP010", "下料");
        writer->append(rows.batch, rows.raw);
        writer->commit(at(plan, "1"));
    }
    plan.run_id = 0;
    plan.may_load_directly = false;
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    Rows rows;
    rows.add("OP010", "切割").add("OP020", "车削");
    writer->append(rows.batch, rows.raw);
    std::vector<RecordChange> changes;
    writer->preview(changes, 10);

    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].action, "update");
    EXPECT_EQ(changes[0].fields, std::vector<std::string>{"name: 下料 → 切割"});
    EXPECT_EQ(changes[1].action, "insert");
    EXPECT_EQ(count("operation"), 1);
}

TEST_P(StoreContract, HistoryKeepsTheSupersededVersion) {
    BatchPlan plan = plan_for("org_unit");
    plan.history = true;
    const auto unit = [](const std::string& name) {
        base::Batch batch;
        for (const char* column : {"code", "name", "kind"}) {
            batch.columns.emplace_back(column, FieldType{Kind::Text, 80});
        }
        batch.columns[0].append_bytes("P1");
        batch.columns[1].append_bytes(name);
        batch.columns[2].append_bytes("plant");
        base::RowHasher hasher;
        hasher.add_text(name);
        batch.hashes.push_back(hasher.finish());
        batch.source_rows = {0};
        return batch;
    };
    const auto writer = make_batch_writer(*connection_, plan, nullptr, clock_);
    writer->append(unit("一厂"), nullptr);
    writer->commit(at(plan, "1"));
    clock_.advance(std::chrono::hours(24));
    writer->append(unit("第一工厂"), nullptr);
    writer->commit(at(plan, "2"));

    const auto rows = connection_->query(
        "SELECT h.name, u.name, CASE WHEN h.known_to = u.known_from THEN 1 ELSE 0 END FROM "
        "org_unit_history h JOIN org_unit u ON u.id = h.id",
        {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "一厂");
    EXPECT_EQ(rows->text(1), "第一工厂");
    EXPECT_EQ(rows->integer(2), 1);
}

TEST_P(StoreContract, TwoClaimersNeverGetTheSameMessage) {
    OutboxRepository outbox(*connection_);
    for (int i = 0; i < 10; ++i) {
        model::OutboxEvent event;
        event.event_key = "e" + std::to_string(i);
        event.kind = "warning_card";
        event.receiver = "hr01";
        event.request = "{}";
        event.created_at = clock_.now();
        event.next_attempt = clock_.now();
        EXPECT_TRUE(outbox.add(event));
        EXPECT_FALSE(outbox.add(event));
    }
    const auto other_connection = store_->connect();
    OutboxRepository other(*other_connection);

    const auto mine = outbox.claim(clock_.now(), std::chrono::seconds(300), 6);
    const auto theirs = other.claim(clock_.now(), std::chrono::seconds(300), 6);

    EXPECT_EQ(mine.size(), 6U);
    EXPECT_EQ(theirs.size(), 4U);
}

TEST_P(StoreContract, AChangedAuditRowIsFound) {
    AuditRepository audit(*connection_);
    for (int i = 0; i < 5; ++i) {
        audit.add("hr", "finding.read", std::to_string(i), "", clock_.now());
    }
    ASSERT_FALSE(audit.first_broken());

    connection_->execute("UPDATE audit SET object = '99' WHERE object = '2'", {});

    EXPECT_TRUE(audit.first_broken());
}

TEST_P(StoreContract, ValuesComeBackAsTheyWent) {
    connection_->run_script("DROP TABLE IF EXISTS everything");
    const bool postgres = GetParam() == std::string("postgres");
    connection_->run_script(postgres ? "CREATE TABLE everything (t text, n numeric(38,10), d date, "
                                       "s timestamptz, b bytea, f boolean, i bigint)"
                                     : "CREATE TABLE everything (t TEXT, n TEXT, d DATE_INT, s "
                                       "TIMESTAMP_INT, b BLOB, f BOOL_INT, i BIGINT)");
    const std::string text = "'' NULL \xF0\x9F\x98\x80 \xE9\xBE\x98 trailing  ";
    const auto date = *base::parse_date("1899-12-31");
    const auto time = *base::parse_timestamp("1969-12-31 23:59:59.000001Z");
    connection_->execute(
        "INSERT INTO everything (t, d, s, b, f, i) VALUES ($1, $2, $3, $4, $5, $6)",
        {text,
         date,
         time,
         base::Bytes{std::string("\0\xFF\x01", 3)},
         true,
         std::int64_t{-9'223'372'036'854'775'807}});

    const auto rows = connection_->query("SELECT t, d, s, b, f, i FROM everything", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), text);
    EXPECT_EQ(rows->date(1), date);
    EXPECT_EQ(rows->timestamp(2), time);
    EXPECT_EQ(rows->bytes(3), std::string("\0\xFF\x01", 3));
    EXPECT_TRUE(rows->boolean(4));
    EXPECT_EQ(rows->integer(5), -9'223'372'036'854'775'807);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         StoreContract,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& each) { return std::string(each.param); });

TEST(Catalogue, IsTheSameOnBothStores) {
    StoreOptions memory;
    memory.path = ":memory:";
    const auto sqlite = open_store(memory);
    const auto sqlite_connection = sqlite->connect();
    migrate(*sqlite_connection);
    StoreOptions server;
    server.kind = "postgres";
    server.connection = test::PostgresServer::instance().connection(
        test::PostgresServer::instance().create_database());
    const auto postgres = open_store(server);
    const auto postgres_connection = postgres->connect();
    migrate(*postgres_connection);

    const auto left = entity_tables(*sqlite_connection);
    const auto right = entity_tables(*postgres_connection);

    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        EXPECT_EQ(left[i].name, right[i].name);
        EXPECT_EQ(left[i].key, right[i].key) << left[i].name;
        ASSERT_EQ(left[i].columns.size(), right[i].columns.size()) << left[i].name;
        for (std::size_t j = 0; j < left[i].columns.size(); ++j) {
            const EntityColumn& a = left[i].columns[j];
            const EntityColumn& b = right[i].columns[j];
            EXPECT_EQ(a.name, b.name);
            EXPECT_EQ(a.type, b.type) << left[i].name << "." << a.name;
            EXPECT_EQ(a.not_null, b.not_null) << left[i].name << "." << a.name;
            EXPECT_EQ(a.sealed, b.sealed) << left[i].name << "." << a.name;
            EXPECT_EQ(a.references, b.references) << left[i].name << "." << a.name;
        }
    }
}

}  // namespace
}  // namespace hrbridge::store
