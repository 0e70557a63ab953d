#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/ids.h"
#include "daemon/base/packed_row.h"
#include "tests/daemon/store/cause_codes.h"
#include "tests/support/meddling_connection.h"
#include "tests/support/wait_for.h"

namespace hrbridge::store {
namespace {

// Which way the rows of a batch take: straight into the empty entity, or staged.
class BatchRejects : public OnCauseCodes {
  protected:
    // A refused row of this code, as the source gave it.
    Reject refused(const std::string& code, RejectClass kind = RejectClass::Row) {
        const Block block{{code, "bad"}};
        Reject reject;
        reject.kind = kind;
        reject.rule = "F01";
        reject.packed_row = base::pack_row(*block.raw, plan_.source_columns, 0);
        return reject;
    }
    void refuse(BatchWriter& writer, const std::string& code) {
        writer.count_read(1);
        writer.reject(refused(code, RejectClass::Hold));
    }
    // A refused row whose key the source did not give.
    Reject without_key(const std::string& name, const std::string& place = {}) {
        base::RawBlock raw;
        raw.columns.resize(plan_.source_columns.size());
        for (std::size_t i = 0; i < raw.columns.size(); ++i) {
            raw.columns[i].use_packed();
            if (plan_.source_columns[i].name == "name") {
                raw.columns[i].append(name);
            } else if (plan_.source_columns[i].name == base::kPlaceColumn) {
                raw.columns[i].append(place);
            } else {
                raw.columns[i].append_null();
            }
        }
        raw.rows = 1;
        Reject reject;
        reject.rule = "key";
        reject.packed_row = base::pack_row(raw, plan_.source_columns, 0);
        return reject;
    }
    void take(BatchWriter& writer, const std::vector<Row>& rows) {
        const Block block(rows);
        writer.count_read(static_cast<std::int64_t>(rows.size()));
        writer.append(block.batch, block.raw);
    }
    // By which the reject of a refused row of this code is known.
    std::string digest_of(const std::string& code) {
        base::RowHasher key;
        key.add_text(plan_.mapping);
        key.add_bytes(code);
        return base::sha256(key.canonical());
    }
    std::size_t open() { return RejectRepository(*connection_).list({}).size(); }
    void start_run() { plan_.run_id = make_plan(*connection_, "cause_code", clock_.now()).run_id; }
    void stage() { plan_.may_load_directly = false; }
    std::string name_of(const std::string& code) {
        return std::get<std::string>(
            one("SELECT name FROM cause_code WHERE code = '" + code + "'"));
    }
    const std::vector<std::string> many_ = [] {
        std::vector<std::string> codes;
        for (int i = 10; i < 50; ++i) {
            codes.push_back("C" + std::to_string(i));
        }
        return codes;
    }();
};

TEST_P(BatchRejects, AnOlderRefusedRowGivesWayToALaterGoodOneOfTheBatch) {
    for (const bool direct : {true, false}) {
        const std::string code = direct ? "C1" : "C2";
        const auto each = writer(*connection_);
        refuse(*each, code);
        take(*each, {{code, "good"}});
        const BatchOutcome outcome = each->commit(at(plan_, code));
        EXPECT_TRUE(outcome.held.empty());
        EXPECT_EQ(outcome.duplicates, 1);
        EXPECT_EQ(name_of(code), "good");
        EXPECT_EQ(open(), 0U);
        stage();
    }
}

TEST_P(BatchRejects, ANewerRefusedRowStaysWhenAnOlderOneWasGood) {
    for (const bool direct : {true, false}) {
        const std::string code = direct ? "C1" : "C2";
        const auto each = writer(*connection_);
        take(*each, {{code, "good"}});
        refuse(*each, code);
        EXPECT_EQ(each->commit(at(plan_, code)).held.at("F01"), 1);
        stage();
    }
    EXPECT_EQ(open(), 2U);
}

TEST_P(BatchRejects, OfTwoRefusedRowsOfAKeyTheLastOneIsKept) {
    plan_.rules = {rule("L01", "name = 'bad'")};
    const auto each = writer(*connection_);
    take(*each, {{"C1", "bad"}});  // by a rule, which looks at the end of the batch
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    const auto rejects = RejectRepository(*connection_).list({});
    ASSERT_EQ(rejects.size(), 1U);
    EXPECT_EQ(rejects[0].rule, "F01");
}

TEST_P(BatchRejects, RowsWithoutAKeyAreKeptEachForItself) {
    plan_.source_columns.push_back({"name", "text", 0, 0, true});
    const auto each = writer(*connection_);
    for (const char* name : {"one", "two", "two", "three"}) {
        each->count_read(1);
        each->reject(without_key(name));
    }
    each->commit(at(plan_, "1"));
    EXPECT_EQ(open(), 3U);
}

TEST_P(BatchRejects, ARowWithoutAKeyIsGoneWhenItsPartWasReadWholeWithoutIt) {
    const Reject with_key = refused("C1");
    plan_.source_columns.push_back({"name", "text", 0, 0, true});
    plan_.source_columns.push_back({std::string(base::kPlaceColumn), "", 0, 0, true});
    const auto refuse_at = [&](BatchWriter& each, const std::string& place) {
        each.count_read(1);
        each.reject(without_key(place, place));
    };
    const auto first = writer(*connection_);
    refuse_at(*first, "a.csv:1");
    refuse_at(*first, "a.csv:2");
    refuse_at(*first, "b.csv:1");
    first->count_read(1);
    first->reject(with_key);
    first->commit(at(plan_, "1"));
    start_run();
    const auto second = writer(*connection_);
    refuse_at(*second, "a.csv:2");
    Checkpoint end = at(plan_, "2");
    end.parts_read = {"a.csv"};
    end.first_run = plan_.run_id;
    EXPECT_EQ(second->commit(end).corrected, 0) << "the reading is not at its end";
    end.complete = true;
    EXPECT_EQ(second->commit(end).corrected, 1);
    EXPECT_EQ(one("SELECT state FROM reject WHERE part = 'a.csv' AND seen = 1"),
              base::Value{std::string("corrected")});
    EXPECT_EQ(open(), 3U);
}

TEST_P(BatchRejects, ARowWithoutAKeyThatComesAgainIsOpenAgain) {
    plan_.source_columns.push_back({"name", "text", 0, 0, true});
    for (const bool there : {true, false, true}) {
        start_run();
        const auto each = writer(*connection_);
        if (there) {
            each->count_read(1);
            each->reject(without_key("one"));
        }
        Checkpoint end = at(plan_, "1");
        end.complete = true;
        end.parts_read = {""};
        end.first_run = plan_.run_id;
        each->commit(end);
        EXPECT_EQ(open(), there ? 1U : 0U);
    }
}

TEST_P(BatchRejects, AGoodRowEndsTheRejectOfAnEarlierBatchOfTheSameWriter) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    EXPECT_EQ(open(), 1U);
    take(*each, {{"C1", "good"}});
    each->commit(at(plan_, "2"));
    EXPECT_EQ(open(), 0U);
}

TEST_P(BatchRejects, AGoodRowEndsTheRejectOfAnEarlierBatchBesideThoseOfAnEarlierWriter) {
    {
        const auto each = writer(*connection_);
        refuse(*each, "C1");
        refuse(*each, "C3");
        each->commit(at(plan_, "1"));
    }
    const auto each = writer(*connection_);
    refuse(*each, "C2");
    each->commit(at(plan_, "2"));
    take(*each, {{"C1", "good"}, {"C2", "good"}});
    each->commit(at(plan_, "3"));
    EXPECT_EQ(count("reject WHERE state = 'open'"), 1);
}

TEST_P(BatchRejects, AGoodRowWithoutAKeyEndsTheRejectOfItsBytes) {
    plan_.source_key.clear();
    for (const bool direct : {true, false}) {
        const std::string code = direct ? "C1" : "C2";
        const auto each = writer(*connection_);
        refuse(*each, code);
        each->commit(at(plan_, code + "/1"));
        take(*each, {{"D" + code, "other"}});
        each->commit(at(plan_, code + "/2"));
        EXPECT_EQ(open(), 1U);
        take(*each, {{code, "good"}});
        each->commit(at(plan_, code + "/3"));
        EXPECT_EQ(open(), 0U);
        stage();
    }
}

TEST_P(BatchRejects, AKeptRowThatIsGoodEndsWhatTheSameWriterRefused) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    const Block block{{"C1", "good"}};
    block.raw->kept_as = {digest_of("C1")};
    each->append(block.batch, block.raw);
    each->commit(at(plan_, "1"));
    EXPECT_EQ(open(), 0U);
}

