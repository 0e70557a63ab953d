#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"
#include "daemon/store/batch_identity.h"
#include "daemon/store/batch_writer.h"
#include "daemon/store/content_hash.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

using base::FieldType;
using base::Kind;

class BatchIntegrity : public OnCauseCodes {};

TEST_P(BatchIntegrity, TheSameBatchIsStoredOnceWhenTwoWritersMeet) {
    const Block block{{"C1", "a"}};
    const auto first = writer(*connection_);
    const auto other_connection = (*store_)->connect();
    const auto second = writer(*other_connection);
    first->append(block.batch, block.raw);
    first->commit(at(plan_, "1"));

    EXPECT_THROW(
        {
            second->append(block.batch, block.raw);
            second->commit(at(plan_, "1"));
        },
        base::StoreError);

    EXPECT_EQ(count("batch"), 1);
    EXPECT_EQ(RunRepository(*connection_).find(plan_.run_id)->batches, 1);
}

TEST_P(BatchIntegrity, ACommittedBatchIsFoundByItsIdentityOnAnotherConnection) {
    const Block block{{"C1", "a"}};
    const auto first = writer(*connection_);
    const std::string identity = batch_identity({plan_.mapping_hash, plan_.run_id, 0, "", {}});
    const auto other = (*store_)->connect();
    EXPECT_FALSE(batch_committed(*other, identity));
    first->append(block.batch, block.raw);
    first->commit(at(plan_, "1"));

    EXPECT_TRUE(batch_committed(*other, identity));
}

TEST_P(BatchIntegrity, ABatchIsNotStoredBehindOneThatACrashHasTaken) {
    const auto each = writer(*connection_);
    const Block lost{{"C1", "a"}};
    each->append(lost.batch, lost.raw);
    each->commit(at(plan_, "1"));
    const auto other = (*store_)->connect();
    other->execute("DELETE FROM cause_code", {});
    other->execute("DELETE FROM checkpoint", {});
    other->execute("DELETE FROM batch", {});
    const Block next{{"C2", "b"}};
    each->append(next.batch, next.raw);

    try {
        each->commit(at(plan_, "2"));
        FAIL() << "the batch was stored";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Retry);
    }

    EXPECT_EQ(count("cause_code"), 0);
}

TEST_P(BatchIntegrity, AWriterGoesOnAfterAFailedBatch) {
    plan_.rules = {rule("L01", "name = 'bad'")};
    plan_.rules[0].stop = true;
    const auto each = writer(*connection_);
    const Block bad{{"C1", "bad"}};
    each->append(bad.batch, bad.raw);
    EXPECT_THROW(each->commit(at(plan_, "1")), base::StoreError);
    EXPECT_FALSE(connection_->in_transaction());
    const Block good{{"C1", "good"}};
    each->append(good.batch, good.raw);

    const BatchOutcome outcome = each->commit(at(plan_, "1"));

    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(count("batch"), 1);
}

TEST_P(BatchIntegrity, AKeyThatComesAgainInALaterBatchOfAFirstLoadIsAnUpdate) {
    const auto each = writer(*connection_);
    const Block first{{"C1", "a"}, {"C2", "b"}};
    each->append(first.batch, first.raw);
    each->commit(at(plan_, "1"));
    const Block second{{"C3", "c"}, {"C2", "B"}};
    each->append(second.batch, second.raw);

    const BatchOutcome outcome = each->commit(at(plan_, "2"));

    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.updated, 1);
    EXPECT_EQ(one("SELECT name FROM cause_code WHERE code = 'C2'"), base::Value{std::string("B")});
}

TEST_P(BatchIntegrity, AKeyThatComesAgainInALaterBlockOfABatchKeepsItsLastRow) {
    const auto each = writer(*connection_);
    const Block first{{"C1", "a"}, {"C2", "b"}};
    const Block second{{"C3", "c"}, {"C2", "B"}};
    each->append(first.batch, first.raw);
    each->append(second.batch, second.raw);
    each->commit(at(plan_, "1"));

    EXPECT_EQ(count("cause_code"), 3);
    EXPECT_EQ(one("SELECT name FROM cause_code WHERE code = 'C2'"), base::Value{std::string("B")});
}

