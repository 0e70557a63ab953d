#include "migration/reconcile/reconcile.h"

#include <filesystem>

#include "daemon/base/error.h"
#include "migration/check/texts.h"
#include "migration/check/verdict_store.h"
#include "tests/migration/rehearsal/rehearsal_bench.h"
#include "tests/support/temp_dir.h"

namespace hrbridge::reconcile {
namespace {

using ledger::Outcome;
using rehearsal::Rehearsal;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kTimedUnitMap = R"(
map: test/org_unit
source:
  conn: timed
  query: SELECT code, name, changed FROM dept WHERE {window} AND {page}
  key: [code]
  columns: {code: varchar(12)!, name: varchar(40)!, changed: datetime!}
  read_as: {zone: UTC}
sync: {every: 15m, window: {by: changed, overlap: 5m, hold_back: 0s}, batch: {rows: 20}}
target: {entity: org_unit, key: [code], write: upsert}
fields:
  code: {from: code, do: [trim], type: text(32), id: F01}
  name: {from: name, do: [trim], type: text(80), id: F02}
  kind: {value: team, type: text(16), id: F03}
)";

// Reads the bench's sources anew, without the jobs that loaded them.
class Reader final : public SourceReader {
  public:
    explicit Reader(std::function<connectors::Connector*(const std::string&)> source)
        : source_(std::move(source)) {}

    void read(const engine::Mapping& mapping, const SourceReading& reading) override {
        ++readings;
        if (before) {
            before(readings);
        }
        connectors::ReadRequest request;
        request.dataset = &mapping.dataset;
        request.key = mapping.key;
        request.after = reading.after;
        const auto open = source_(mapping.connection)->open(request);
        reading.begin(open->columns());
        base::RawBlock block;
        while (open->read(block, {}) && reading.take(block)) {
        }
    }

    int readings = 0;
    std::function<void(int)> before;

  private:
    std::function<connectors::Connector*(const std::string&)> source_;
};

// "test/org_unit R01 D0007 name Unit: source_has"
const check::Verdict& of(const Result& result, const std::string& subject, const char* rule) {
    for (const check::Verdict& each : result.verdicts) {
        if (each.subject == subject && each.rule == rule) {
            return each;
        }
    }
    throw std::out_of_range(subject + " " + rule);
}

std::vector<std::string> lines(const Result& result) {
    std::vector<std::string> out;
    for (const check::Verdict& verdict : result.verdicts) {
        for (const check::Located& row : verdict.where) {
            out.push_back(fmt::format(
                "{} {} {} {} {}: {} {}",
                verdict.subject,
                verdict.rule,
                row.key,
                row.field,
                row.value.value_or("-"),
                row.note.code,
                row.note.values.contains("source") ? row.note.values.at("source") : "-"));
            EXPECT_NE(check::text("en", row.note), row.note.code);
            EXPECT_NE(check::text("zh", row.note), row.note.code);
        }
        for (const char* const language : {"zh", "en"}) {
            EXPECT_EQ(check::text(language, verdict.why).find('{'), std::string::npos)
                << check::text(language, verdict.why);
            EXPECT_NE(check::text(language, verdict.why), verdict.why.code);
        }
        EXPECT_EQ(verdict.outcome == Outcome::Pass, verdict.next.code.empty());
    }
    return out;
}

// Without those that no row gave way to another.
std::vector<std::string> outcomes(const Result& result) {
    std::vector<std::string> out;
    for (const check::Verdict& verdict : result.verdicts) {
        if (verdict.rule == kRepeated && verdict.outcome == Outcome::Pass) {
            continue;
        }
        out.push_back(fmt::format("{} {} {} {}",
                                  verdict.subject,
                                  verdict.rule,
                                  ledger::to_string(verdict.outcome),
                                  verdict.failed));
    }
    return out;
}

class Reconciling : public rehearsal::RehearsalBench {
  protected:
    Rehearsal load(const std::string& module) {
        auto report = rehearse(module);
        EXPECT_EQ(report.result.outcome, rehearsal::LoadOutcome::Done) << report.result.error;
        return report.rehearsal;
    }
    Result run(const Rehearsal& rehearsal, Mode mode = Mode::Full) {
        const auto store = store::open_store(store::side_options(live(), rehearsal.side()));
        Parts parts{*store, &keys_, &reader_, system_clock_, folder_.path(), rehearsal.number};
        parts.mappings = project::mappings_of(*project_.find(rehearsal.module), mappings_);
        parts.listed = listed_;
        Result result = reconcile(parts, mode);
        EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "hashes are left on disk";
        return result;
    }
    void change(const Rehearsal& rehearsal, const std::string& sql) {
        ASSERT_GT(side(rehearsal)->execute(sql, {}), 0) << sql;
    }
    void time_units() {
        for (int i = 0; i < kUnits; ++i) {
            timed_.put(Cells{fmt::format("D{:04}", i), "Unit", "2024-05-06 08:00:00"});
        }
        set_mappings(kTimedUnitMap);
    }
    rehearsal::Report rehearse(const std::string& module) {
        rehearsal::SyncLoader loader(
            [this](const std::string& name) { return source(name); }, keys_, system_clock_);
        return RehearsalBench::rehearse(module, loader);
    }
    connectors::Connector* source(const std::string& name) {
        return name == "units"    ? &units_
               : name == "timed"  ? &timed_
               : name == "people" ? &people_
               : name == "spells" ? &spells_
                                  : &posts_;
    }