TEST_P(BatchRejects, AKeptRowThatIsRefusedBehindAGoodOneOfItsKeyIsEndedByALaterOne) {
    const auto each = writer(*connection_);
    take(*each, {{"C1", "good"}});
    Reject kept = refused("C1");
    kept.digest = digest_of("C1");
    each->count_read(1);
    each->reject(kept);
    each->commit(at(plan_, "1"));
    EXPECT_EQ(open(), 1U);
    take(*each, {{"C1", "better"}});
    each->commit(at(plan_, "2"));
    EXPECT_EQ(open(), 0U);
}

TEST_P(BatchRejects, AKeyThatIsGoodTwiceEndsItsRejectOnce) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    take(*each, {{"C1", "good"}});
    take(*each, {{"C1", "better"}});
    each->commit(at(plan_, "2"));
    EXPECT_EQ(open(), 0U);
    EXPECT_EQ(name_of("C1"), "better");
}

TEST_P(BatchRejects, ARolledBackBatchEndsNoReject) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    take(*each, {{"C1", "good"}});
    each->abandon();
    EXPECT_EQ(open(), 1U);
    take(*each, {{"C1", "good"}});
    each->commit(at(plan_, "2"));
    EXPECT_EQ(open(), 0U);
}

TEST_P(BatchRejects, MoreOpenRejectsThanAreHeldInMemoryAreFoundAllTheSame) {
    constexpr std::int64_t kMany = 70'000;
    {
        const auto each = writer(*connection_);
        refuse(*each, "C1");
        refuse(*each, "C2");
        each->commit(at(plan_, "1"));
    }
    const std::string digest = is_postgres() ? "convert_to(n::text, 'UTF8')" : "CAST(n AS BLOB)";
    connection_->execute(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) "
        "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
        "key_digest, packed_row, state, seen, first_seen, last_seen) SELECT mapping, mapping_hash, "
        "run_id, kind, rule, field, reason, source_key, " +
            digest +
            ", packed_row, state, seen, first_seen, last_seen FROM reject, numbers "
            "WHERE reject.id = (SELECT min(id) FROM reject)",
        {kMany});
    std::vector<Row> rows;
    for (int i = 0; i < 300; ++i) {
        rows.push_back({"C" + std::to_string(i), "good"});
    }
    const auto each = writer(*connection_);
    take(*each, rows);
    each->commit(at(plan_, "2"));
    EXPECT_EQ(one("SELECT count(*) FROM reject WHERE state = 'open'"), base::Value{kMany});
}