TEST_P(BatchIntegrity, InsertOnlyLeavesKnownKeysAsTheyAre) {
    load(*connection_, plan_, {{"C1", "a"}}, clock_);
    plan_.insert_only = true;

    const BatchOutcome outcome = load(*connection_, plan_, {{"C1", "other"}, {"C2", "b"}}, clock_);

    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.updated, 0);
    EXPECT_EQ(one("SELECT name FROM cause_code WHERE code = 'C1'"), base::Value{std::string("a")});
}

TEST_P(BatchIntegrity, ARuleThatNamesARowTwiceRefusesItOnce) {
    plan_.rules = {
        rule("L01", "name = 'bad' UNION ALL SELECT row_no FROM {staging} WHERE name = 'bad'")};

    const BatchOutcome outcome = load(*connection_, plan_, {{"C1", "bad"}, {"C2", "b"}}, clock_);

    EXPECT_EQ(outcome.rejected.at("L01"), 1);
    EXPECT_EQ(outcome.inserted, 1);
    EXPECT_EQ(outcome.unchanged, 0);
    EXPECT_EQ(count("reject"), 1);
}

TEST_P(BatchIntegrity, RulesGoInOrderAndAFlagTakesNothingOut) {
    plan_.rules = {rule("L01", "name = 'bad'"), rule("L02", "1 = 1"), rule("L03", "1 = 1")};
    plan_.rules[1].flag_only = true;
    plan_.rules[2].kind = RejectClass::Hold;

    const BatchOutcome outcome = load(*connection_, plan_, {{"C1", "bad"}, {"C2", "b"}}, clock_);

    EXPECT_EQ(outcome.rejected.at("L01"), 1);
    EXPECT_EQ(outcome.flagged.at("L02"), 1);
    EXPECT_EQ(outcome.held.at("L03"), 1);
    EXPECT_EQ(count("cause_code"), 0);
}

TEST_P(BatchIntegrity, ARowRefusedAgainInALaterRunIsOneRejectSeenTwice) {
    plan_.rules = {rule("L01", "name = 'bad'")};
    load(*connection_, plan_, {{"C1", "bad"}}, clock_);
    BatchPlan later = make_plan(*connection_, "cause_code", clock_.now());
    later.rules = plan_.rules;
    load(*connection_, later, {{"C1", "bad"}}, clock_);

    const auto rejects = RejectRepository(*connection_).list({});
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].seen, 2);
    EXPECT_EQ(rejects[0].run_id, later.run_id);
}

TEST_P(BatchIntegrity, ARejectThatAPersonDismissedStaysSoForTheSameReason) {
    plan_.rules = {rule("L01", "name = 'bad'"), rule("L02", "name = 'worse'")};
    load(*connection_, plan_, {{"C1", "bad"}}, clock_);
    RejectRepository rejects(*connection_);
    const std::int64_t id = rejects.list({}).at(0).id;
    EXPECT_TRUE(rejects.dismiss(id, "uid 0", "a test row", clock_.now()));
    EXPECT_FALSE(rejects.dismiss(id, "uid 0", "again", clock_.now()));

    load(*connection_, plan_, {{"C1", "bad"}}, clock_);
    EXPECT_EQ(rejects.find(id)->state, "dismissed");
    EXPECT_EQ(rejects.find(id)->closed_reason, "a test row");
    load(*connection_, plan_, {{"C1", "worse"}}, clock_);
    EXPECT_EQ(rejects.find(id)->state, "open");
}

