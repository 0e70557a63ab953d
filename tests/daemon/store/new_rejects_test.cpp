#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/packed_row.h"
#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

// Rejects of a mapping that had none go straight into their table.
class NewRejects : public OnCauseCodes {
  protected:
    Reject refused(const std::string& code, const std::string& rule = "F01") {
        const Block block{{code, "bad"}};
        Reject reject;
        reject.rule = rule;
        reject.source_key = code;
        reject.packed_row = base::pack_row(*block.raw, plan_.source_columns, 0);
        return reject;
    }
    void refuse(BatchWriter& writer, const std::string& code, const std::string& rule = "F01") {
        writer.count_read(1);
        writer.reject(refused(code, rule));
    }
    static void take(BatchWriter& writer, const std::vector<Row>& rows) {
        const Block block(rows);
        writer.count_read(static_cast<std::int64_t>(rows.size()));
        writer.append(block.batch, block.raw);
    }
    std::int64_t open(const std::string& rule) {
        return count("reject WHERE state = 'open' AND rule = '" + rule + "'");
    }
    static std::string code_of(int number) { return "C" + std::to_string(number); }
    static constexpr int kFirst = 100;
    static constexpr int kLast = 140;
    static constexpr std::int64_t kMany = kLast - kFirst;
};

TEST_P(NewRejects, OfARowThatALaterBatchRefusesAgainAreOne) {
    const auto each = writer(*connection_);
    for (const char* rule : {"F01", "F02"}) {
        for (int i = kFirst; i < kLast; ++i) {
            refuse(*each, code_of(i), rule);
        }
        each->commit(at(plan_, rule));
    }
    EXPECT_EQ(count("reject"), kMany);
    EXPECT_EQ(open("F02"), kMany);
}

TEST_P(NewRejects, OfARowThatComesTwiceInABatchAreTheLastInItsOrder) {
    plan_.rules = {rule("L01", "name = 'bad'")};
    const auto each = writer(*connection_);
    std::vector<Row> bad;
    for (int i = kFirst; i < kLast; ++i) {
        bad.push_back({code_of(i), "bad"});
    }
    take(*each, bad);  // refused by a rule, when the batch ends
    for (int i = kFirst; i < kLast; ++i) {
        refuse(*each, code_of(i));
    }
    refuse(*each, "C99");
    each->commit(at(plan_, "1"));
    EXPECT_EQ(open("L01"), 0);
    EXPECT_EQ(open("F01"), kMany + 1);
}

TEST_P(NewRejects, OfARowThatAGoodOneHadOvertakenAreStoredWhenItIsBadAgain) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    take(*each, {{"C1", "good"}});
    each->commit(at(plan_, "1"));
    EXPECT_EQ(count("reject"), 0);
    refuse(*each, "C1");
    each->commit(at(plan_, "2"));
    EXPECT_EQ(open("F01"), 1);
}

TEST_P(NewRejects, KeepTheBytesOfShortAndLongRowsSealed) {
    const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1"));
    ASSERT_TRUE(keys);
    const std::string is_long(std::size_t{100} << 10U, 'x');
    const std::string is_longer(std::size_t{2} << 20U, 'y');
    const auto each = make_batch_writer(*connection_, plan_, &keys.value(), clock_);
    for (const std::string& code : {std::string("C1"), is_long, is_longer}) {
        refuse(*each, code);
    }
    each->commit(at(plan_, "1"));
    std::vector<RejectRepository::KeptRow> kept;
    std::int64_t last = 0;
    for (std::int64_t before = -1; before != last;) {
        before = last;
        for (auto& row :
             RejectRepository(*connection_).known_rows(plan_.mapping, last, 10, &keys.value())) {
            kept.push_back(std::move(row));
        }
    }
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[0].packed, refused("C1").packed_row);
    EXPECT_EQ(kept[1].packed, refused(is_long).packed_row);
    EXPECT_EQ(kept[2].packed, refused(is_longer).packed_row);
}

// A refused row C1 of which a second column has so many bytes.
class LongRejects : public NewRejects {
  protected:
    void SetUp() override {
        NewRejects::SetUp();
        plan_.source_columns.push_back({"note", "text", 0, 0, true});
    }
    Reject with_note(std::size_t length) {
        base::RawBlock raw;
        raw.columns.resize(2);
        raw.columns[0].append("C1");
        raw.columns[1].append(std::string(length, 'x'));
        raw.rows = 1;
        Reject reject;
        reject.rule = "F01";
        reject.packed_row = base::pack_row(raw, plan_.source_columns, 0);
        return reject;
    }
    // The only one there is.
    RejectRepository::KeptRow kept() {
        std::int64_t last = 0;
        auto rows = RejectRepository(*connection_).known_rows(plan_.mapping, last, 10, nullptr);
        return rows.size() == 1 ? std::move(rows.front()) : RejectRepository::KeptRow{};
    }
    static constexpr std::size_t kMiB = std::size_t{1} << 20U;
};