// So many go by the bulk path.
TEST_P(BatchRejects, ManyAreKeptInTheirOrderAndTheLastOfAKeyStays) {
    const auto each = writer(*connection_);
    const auto refuse_one = [&](const std::string& code, const std::string& rule) {
        Reject reject = refused(code);
        reject.rule = rule;
        reject.source_key = code;
        reject.waits_for = code < "C30" ? "" : "cause_code.code=X";
        each->count_read(1);
        each->reject(reject);
    };
    for (const std::string& code : many_) {
        refuse_one(code, "F01");
    }
    refuse_one("C15", "F02");
    each->commit(at(plan_, "1"));
    EXPECT_EQ(count("reject WHERE seen = 1 AND run_id = " + std::to_string(plan_.run_id)), 40);
    EXPECT_EQ(count("reject WHERE waits_for = 'cause_code.code=X'"), 20);
    EXPECT_EQ(count("reject WHERE source_key = 'C15' AND rule = 'F02' AND waits_for IS NULL"), 1);
    EXPECT_EQ(count("reject a JOIN reject b ON b.id < a.id AND b.source_key > a.source_key"), 0);
}

TEST_P(BatchRejects, OfALongRowAmongManyTheLastReadingStays) {
    const auto refuse_with = [](BatchWriter& each, Reject reject, const char* rule) {
        reject.rule = rule;
        each.count_read(1);
        each.reject(std::move(reject));
    };
    Reject is_long = refused("C15");
    is_long.packed_row.append(std::size_t{2} << 20U, 'x');
    is_long.digest = digest_of("C15");
    for (const bool long_last : {true, false}) {
        const auto each = writer(*connection_);
        for (const std::string& code : many_) {
            if (code == "C15" && !long_last) {
                refuse_with(*each, is_long, "long");
            }
            refuse_with(*each, refused(code), "short");
        }
        if (long_last) {
            refuse_with(*each, is_long, "long");
        }
        each->commit(at(plan_, long_last ? "1" : "2"));
        EXPECT_EQ(open(), many_.size());
        EXPECT_EQ(count("reject WHERE rule = 'long'"), long_last ? 1 : 0);
    }
}