    test::ScriptedConnector timed_{
        {text("code", 12), text("name", 40), {"changed", "datetime", 0, 0, false}}};
    test::TempDir folder_;
    Reader reader_{[this](const std::string& name) { return source(name); }};
    std::size_t listed_ = 10'000;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Reconciling,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(Reconciling, FindsNothingWhereNothingDiffers) {
    sync_live("core");
    for (const char* const module : {"core", "posts"}) {
        const Rehearsal rehearsal = load(module);
        const Result full = run(rehearsal);
        EXPECT_THAT(lines(full), IsEmpty());
        for (const check::Verdict& verdict : full.verdicts) {
            EXPECT_EQ(verdict.outcome, Outcome::Pass) << verdict.subject;
            EXPECT_GE(verdict.examined, kUnits);
        }
        ASSERT_EQ(full.entries.size(), 2U);
        for (const ledger::Reconciliation& entry : full.entries) {
            EXPECT_EQ(entry.outcome, Outcome::Pass);
            EXPECT_EQ(entry.source_root, entry.target_root);
            EXPECT_NE(entry.source_root, ledger::Digest());
            EXPECT_EQ(entry.differences, 0);
            EXPECT_FALSE(entry.quick);
        }
        const Result quick = run(rehearsal, Mode::Quick);
        EXPECT_THAT(lines(quick), IsEmpty());
        for (std::size_t i = 0; i < 2; ++i) {
            EXPECT_EQ(quick.entries[i].target_root, full.entries[i].target_root);
            EXPECT_TRUE(quick.entries[i].quick);
            EXPECT_EQ(quick.entries[i].outcome, Outcome::NotChecked);
            EXPECT_EQ(quick.verdicts[i].outcome, Outcome::NotChecked)
                << "not the source's way here";
            EXPECT_EQ(quick.verdicts[i].next.code, "next_quick");
        }
    }
}

TEST_P(Reconciling, LocatesEachChangedValueByKeyFieldAndBothValues) {
    const Rehearsal rehearsal = load("core");
    change(rehearsal, "UPDATE org_unit SET name = 'Unlt' WHERE code = 'D0007'");
    change(rehearsal, "UPDATE org_unit SET name = '' WHERE code = 'D0008'");
    change(rehearsal, "UPDATE org_unit SET parent_id = NULL WHERE code = 'D0001'");
    change(rehearsal,
           "UPDATE org_unit SET parent_id = (SELECT id FROM org_unit WHERE code = 'D0005') WHERE "
           "code = 'D0030'");
    change(rehearsal, "UPDATE org_unit SET kind = 'unit', name = 'unit' WHERE code = 'D0039'");
    const Result result = run(rehearsal);
    EXPECT_THAT(lines(result),
                ElementsAre("test/org_unit R01 D0001 parent_id -: source_has D0039",
                            "test/org_unit R01 D0007 name Unlt: source_has Unit",
                            "test/org_unit R01 D0008 name : source_has Unit",
                            "test/org_unit R01 D0030 parent_id D0005: source_null -",
                            "test/org_unit R01 D0039 kind unit: source_has team",
                            "test/org_unit R01 D0039 name unit: source_has Unit"));
    EXPECT_THAT(outcomes(result),
                ElementsAre("test/org_unit R01 fail 5", "test/person R01 pass 0"));
    EXPECT_NE(result.entries[0].source_root, result.entries[0].target_root);
    EXPECT_EQ(result.entries[0].differences, 5);
    EXPECT_EQ(result.entries[1].source_root, result.entries[1].target_root);
}

TEST_P(Reconciling, NamesRowsThatOnlyOneSideHas) {
    const Rehearsal rehearsal = load("core");
    change(rehearsal, "DELETE FROM org_unit WHERE code = 'D0011'");
    change(rehearsal, "UPDATE org_unit SET code = 'D0412' WHERE code = 'D0012'");
    change(
        rehearsal,
        "INSERT INTO org_unit (code, name, kind, row_hash, batch_id, known_from) SELECT 'D7777', "
        "name, kind, row_hash, batch_id, known_from FROM org_unit WHERE code = 'D0013'");
    side(rehearsal)->execute("UPDATE org_unit SET gone_at = $1 WHERE code = 'D0014'",
                             {system_clock_.now()});
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/org_unit R01 D0011  -: row_missing -",
                            "test/org_unit R01 D0012  -: row_missing -",
                            "test/org_unit R01 D0014  -: row_missing -",
                            "test/org_unit R01 D0412  -: row_extra -",
                            "test/org_unit R01 D7777  -: row_extra -"));
}

