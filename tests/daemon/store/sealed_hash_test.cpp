#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "daemon/base/decimal.h"
#include "daemon/base/ids.h"
#include "daemon/base/packed_row.h"
#include "tests/daemon/store/cause_codes.h"

// What is stored beside sealed values must not give them away to who can try them all.
namespace hrbridge::store {
namespace {

using base::FieldType;
using base::Kind;

base::SealKeys keys(const std::string& file) {
    return base::SealKeys::parse(base::Secret(file)).value();
}

std::string new_key(const std::string& id) {
    return std::string(base::SealKeys::generate(id).reveal());
}

// One person, hashed as the mapper hashes.
base::Batch person(const std::optional<std::string>& id_number) {
    base::Batch batch;
    base::RowHasher hasher;
    const auto add = [&](const char* column, const std::optional<std::string>& text) {
        batch.columns.emplace_back(column, FieldType{Kind::Text, 80});
        if (text) {
            batch.columns.back().append_bytes(*text);
            hasher.add_text(*text);
        } else {
            batch.columns.back().append_null();
            hasher.add_null();
        }
    };
    add("person_no", "P1");
    add("name", "张三");
    add("id_number", id_number);
    batch.hashes = {hasher.finish()};
    batch.source_rows = {0};
    return batch;
}

class SealedHash : public BothStores {
  protected:
    BatchOutcome load(const base::Batch& batch, const base::SealKeys& sealing) {
        const BatchPlan plan = make_plan(*connection_, "person", clock_.now());
        const auto writer = make_batch_writer(*connection_, plan, &sealing, clock_);
        writer->append(batch, nullptr);
        return writer->commit(at(plan, "1"));
    }
    std::string bytes(const std::string& sql) { return std::get<base::Bytes>(one(sql)).data; }
    std::string row_hash() { return bytes("SELECT row_hash FROM person"); }
    std::string content() {
        return bytes("SELECT content_hash FROM batch WHERE id = (SELECT max(id) FROM batch)");
    }
    static std::string sealed(const base::Batch& batch, const base::SealKeys& sealing) {
        base::KeyedDigest digest = sealing.digest(base::kRowHashPurpose);
        return std::string(base::sealed_hash(batch.hashes[0], digest).view());
    }
};

TEST_P(SealedHash, OfARowWithASealedFieldCannotBeComputedWithoutTheKey) {
    const base::SealKeys sealing = keys(new_key("k1"));
    const base::Batch batch = person("110101199003076632");
    const std::string plain(batch.hashes[0].view());
    load(batch, sealing);

    EXPECT_NE(row_hash(), plain);
    EXPECT_EQ(row_hash(), sealed(batch, sealing));
    EXPECT_NE(row_hash(), sealed(batch, keys(new_key("k1"))));
    EXPECT_NE(content(), plain);
    EXPECT_EQ(content(), row_hash()) << "of a batch of one row";
}

TEST_P(SealedHash, IsKeyedAlsoWhereTheSealedFieldIsNull) {
    const base::SealKeys sealing = keys(new_key("k1"));
    const base::Batch batch = person(std::nullopt);
    load(batch, sealing);

    EXPECT_EQ(row_hash(), sealed(batch, sealing));
}

TEST_P(SealedHash, OfARowWithoutSealedFieldsNeedsNoKey) {
    const base::SealKeys sealing = keys(new_key("k1"));
    const BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
    const Block block({{"C1", "刀具"}});
    const auto writer = make_batch_writer(*connection_, plan, &sealing, clock_);
    writer->append(block.batch, block.raw);
    writer->commit(at(plan, "1"));

    EXPECT_EQ(bytes("SELECT row_hash FROM cause_code"), block.batch.hashes[0].view());
}

TEST_P(SealedHash, KnowsAnUnchangedRowAgainWhenANewKeySeals) {
    const std::string old = new_key("k1");
    load(person("110101199003076632"), keys(old));
    const base::SealKeys rotated = keys(new_key("k2") + "\n" + old);

    EXPECT_EQ(load(person("110101199003076632"), rotated).unchanged, 1);
    EXPECT_EQ(load(person("110101199003076659"), rotated).updated, 1);
}

TEST_P(SealedHash, SourceKeyOfARejectCannotBeFoundByTrying) {
    const base::SealKeys sealing = keys(new_key("k1"));
    const BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
    const Block block({{"110101199003076632", "x"}});
    Reject reject;
    reject.rule = "F01";
    reject.packed_row = base::pack_row(*block.raw, plan.source_columns, 0);
    const auto writer = make_batch_writer(*connection_, plan, &sealing, clock_);
    writer->reject(reject);
    writer->commit(at(plan, "1"));

    base::RowHasher key;
    key.add_text(plan.mapping);
    key.add_bytes("110101199003076632");
    const std::string stored = bytes("SELECT key_digest FROM reject");
    EXPECT_NE(stored, base::sha256(key.canonical()));
    EXPECT_EQ(stored, sealing.digest("reject key").of(key.canonical()));
}

// The row that is refused under the old key is good under the new: the reject must close.
TEST_P(SealedHash, RejectIsClosedByItsGoodRowWhenANewKeySeals) {
    const std::string old = new_key("k1");
    const BatchPlan plan = make_plan(*connection_, "cause_code", clock_.now());
    const Block block({{"C1", "x"}});
    {
        const base::SealKeys sealing = keys(old);
        Reject reject;
        reject.rule = "F01";
        reject.packed_row = base::pack_row(*block.raw, plan.source_columns, 0);
        const auto writer = make_batch_writer(*connection_, plan, &sealing, clock_);
        writer->reject(reject);
        writer->commit(at(plan, "1"));
    }
    const base::SealKeys rotated = keys(new_key("k2") + "\n" + old);
    const auto writer = make_batch_writer(*connection_, plan, &rotated, clock_);
    writer->append(block.batch, block.raw);
    writer->commit(at(plan, "2"));

    EXPECT_EQ(base::to_string(one("SELECT state FROM reject")), "released");
}

INSTANTIATE_TEST_SUITE_P(Stores, SealedHash, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