TEST_P(BatchIntegrity, AMissingOptionalParentIsNullUntilItArrives) {
    const auto unit = [](const std::string& code, const char* parent) {
        base::Batch batch;
        for (const char* column : {"code", "name", "kind", "parent_id"}) {
            batch.columns.emplace_back(column, FieldType{Kind::Text, 80});
        }
        base::RowHasher hasher;
        for (std::size_t i = 0; i < 3; ++i) {
            batch.columns[i].append_bytes(code);
            hasher.add_text(code);
        }
        if (parent == nullptr) {
            batch.columns[3].append_null();
            hasher.add_null();
        } else {
            batch.columns[3].append_bytes(parent);
            hasher.add_text(parent);
        }
        batch.hashes.push_back(hasher.finish());
        batch.source_rows = {0};
        return batch;
    };
    BatchPlan plan = make_plan(*connection_, "org_unit", clock_.now());
    plan.references = {{"parent_id", "org_unit", "code", ReferenceField::Otherwise::Null, "F1"}};
    const auto each = make_batch_writer(*connection_, plan, nullptr, clock_);
    const auto store = [&](const base::Batch& batch, const std::string& position) {
        each->append(batch, nullptr);
        return each->commit(at(plan, position));
    };
    store(unit("child", "top"), "1");
    EXPECT_EQ(one("SELECT parent_id FROM org_unit WHERE code = 'child'"),
              base::Value{base::Null{}});
    EXPECT_EQ(store(unit("child", "top"), "2").unchanged, 1);
    store(unit("top", nullptr), "3");

    const BatchOutcome outcome = store(unit("child", "top"), "4");

    EXPECT_EQ(outcome.updated, 1);
    EXPECT_EQ(one("SELECT parent_id FROM org_unit WHERE code = 'child'"),
              one("SELECT id FROM org_unit WHERE code = 'top'"));
}

TEST_P(BatchIntegrity, AParentOfTheSameBatchIsFoundThoughItWasMissingBefore) {
    const auto unit = [](const std::string& code, const char* parent) {
        base::Batch batch;
        for (const char* column : {"code", "name", "kind", "parent_id"}) {
            batch.columns.emplace_back(column, FieldType{Kind::Text, 80});
        }
        for (std::size_t i = 0; i < 3; ++i) {
            batch.columns[i].append_bytes(code);
        }
        parent == nullptr ? batch.columns[3].append_null() : batch.columns[3].append_bytes(parent);
        batch.hashes.resize(1);
        batch.source_rows = {0};
        return batch;
    };
    BatchPlan plan = make_plan(*connection_, "org_unit", clock_.now());
    plan.references = {{"parent_id", "org_unit", "code", ReferenceField::Otherwise::Null, "F1"}};
    const auto each = make_batch_writer(*connection_, plan, nullptr, clock_);
    each->append(unit("early", "top"), nullptr);
    each->append(unit("top", nullptr), nullptr);
    each->append(unit("late", "top"), nullptr);
    each->commit(at(plan, "1"));
    EXPECT_EQ(one("SELECT parent_id FROM org_unit WHERE code = 'early'"),
              base::Value{base::Null{}});
    EXPECT_EQ(one("SELECT parent_id FROM org_unit WHERE code = 'late'"),
              one("SELECT id FROM org_unit WHERE code = 'top'"));
}

