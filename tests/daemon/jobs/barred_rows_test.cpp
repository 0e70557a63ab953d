#include "daemon/jobs/barred_rows.h"

#include <set>

#include <gmock/gmock.h>

#include "daemon/jobs/without_barred.h"
#include "tests/daemon/jobs/support/scripted_connector.h"
#include "tests/daemon/jobs/support/sync_bench.h"

namespace hrbridge::jobs {
namespace {

using test::SyncBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPeople = R"(
map: test/person
source:
  conn: erp
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT no, name, changed FROM people WHERE {window} AND {page}
  key: [no]
  columns: {no: varchar(12)!, name: varchar(40)!, changed: datetime!}
sync:
  every: 15m
  window: {by: changed, overlap: 30m, hold_back: 2m}
target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no: {from: no, do: [trim, upper], type: text(32), match: 'E\d+', id: F01}
  name: {from: name, type: text(80), pii: name, id: F02}
)";

class ErasedWhileRead : public testing::TestWithParam<std::string> {
  protected:
    ErasedWhileRead() {
        for (const char* number : {"E1", "E2", "E3"}) {
            source_.put({number, std::string("Name ") + number, "2024-05-01 00:00:00"});
        }
    }
    void erase(const std::string& number) {
        const auto connection = store_.connect();
        store::sql::Transaction transaction(*connection);
        store::begin_erasure(*connection);
        connection->execute(
            "INSERT INTO erasure (uid, erased_at, actor, cause, reason, digests_by, rows_deleted, "
            "rows_kept) VALUES ($2, $1, 'a', 'request', '', $2, 0, 0)",
            {clock_.now(), base::Bytes{keys_.digest_check_value("k1")}});
        base::KeyedDigest digest = keys_.digest(store::kErasedPurpose);
        connection->execute(
            "INSERT INTO erased_number (field, digest, row_id, erasure_id) SELECT "
            "'person.person_no', $1, 0, id FROM erasure",
            {base::Bytes{store::erased_digest(digest, "person.person_no", number)}});
        transaction.commit();
    }
    SyncReport run() {
        SyncParts parts{store_.store(),
                        [this](const std::string&) -> connectors::Connector* { return &source_; },
                        &keys_,
                        clock_,
                        log_,
                        metrics_,
                        {.attempts = 4,
                         .first_wait = std::chrono::milliseconds(1),
                         .longest_wait = std::chrono::milliseconds(2)}};
        parts.state_folder = folder_.path().string();
        parts.erased = [this] { return store::ErasedPeople::read(*store_.connect(), &keys_); };
        return SyncRunner(std::move(parts)).run(mapping_, {}, stop_.get_token());
    }
    std::string people() { return store_.list("SELECT person_no FROM person ORDER BY person_no"); }