TEST_P(Reconciling, FindsSwappedRowsThatNoSumShows) {
    const Rehearsal rehearsal = load("core");
    // All rows but their codes are alike, so that the one that took another's code has its values
    // and its neighbour's hash.
    change(rehearsal, "UPDATE org_unit SET code = 'X' WHERE code = 'D0020'");
    change(rehearsal, "UPDATE org_unit SET name = 'Other' WHERE code = 'X'");
    change(rehearsal, "UPDATE org_unit SET code = 'D0020' WHERE code = 'D0021'");
    change(rehearsal, "UPDATE org_unit SET code = 'D0021' WHERE code = 'X'");
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/org_unit R01 D0020  -: hash_differs -",
                            "test/org_unit R01 D0021 name Other: source_has Unit"));
}

TEST_P(Reconciling, ComparesSealedValuesAndShowsNoneOfThem) {
    const Rehearsal rehearsal = load("core");
    const auto connection = side(rehearsal);
    connection->execute("UPDATE person SET id_number = $1 WHERE person_no = 'E0003'",
                        {base::Bytes{keys_.seal("110101199001019999", "person.id_number/E0003")}});
    connection->execute("UPDATE person SET id_number = NULL WHERE person_no = 'E0004'", {});
    connection->execute("UPDATE person SET name = '李四' WHERE person_no = 'E0005'", {});
    const Result result = run(rehearsal);
    EXPECT_THAT(lines(result),
                ElementsAre("test/person R01 E0003 id_number -: sealed_differs -",
                            "test/person R01 E0004 id_number -: sealed_store_null -",
                            "test/person R01 E0005 name 李四: source_has 张三"));
    const auto store = store::open_store(store::side_options(live(), rehearsal.side()));
    Parts parts{*store, nullptr, &reader_, system_clock_, folder_.path(), 1};
    parts.mappings = project::mappings_of(*project_.find("core"), mappings_);
    const Result blind = reconcile(parts, Mode::Full);
    EXPECT_THAT(outcomes(blind),
                ElementsAre("test/org_unit R01 pass 0", "test/person R01 not_checked 0"));
}

TEST_P(Reconciling, NamesASealedValueThatCannotBeOpenedAndComparesTheOthers) {
    const Rehearsal rehearsal = load("core");
    const auto connection = side(rehearsal);
    connection->execute("UPDATE person SET id_number = $1 WHERE person_no = 'E0003'",
                        {base::Bytes{keys_.seal("110101199001011234", "person.id_number/E0004")}});
    connection->execute("UPDATE person SET name = '李四' WHERE person_no = 'E0005'", {});
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/person R01 E0003 id_number -: sealed_unopened -",
                            "test/person R01 E0005 name 李四: source_has 张三"));
}

TEST_P(Reconciling, OfRowsOfWhichNoSealedValueCanBeOpenedItSaysThatItDidNotCheck) {
    const Rehearsal rehearsal = load("core");
    side(rehearsal)->execute("UPDATE person SET id_number = $1 WHERE id_number IS NOT NULL",
                             {base::Bytes{keys_.seal("110101199001011234", "elsewhere")}});
    const Result result = run(rehearsal);
    EXPECT_THAT(outcomes(result),
                ElementsAre("test/org_unit R01 pass 0", "test/person R01 not_checked 0"));
    EXPECT_EQ(of(result, "test/person", kContent).why.code, "cannot_open");
}