TEST_P(BatchRejects, ManyThatComeAgainAreSeenAgainAndStayDismissedByTheirRule) {
    const auto refuse_all = [this](const std::string& rule_of_the_eighth) {
        const auto each = writer(*connection_);
        for (const std::string& code : many_) {
            Reject reject = refused(code);
            reject.source_key = code;
            reject.rule = code == "C18" ? rule_of_the_eighth : "F01";
            each->count_read(1);
            each->reject(reject);
        }
        each->commit(at(plan_, rule_of_the_eighth));
    };
    refuse_all("F01");
    connection_->run_script(
        "UPDATE reject SET state = 'dismissed' WHERE source_key IN ('C17', 'C18')");
    start_run();
    refuse_all("F02");
    EXPECT_EQ(count("reject"), 40);
    EXPECT_EQ(count("reject WHERE seen = 2"), 40);
    EXPECT_EQ(count("reject WHERE state = 'dismissed' AND source_key = 'C17'"), 1);
    EXPECT_EQ(count("reject WHERE state = 'open' AND source_key = 'C18' AND rule = 'F02'"), 1);
}

TEST_P(BatchRejects, ManyKeptRowsThatAreMappedAgainKeepTheirBytes) {
    const auto each = writer(*connection_);
    for (const std::string& code : many_) {
        each->count_read(1);
        each->reject(refused(code));
    }
    each->commit(at(plan_, "1"));
    for (const std::string& code : many_) {
        Reject again = refused("fewer");
        again.rule = "F02";
        again.digest = digest_of(code);
        each->reject(again);
    }
    each->commit(at(plan_, "2"));
    std::int64_t last = 0;
    const auto kept = RejectRepository(*connection_).known_rows(plan_.mapping, last, 100, nullptr);
    ASSERT_EQ(kept.size(), many_.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i].packed, refused(many_[i]).packed_row);
    }
    EXPECT_EQ(count("reject WHERE rule = 'F02'"), 40);
}

TEST_P(BatchRejects, KnownRowsComeInPagesThatLongOnesMakeShort) {
    const auto each = writer(*connection_);
    const auto refuse_of = [&](const std::string& code, std::size_t length) {
        refuse(*each, code + std::string(length, 'x'));
    };
    for (const char* code : {"C1", "C2", "C3"}) {
        refuse_of(code, 700'000);
    }
    refuse_of("C4", 3'000'000);
    refuse_of("C5", 10);
    refuse_of("C6", 10);
    each->commit(at(plan_, "1"));

    std::vector<std::size_t> pages;
    std::size_t rows = 0;
    std::int64_t last = 0;
    for (std::int64_t before = -1; before != last;) {
        before = last;
        const auto page =
            RejectRepository(*connection_).known_rows(plan_.mapping, last, 100, nullptr);
        pages.push_back(page.size());
        rows += page.size();
    }

    EXPECT_EQ(rows, 6U);
    EXPECT_EQ(pages, (std::vector<std::size_t>{1, 1, 1, 1, 2, 0}));
}

TEST_P(BatchRejects, ARowThatAPersonDismissedIsNotOpened) {
    const auto keys = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    const auto each = make_batch_writer(*connection_, plan_, &keys, clock_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    RejectRepository rejects(*connection_);
    const std::int64_t id = rejects.open_ids(plan_.mapping, 0, 10).at(0);
    ASSERT_EQ(rejects.open_row(id, keys)->value().packed, refused("C1").packed_row);

    ASSERT_TRUE(rejects.dismiss(id, "uid 0", "a test", clock_.now()));

    EXPECT_FALSE(rejects.open_row(id, keys));
    EXPECT_TRUE(rejects.kept_row(id, keys));
    EXPECT_FALSE(rejects.open_row(id + 1, keys));
}

TEST_P(BatchRejects, APageOfKnownRowsThatGoesMeanwhileIsNotTheEnd) {
    const auto each = writer(*connection_);
    for (const char* code : {"C1", "C2", "C3"}) {
        refuse(*each, code + std::string(700'000, 'x'));
    }
    each->commit(at(plan_, "1"));
    const auto other = (*store_)->connect();
    test::MeddlingConnection meddling(*connection_, "AND id <= $3", [&] {
        other->execute("DELETE FROM reject WHERE id = (SELECT min(id) FROM reject)", {});
    });

    std::size_t rows = 0;
    std::int64_t last = 0;
    for (std::int64_t before = -1; before != last;) {
        before = last;
        rows += RejectRepository(meddling).known_rows(plan_.mapping, last, 100, nullptr).size();
    }

    EXPECT_TRUE(meddling.happened());
    EXPECT_EQ(rows, 2U);
}

TEST_P(BatchRejects, RunsDoNotCountKeptRowsThatAreRefusedAgain) {
    const auto each = writer(*connection_);
    refuse(*each, "C1");
    each->commit(at(plan_, "1"));
    each->reject(refused("C1", RejectClass::Hold));
    each->commit(at(plan_, "1"));
    const auto run = RunRepository(*connection_).find(plan_.run_id);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->rows_held, 1);
}

TEST_P(BatchRejects, APreviewShowsNoChangeThatInsertOnlyWouldNotMake) {
    load(*connection_, plan_, {{"C1", "a"}}, clock_);
    plan_.insert_only = true;
    stage();
    plan_.run_id = 0;
    const auto each = writer(*connection_);
    take(*each, {{"C1", "other"}, {"C2", "b"}});
    std::vector<RecordChange> changes;
    const BatchOutcome outcome = each->preview(changes, 10);
    EXPECT_EQ(outcome.updated, 0);
    EXPECT_EQ(outcome.unchanged, 1);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].key, "C2");
}

TEST_P(BatchRejects, APreviewMasksAKeyThatIsPersonal) {
    stage();
    plan_.run_id = 0;
    plan_.personal = {"code"};
    const auto each = writer(*connection_);
    take(*each, {{"C1234", "a"}});
    std::vector<RecordChange> changes;
    each->preview(changes, 10);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].key, "C***4");
}