    test::TempDir folder_;
    test::TestStore store_{GetParam()};
    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    test::ScriptedConnector source_{{{"no", "varchar", 12, 0, false},
                                     {"name", "varchar", 40, 0, false},
                                     {"changed", "datetime", 0, 0, false}}};
    engine::Mapping mapping_ = SyncBench::load(kPeople);
    base::SystemClock clock_;
    test::MemoryLog log_;
    monitoring::Metrics metrics_;
    std::stop_source stop_;
};

TEST_P(ErasedWhileRead, ABatchThatWasReadBeforeIsReadAgain) {
    source_.before_block = [this](int block) {
        if (block == 0) {
            erase("E2");
        }
    };

    const SyncReport report = run();

    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(people(), "E1 E3");
    EXPECT_THAT(report.notes, ElementsAre(HasSubstr("1 rows about people who were erased")));
}

TEST_P(ErasedWhileRead, WhereAllRowsOfABlockAreTheirsTheReadingGoesOn) {
    source_.rows_a_block = 1;
    erase("E2");

    const SyncReport report = run();

    EXPECT_EQ(report.outcome, SyncOutcome::Done) << report.error;
    EXPECT_EQ(people(), "E1 E3");
    EXPECT_EQ(report.rows_read, 2);
    EXPECT_EQ(run().outcome, SyncOutcome::Done);
}

TEST_P(ErasedWhileRead, ARefusedNumberOfTheirsIsNotKept) {
    source_.put({"e2?", "Name E2", "2024-05-01 00:00:00"});
    source_.put({"E9", "Name E9", "2024-05-01 00:00:00"});
    mapping_ = SyncBench::load(
        std::string(kPeople).replace(std::string(kPeople).find("trim, upper"), 11, "trim"));
    source_.put({" e2", "Name E2", "2024-05-01 00:00:00"});
    erase("E2");

    EXPECT_EQ(run().outcome, SyncOutcome::Done);

    EXPECT_EQ(people(), "E1 E3 E9");
    EXPECT_EQ(store_.count("SELECT count(*) FROM reject"), 1) << "'e2?' is nobody's number";
}

INSTANTIATE_TEST_SUITE_P(BothStores, ErasedWhileRead, testing::Values("sqlite", "postgres"));

// Raw rows of a mapping whose fields share columns.
class BarredRowsOf : public testing::Test {
  protected:
    static store::EntityTable defects() {
        store::EntityTable table;
        table.name = "defect";
        table.key = {"defect_no"};
        table.columns = {
            {"defect_no", {base::Kind::Text, 48}, true, false, ""},
            {"finder_spell_id", {base::Kind::Int}, false, false, "employment_spell"},
            {"responsible_spell_id", {base::Kind::Int}, false, false, "employment_spell"}};
        return table;
    }
    BarredRows rows(const std::string& fields) {
        mapping_ = SyncBench::load(
            "map: test/defect\nsource:\n  conn: erp\n  read_as: {charset: utf-8, zone: UTC}\n  "
            "query: SELECT no, finder, maker FROM d WHERE {page}\n  key: [no]\n  columns: {no: "
            "varchar(12)!, finder: varchar(12), maker: varchar(12)}\ntarget: {entity: defect, key: "
            "[defect_no], write: upsert}\nfields:\n" +
            fields);
        base::KeyedDigest digest = keys_.digest(store::kErasedPurpose);
        auto erased = std::make_shared<store::ErasedPeople>();
        erased->add(store::erased_digest(digest, "employment_spell.employee_no", "E1"));
        return std::move(BarredRows::make({mapping_, defects(), erased, keys_, {}}, columns_))
            .value();
    }
    static base::RawBlock block(const std::vector<std::vector<std::string>>& rows) {
        base::RawBlock made;
        for (std::size_t column = 0; column < 3; ++column) {
            made.columns.emplace_back().use_packed();
            for (const auto& row : rows) {
                made.columns.back().append(row[column]);
            }
        }
        made.rows = rows.size();
        return made;
    }