TEST_P(Reconciling, FindsARowThatBelongsToAnotherParent) {
    sync_live("core");
    const Rehearsal rehearsal = load("posts");
    side(rehearsal)->execute(
        "UPDATE assignment SET spell_id = (SELECT id FROM employment_spell WHERE employee_no = "
        "'E0008'), valid_from = $1 WHERE spell_id = (SELECT id FROM employment_spell WHERE "
        "employee_no = 'E0007')",
        {*base::parse_date("2021-01-01")});
    change(rehearsal,
           "UPDATE employment_spell SET person_id = (SELECT id FROM person WHERE person_no = "
           "'E0010') WHERE employee_no = 'E0011'");
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/spell R01 E0011 person_id E0010: source_has E0011",
                            "test/post R01 E0007/2020-01-01  -: row_missing -",
                            "test/post R01 E0008/2021-01-01  -: row_extra -"));
}

TEST_P(Reconciling, FindsAHashThatIsNotItsRows) {
    const Rehearsal rehearsal = load("core");
    side(rehearsal)->execute("UPDATE org_unit SET row_hash = $1 WHERE code = 'D0009'",
                             {base::Bytes{"0123456789abcdef"}});
    EXPECT_THAT(lines(run(rehearsal)), ElementsAre("test/org_unit R01 D0009  -: hash_differs -"));
}

TEST_P(Reconciling, FindsAValueInAFieldThatNobodyFills) {
    const Rehearsal rehearsal = load("core");
    const auto tables = store::entity_tables(*side(rehearsal));
    side(rehearsal)->execute("UPDATE person SET gender = 'f' WHERE person_no = 'E0003'", {});
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/person R01 E0003 gender -: unmapped_value -"));
}

TEST_P(Reconciling, SaysWhatItComparedAtWhichPrecisionAndWhatNot) {
    const Result result = run(load("core"));
    const check::Note& why = of(result, "test/person", kContent).why;
    EXPECT_EQ(why.code, "reconciled_untimed");
    EXPECT_THAT(why.values.at("fields"),
                AllOf(HasSubstr("person_no text(32) ← no varchar(12)"),
                      HasSubstr("id_number text(18) ← id_card varchar(18)")));
    EXPECT_EQ(why.values.at("sealed"), "id_number");
    EXPECT_THAT(why.values.at("empty"), HasSubstr("gender"));
    EXPECT_EQ(why.values.at("not_stored"), "–");
    EXPECT_EQ(why.values.at("unread"), "–");
}

TEST_P(Reconciling, NamesRowsThatGaveWayToAnotherOfTheSameTargetKey) {
    std::string map = rehearsal::kUnitMap;
    map.replace(map.find("from: code, do: [trim"), 21, "from: code, do: [trim, upper");
    set_mappings(map);
    units_.put(Cells{"d0005", "Another unit", std::nullopt});
    const Result result = run(load("core"));
    EXPECT_THAT(lines(result), Contains("test/org_unit R03 D0005  -: row_kept -"));
    for (const check::Verdict& each : result.verdicts) {
        const bool coarse = each.rule == kRepeated && each.subject == "test/org_unit";
        EXPECT_EQ(each.outcome, coarse ? Outcome::Fail : Outcome::Pass)
            << each.subject << each.rule;
        EXPECT_TRUE(!coarse || each.failed == 1);
    }
}

TEST_P(Reconciling, RefusedAndWaitingRowsAreNotMissing) {
    units_.put(Cells{"D0050", "Unit", "D0999"});
    const Rehearsal rehearsal = load("core");
    EXPECT_THAT(lines(run(rehearsal)), IsEmpty());
    EXPECT_EQ(run(rehearsal).verdicts[0].figures.at("open_rejects"), 2);
    units_.put(Cells{"D0007", "Unit", "D0998"});
    units_.put(Cells{"X2", "Unit", std::nullopt});
    EXPECT_THAT(lines(run(rehearsal)),
                ElementsAre("test/org_unit R01 D0007 parent_id -: source_has D0998"));
}

TEST_P(Reconciling, RowsThatTheirSourceChangedSinceTheLoadAreNamedAndNotExcused) {
    time_units();
    const Rehearsal rehearsal = load("core");
    timed_.put(Cells{"D0003", "Renamed", "2024-05-06 12:00:01"});
    timed_.put(Cells{"D0060", "New", "2024-05-06 12:00:02"});
    timed_.put(Cells{"D0004", "Silent", "2024-05-06 08:00:00"});
    const Result result = run(rehearsal);
    EXPECT_THAT(lines(result),
                ElementsAre("test/org_unit R01 D0004 name Unit: source_has Silent",
                            "test/org_unit R02 D0003 name Unit: source_has Renamed",
                            "test/org_unit R02 D0060  -: row_missing -"));
    EXPECT_THAT(outcomes(result),
                ElementsAre("test/org_unit R01 fail 1",
                            "test/org_unit R02 not_checked 2",
                            "test/person R01 pass 0"));
    EXPECT_EQ(result.entries[0].outcome, Outcome::Fail);
}