TEST_P(BatchIntegrity, ACrashInTheMiddleOfABatchLeavesTheStoreAsItWas) {
    load(*connection_, plan_, {{"C1", "a"}}, clock_);
    const std::string before = entity_content_hash(*connection_, "cause_code");
    {
        const auto doomed = (*store_)->connect();
        const auto each = writer(*doomed);
        const Block block{{"C1", "changed"}, {"C2", "b"}};
        each->append(block.batch, block.raw);
    }

    EXPECT_EQ(entity_content_hash(*connection_, "cause_code"), before);
    EXPECT_EQ(count("batch"), 1);
    EXPECT_EQ(load(*connection_, plan_, {{"C2", "b"}}, clock_).inserted, 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, BatchIntegrity, testing::Values("sqlite", "postgres"), store_name);

class BatchOnPostgres : public OnCauseCodes {};

TEST_P(BatchOnPostgres, TheDiskMayFollowThoseThatDoNotEndAReading) {
    connection_->run_script(
        "CREATE TABLE said (setting text);"
        "CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO said "
        "VALUES "
        "(current_setting('synchronous_commit')); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON batch DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION say()");
    const auto commit = [&](const std::string& position, bool last) {
        const auto each = writer(*connection_);
        const Block block{{"C" + position, "a"}};
        each->append(block.batch, block.raw);
        Checkpoint checkpoint = at(plan_, position);
        checkpoint.complete = last;
        each->commit(checkpoint);
    };

    commit("1", false);
    plan_.disk_may_follow = true;
    commit("2", false);
    commit("3", true);

    const auto said =
        connection_->query("SELECT string_agg(setting, ' ' ORDER BY ctid) FROM said", {});
    ASSERT_TRUE(said->next());
    EXPECT_EQ(said->text(0), "on off on");
}

INSTANTIATE_TEST_SUITE_P(Stores, BatchOnPostgres, testing::Values("postgres"), store_name);

// Drawn loads of repeated, changed and new rows against a map as the oracle.
TEST(BatchOracle, BothStoresHoldWhatAMapHoldsAfterDrawnLoads) {
    test::ManualClock clock;
    FreshStore sqlite("sqlite");
    FreshStore postgres("postgres");
    std::vector<std::unique_ptr<sql::Connection>> connections;
    connections.push_back(sqlite->connect());
    connections.push_back(postgres->connect());
    for (const auto& connection : connections) {
        migrate(*connection);
    }
    std::mt19937 random(4711);
    std::map<std::string, std::string> expected;
    for (int round = 0; round < 12; ++round) {
        std::vector<Row> rows;
        for (int i = 0; i < 200; ++i) {
            rows.push_back({"C" + std::to_string(random() % 500), std::to_string(random() % 3)});
            expected[rows.back().code] = rows.back().name;
        }
        for (const auto& connection : connections) {
            load(*connection, make_plan(*connection, "cause_code", clock.now()), rows, clock);
        }
    }

    for (const auto& connection : connections) {
        std::map<std::string, std::string> stored;
        const auto found = connection->query("SELECT code, name FROM cause_code", {});
        while (found->next()) {
            stored[found->text(0)] = found->text(1);
        }
        EXPECT_EQ(stored, expected);
    }
    EXPECT_EQ(entity_content_hash(*connections[0], "cause_code"),
              entity_content_hash(*connections[1], "cause_code"));
}

TEST(SealedFields, AreInNoByteOfTheDatabaseFile) {
    constexpr const char* kSecret = "110101199003076632";
    test::ManualClock clock;
    FreshStore store("sqlite");
    {
        const auto connection = store->connect();
        migrate(*connection);
        const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1"));
        ASSERT_TRUE(keys);
        BatchPlan plan = make_plan(*connection, "person", clock.now());
        base::Batch batch;
        for (const char* column : {"person_no", "name", "id_number"}) {
            batch.columns.emplace_back(column, FieldType{Kind::Text, 80});
        }
        batch.columns[0].append_bytes("P1");
        batch.columns[1].append_bytes("a name in clear");
        batch.columns[2].append_bytes(kSecret);
        batch.hashes.resize(1);
        batch.source_rows = {0};
        base::RawBlock raw;
        raw.columns.resize(1);
        raw.columns[0].use_packed();
        raw.columns[0].append(kSecret);
        raw.rows = 1;
        const auto writer = make_batch_writer(*connection, plan, &keys.value(), clock);
        writer->append(batch, nullptr);
        Reject reject;
        reject.rule = "F01";
        reject.packed_row = base::pack_row(raw, plan.source_columns, 0);
        writer->reject(reject);
        writer->commit(at(plan, "1"));
        const auto id = RejectRepository(*connection).list({}).at(0).id;
        const auto kept = RejectRepository(*connection).kept_row(id, keys.value());
        ASSERT_TRUE(kept);
        EXPECT_EQ(kept->packed, reject.packed_row);
    }

    std::string bytes;
    for (const std::string& suffix : {std::string(), std::string("-wal")}) {
        std::ifstream file(store.path() + suffix, std::ios::binary);
        std::ostringstream content;
        content << file.rdbuf();
        bytes += content.str();
    }
    EXPECT_NE(bytes.find("a name in clear"), std::string::npos);
    EXPECT_EQ(bytes.find(kSecret), std::string::npos);
}

}  // namespace
}  // namespace hrbridge::store