TEST_P(LongRejects, ThatBecomeShortAndLongAgainAreTheLastReading) {
    const auto each = writer(*connection_);
    for (const std::size_t length : {std::size_t{3}, 2 * kMiB, 3 * kMiB, std::size_t{5}, kMiB}) {
        each->reject(with_note(length));
        each->commit(at(plan_, std::to_string(length)));
        EXPECT_TRUE(kept().packed == with_note(length).packed_row) << length;
        EXPECT_EQ(count("reject WHERE long_row IS NULL"), length < kMiB ? 1 : 0) << length;
    }
}

TEST_P(LongRejects, ThatAreMappedAgainStayAsTheSourceGaveThem) {
    const auto each = writer(*connection_);
    each->reject(with_note(2 * kMiB));
    each->commit(at(plan_, "1"));
    for (const std::size_t length : {std::size_t{3}, 3 * kMiB}) {
        Reject again = with_note(length);
        again.digest = kept().digest;
        each->reject(std::move(again));
        each->commit(at(plan_, std::to_string(length)));
        EXPECT_TRUE(kept().packed == with_note(2 * kMiB).packed_row) << length;
    }
}

TEST_P(LongRejects, ThatAreMappedAgainAreKeptWhereTheirRejectWentMeanwhile) {
    const auto each = writer(*connection_);
    Reject again = with_note(2 * kMiB);
    again.digest = std::string(32, 'd');
    each->reject(std::move(again));
    each->commit(at(plan_, "1"));
    EXPECT_TRUE(kept().packed == with_note(2 * kMiB).packed_row);
}

INSTANTIATE_TEST_SUITE_P(Stores, LongRejects, testing::Values("sqlite", "postgres"), store_name);

TEST_P(NewRejects, OfARowThatAnotherWriterRefusedMeanwhileAreATryAgain) {
    const auto other_connection = (*store_)->connect();
    const auto first = writer(*connection_);
    const BatchPlan plan = plan_;
    plan_ = make_plan(*connection_, "cause_code", clock_.now());  // another run
    const auto second = writer(*other_connection);
    refuse(*second, "C1");
    second->commit(at(plan_, "1"));
    base::Remedy remedy = base::Remedy::Stop;
    try {
        refuse(*first, "C1", "F02");
        first->commit(at(plan, "2"));
    } catch (const base::StoreError& error) {
        remedy = error.remedy();
    }
    EXPECT_EQ(remedy, base::Remedy::Retry);
    refuse(*first, "C1", "F02");
    first->commit(at(plan, "2"));
    EXPECT_EQ(count("reject"), 1);
    EXPECT_EQ(open("F02"), 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, NewRejects, testing::Values("sqlite", "postgres"), store_name);

// A spell whose person is missing is held; another connection stores the person.
class MissingParent : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        plan_ = make_plan(*connection_, "employment_spell", clock_.now());
        plan_.references = {
            {"person_id", "person", "person_no", ReferenceField::Otherwise::Hold, "F02"}};
        writer_ = make_batch_writer(*connection_, plan_, nullptr, clock_);
    }
    void TearDown() override {
        writer_.reset();
        BothStores::TearDown();
    }
    void append(const std::string& employee) {
        base::Batch batch;
        batch.columns.emplace_back("employee_no", base::FieldType{base::Kind::Text, 32});
        batch.columns.emplace_back("person_id", base::FieldType{base::Kind::Text, 32});
        batch.columns.emplace_back("kind", base::FieldType{base::Kind::Text, 16});
        batch.columns.emplace_back("hire_date", base::FieldType{base::Kind::Date});
        batch.columns[0].append_bytes(employee);
        batch.columns[1].append_bytes("P1");
        batch.columns[2].append_bytes("permanent");
        batch.columns[3].append_word(19'000);
        batch.hashes.resize(1);
        batch.source_rows = {0};
        const Block source{{employee, ""}};
        writer_->append(batch, source.raw);
    }
    void store_parent() {
        (*store_)->connect()->execute(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
            "VALUES ('P1', 'somebody', $1, 0, $2)",
            {base::Bytes{"h"}, clock_.now()});
    }

    BatchPlan plan_;
    std::unique_ptr<BatchWriter> writer_;
};

TEST_P(MissingParent, ThatArrivesBetweenTwoBatchesIsFound) {
    append("E1");
    EXPECT_EQ(writer_->commit(at(plan_, "1")).held.at("F02"), 1);
    store_parent();
    append("E2");
    EXPECT_EQ(writer_->commit(at(plan_, "2")).inserted, 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, MissingParent, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