TEST_P(BatchRejects, APreviewKeepsNoOtherWriterWaiting) {
    stage();
    BatchPlan real = plan_;
    plan_.run_id = 0;
    const auto each = writer(*connection_);
    take(*each, {{"C1", "a"}});
    const auto other = (*store_)->connect();
    EXPECT_EQ(load(*other, real, {{"C2", "b"}}, clock_).inserted, 1);
    std::vector<RecordChange> changes;
    EXPECT_EQ(each->preview(changes, 10).inserted, 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, BatchRejects, testing::Values("sqlite", "postgres"), store_name);

// The second waits for the first and finds its key taken.
TEST(TwoWriters, OfOneKeyAreATryAgainAndNoBadRow) {
    test::ManualClock clock;
    FreshStore store("postgres");
    const auto first = store->connect();
    const auto second = store->connect();
    const auto watcher = store->connect();
    migrate(*first);
    BatchPlan plan = make_plan(*second, "cause_code", clock.now());
    plan.may_load_directly = false;
    const auto writer = make_batch_writer(*second, plan, nullptr, clock);
    const Block block{{"C1", "b"}};
    load(*first, make_plan(*first, "cause_code", clock.now()), {{"C0", "a"}}, clock);
    first->begin();
    first->execute(
        "INSERT INTO cause_code (code, name, class, controllable, row_hash, batch_id, known_from) "
        "SELECT 'C1', name, class, controllable, row_hash, batch_id, known_from FROM cause_code",
        {});
    base::Remedy remedy = base::Remedy::Stop;
    std::atomic<bool> ended = false;
    std::jthread loading([&] {
        try {
            writer->append(block.batch, block.raw);
            writer->commit(at(plan, "1"));
        } catch (const base::StoreError& error) {
            remedy = error.remedy();
        }
        ended = true;
    });
    const auto is_waiting = [&] {
        const auto rows =
            watcher->query("SELECT 1 FROM pg_catalog.pg_locks WHERE NOT granted LIMIT 1", {});
        return rows->next();
    };
    EXPECT_TRUE(test::wait_for([&] { return ended || is_waiting(); }));
    first->commit();
    loading.join();
    EXPECT_EQ(remedy, base::Remedy::Retry);
    writer->append(block.batch, block.raw);
    EXPECT_EQ(writer->commit(at(plan, "1")).updated, 1);
}

}  // namespace
}  // namespace hrbridge::store