    static constexpr const char* kKey = "  defect_no: {from: no, type: text(48), id: F01}\n";
    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    std::vector<base::DescribedColumn> columns_{
        {"no", "varchar"}, {"finder", "varchar"}, {"maker", "varchar"}};
    engine::Mapping mapping_;
};

TEST_F(BarredRowsOf, TellsRowsAboutThemFromThoseThatNameThem) {
    auto rows = this->rows(
        std::string(kKey) +
        "  finder_spell_id: {from: finder, ref: employment_spell.employee_no, type: text(32), opt: "
        "true, id: F02}\n"
        "  responsible_spell_id: {from: maker, ref: employment_spell.employee_no, type: text(32), "
        "opt: true, id: F03}\n");
    const base::RawBlock given =
        block({{"D1", "E2", "e1"}, {"D2", "E1", "E2"}, {"D3", "E3", "E3"}});

    rows.judge(given);

    EXPECT_TRUE(rows.is_barred(0));
    EXPECT_FALSE(rows.is_barred(1));
    EXPECT_THAT(rows.keys(), ElementsAre(testing::Key("D1")));
    const base::RawBlock left = rows.without(given);
    ASSERT_EQ(left.rows, 2U);
    EXPECT_EQ(left.columns[0].cell(0), "D2");
    EXPECT_TRUE(left.columns[1].is_null(0));
    EXPECT_EQ(left.columns[1].cell(1), "E3");
}

TEST_F(BarredRowsOf, NeverEmptiesACellThatAnotherFieldReads) {
    auto rows = this->rows(
        "  defect_no: {from: no, do: ['concat / finder'], type: text(48), id: F01}\n"
        "  finder_spell_id: {from: finder, ref: employment_spell.employee_no, type: text(32), opt: "
        "true, id: F02}\n");
    const base::RawBlock given = block({{"D2", "E1", "E2"}});

    rows.judge(given);

    EXPECT_FALSE(rows.found_any());
    EXPECT_EQ(rows.without(given).columns[1].cell(0), "E1");
}

// What a key sweep reads: the row's key and its day.
TEST_F(BarredRowsOf, TellsTheDayWithoutTheColumnsThatLeadToPeople) {
    mapping_ = SyncBench::load(
        "map: test/defect\nsource:\n  conn: erp\n  read_as: {charset: utf-8, zone: UTC}\n  query: "
        "SELECT no, day, maker FROM d WHERE {page}\n  key: [no]\n  columns: {no: varchar(12)!, "
        "day: varchar(12), maker: varchar(12)}\ntarget: {entity: defect, key: [defect_no], write: "
        "upsert}\nfields:\n" +
        std::string(kKey) +
        "  made_date: {from: day, type: date, id: F02}\n"
        "  responsible_spell_id: {from: maker, ref: employment_spell.employee_no, type: text(32), "
        "opt: true, id: F03}\n");
    const store::FactTerm term{
        store::find_fact_entity("defect"), base::Date(std::chrono::year(2022) / 2 / 1), {}};
    const BarredRows::Setting setting{
        mapping_, defects(), std::make_shared<store::ErasedPeople>(), keys_, {}, term};
    EXPECT_THAT(BarredRows::columns_of(setting), ElementsAre("day"));
    auto made = BarredRows::make(setting, {{"no", "varchar"}, {"day", "varchar"}, {"x", "int"}});
    ASSERT_TRUE(made) << made.fault().what;
    BarredRows rows = std::move(made).value();
    const base::RawBlock given = block({{"D1", "2022-01-31", ""},
                                        {"D2", "2022-02-01", ""},
                                        {"D3", "soon", ""},
                                        {"D2", "2014-02-01", ""}});

    rows.judge(given);

    EXPECT_TRUE(rows.is_barred(0));
    EXPECT_FALSE(rows.is_barred(1));
    EXPECT_FALSE(rows.is_barred(2)) << "a day that nobody can tell is refused, not left out";
    EXPECT_EQ(rows.too_old(), 2);
    EXPECT_THAT(rows.keys(), ElementsAre(testing::Key("D1"), testing::Key("D2")));
    const base::RawBlock left = rows.without(given);
    EXPECT_EQ(left.rows, 2U);
    EXPECT_EQ(left.passed_over, 2U);
}

TEST_F(BarredRowsOf, KeysComeWithTheBatchOfTheirRowsAndOnlyToWhoRetiresThem) {
    mapping_ = SyncBench::load(
        "map: test/defect\nsource:\n  conn: erp\n  read_as: {charset: utf-8, zone: UTC}\n  query: "
        "SELECT no, day FROM d WHERE {page}\n  key: [no]\n  columns: {no: varchar(12)!, day: "
        "varchar(12)}\ntarget: {entity: defect, key: [defect_no], write: upsert}\nfields:\n" +
        std::string(kKey) + "  made_date: {from: day, type: date, id: F02}\n");
    test::ScriptedConnector real({{"no", "varchar"}, {"day", "varchar"}});
    real.rows_a_block = 1;
    for (const char* no : {"D1", "D2", "D3", "D4"}) {
        real.put({no, no == std::string("D2") ? "2024-01-01" : "2014-01-01"});
    }
    const store::FactTerm term{
        store::find_fact_entity("defect"), base::Date(std::chrono::year(2022) / 2 / 1), {}};
    WithoutBarred source(
        real, {mapping_, defects(), std::make_shared<store::ErasedPeople>(), keys_, {}, term});
    const auto read_all = [&] {
        const auto reading = source.open({});
        base::RawBlock block;
        while (reading->read(block, {})) {
        }
    };
    read_all();
    EXPECT_TRUE(source.take_keys("", true).empty()) << "a sweep";

    source.collect_keys();
    read_all();

    EXPECT_THAT(source.take_keys("D2", false), ElementsAre(testing::Key("D1")));
    EXPECT_TRUE(source.take_keys("D2", false).empty());
    EXPECT_THAT(source.take_keys("", true), ElementsAre(testing::Key("D3"), testing::Key("D4")));
    EXPECT_EQ(source.too_old(), 6);
}

}  // namespace
}  // namespace hrbridge::jobs