TEST_P(Reconciling, NothingMovedIsSaidWhereItCanBeTold) {
    time_units();
    const Result result = run(load("core"));
    EXPECT_THAT(
        outcomes(result),
        ElementsAre(
            "test/org_unit R01 pass 0", "test/org_unit R02 pass 0", "test/person R01 pass 0"));
    EXPECT_EQ(result.verdicts[0].why.code, "reconciled");
}

TEST_P(Reconciling, ARowThatChangesWhileItIsLookedAtIsNotExcusedEither) {
    const Rehearsal rehearsal = load("core");
    units_.put(Cells{"D0003", "Moving", std::nullopt});
    units_.put(Cells{"D0004", "Leaving", std::nullopt});
    reader_.before = [&](int reading) {
        if (reading == 2) {
            units_.put(Cells{"D0003", "Unit", std::nullopt});
            units_.remove("D0004");
        }
    };
    const Result result = run(rehearsal);
    EXPECT_THAT(lines(result),
                ElementsAre("test/org_unit R02 D0003  -: moved_away -",
                            "test/org_unit R02 D0004  -: moved_away -"));
    EXPECT_THAT(outcomes(result), Contains("test/org_unit R02 not_checked 2"));
}

TEST_P(Reconciling, CountsExactlyHoweverFewAreListed) {
    const Rehearsal rehearsal = load("core");
    change(rehearsal, "UPDATE org_unit SET name = 'all'");
    change(rehearsal, "DELETE FROM person WHERE person_no < 'E0020'");
    listed_ = 5;
    const Result result = run(rehearsal);
    EXPECT_THAT(outcomes(result),
                ElementsAre("test/org_unit R01 fail 40", "test/person R01 fail 20"));
    EXPECT_EQ(result.verdicts[0].where.size(), 5U);
    units_.remove_all();
    const Result empty = run(rehearsal);
    EXPECT_EQ(empty.verdicts[0].failed, 40);
    EXPECT_EQ(empty.verdicts[0].where.size(), 5U);
}

TEST_P(Reconciling, CountsAllValuesThatNobodyFillsThoughItNamesFew) {
    const Rehearsal rehearsal = load("core");
    side(rehearsal)->execute("UPDATE person SET gender = 'f' WHERE person_no < 'E0030'", {});
    listed_ = 5;
    const Result result = run(rehearsal);
    EXPECT_THAT(outcomes(result), Contains("test/person R01 fail 30"));
    EXPECT_EQ(of(result, "test/person", kContent).where.size(), 5U);
}

TEST_P(Reconciling, ASourceThatCannotBeReadIsNotChecked) {
    const Rehearsal rehearsal = load("core");
    reader_.before = [](int) { throw CannotRead("the host is away"); };
    const Result result = run(rehearsal);
    EXPECT_THAT(outcomes(result),
                ElementsAre("test/org_unit R01 not_checked 0", "test/person R01 not_checked 0"));
    EXPECT_THAT(result.entries, IsEmpty());
}

TEST_P(Reconciling, TheQuickModeFindsWhatChangedInTheStoreAndSaysWhatItIs) {
    const Rehearsal rehearsal = load("core");
    change(rehearsal, "UPDATE org_unit SET name = 'Unlt' WHERE code = 'D0007'");
    change(rehearsal, "DELETE FROM person WHERE person_no = 'E0001'");
    units_.remove_all();
    const int before = reader_.readings;
    const Result result = run(rehearsal, Mode::Quick);
    EXPECT_EQ(reader_.readings, before);
    EXPECT_THAT(lines(result),
                ElementsAre("test/org_unit R01 D0007  -: not_as_loaded -",
                            "test/person R01   -: rows_not_as_loaded -"));
    EXPECT_EQ(result.verdicts[0].outcome, Outcome::Fail);
    EXPECT_EQ(result.verdicts[0].why.code, "reconciled_quick");
    EXPECT_EQ(result.verdicts[0].figures.at("quick"), 1);
    EXPECT_NE(result.entries[0].source_root, result.entries[0].target_root);
    EXPECT_TRUE(result.entries[0].quick);
}

}  // namespace
}  // namespace hrbridge::reconcile
