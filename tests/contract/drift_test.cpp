#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/base/text.h"
#include "daemon/jobs/sync_runner.h"
#include "mappings/engine/mapping.h"
#include "tests/connectors/odbc/databases.h"
#include "tests/contract/support/sync_once.h"
#include "tests/daemon/jobs/support/test_store.h"

// What becomes of a run when somebody alters the source's table, on real databases by every way to
// them.
namespace hrbridge {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kMapping = R"(
map: test/dept
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT {} FROM dept WHERE {{window}} AND {{page}}
  key: [code]
  columns:
    code: varchar(32)!
    name: varchar(40)!
    note: varchar(40)
    pay: decimal(12,2)
    n: int
    big: bigint
    stamp: datetime(6)!
sync:
  window: {{by: stamp, overlap: 30m, hold_back: 1m}}
target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code: {{from: code, type: text(32), id: F01}}
  name: {{from: name, type: text(80), id: F02}}
  kind: {{value: team, type: text(16), id: F03}}
  note: {{from: note, type: text(80), opt: true, store: false, id: F04}}
  pay:  {{from: pay, type: 'decimal(12,2)', opt: true, store: false, id: F05}}
)";

enum class Then { GoesOn, Warns, Stops };

struct Alteration {
    const char* name;
    const char* mariadb;   // "": not there
    const char* postgres;  // likewise
    const char* sqlite;    // likewise
    Then then;
    const char* told;  // "column pay retyped"
    const char* selects = "*";
    bool native_sqlite_only = false;  // ODBC's driver does not tell
};

constexpr const char* kNamed = "code, name, note, pay, n, big, stamp";

const std::vector<Alteration>& alterations() {
    static const std::vector<Alteration> kAll{
        {"Nothing", "SELECT 1", "SELECT 1", "SELECT 1", Then::GoesOn, ""},
        {"Index",
         "CREATE INDEX i ON dept (name)",
         "CREATE INDEX i ON dept (name)",
         "CREATE INDEX i ON dept (name)",
         Then::GoesOn,
         ""},
        {"WiderText",
         "ALTER TABLE dept MODIFY name varchar(60) NOT NULL",
         "ALTER TABLE dept ALTER name TYPE varchar(60)",
         "",
         Then::Warns,
         "column name widened"},
        {"NarrowerText",
         "ALTER TABLE dept MODIFY name varchar(20) NOT NULL",
         "ALTER TABLE dept ALTER name TYPE varchar(20)",
         "",
         Then::Stops,
         "column name narrowed"},
        {"TextWithoutBound",
         "ALTER TABLE dept MODIFY note text",
         "ALTER TABLE dept ALTER note TYPE text",
         "",
         Then::Warns,
         "column note widened"},
        {"LongText",
         "ALTER TABLE dept MODIFY note longtext",
         "ALTER TABLE dept ALTER note TYPE varchar",
         "",
         Then::Warns,
         "column note widened"},
        {"MoreDigits",
         "ALTER TABLE dept MODIFY pay decimal(14,2)",
         "ALTER TABLE dept ALTER pay TYPE numeric(14,2)",
         "",
         Then::Warns,
         "column pay widened"},
        {"FewerWholeDigits",
         "ALTER TABLE dept MODIFY pay decimal(12,4)",
         "ALTER TABLE dept ALTER pay TYPE numeric(12,4)",
         "",
         Then::Stops,
         "column pay narrowed"},
        {"NoDecimals",
         "ALTER TABLE dept MODIFY pay decimal(12,0)",
         "ALTER TABLE dept ALTER pay TYPE numeric(12,0)",
         "",
         Then::Stops,
         "column pay narrowed"},
        {"ExactToDouble",
         "ALTER TABLE dept MODIFY pay double",
         "ALTER TABLE dept ALTER pay TYPE double precision",
         "",
         Then::Stops,
         "column pay retyped"},
        {"ExactToFloat",
         "ALTER TABLE dept MODIFY pay float",
         "ALTER TABLE dept ALTER pay TYPE real",
         "",
         Then::Stops,
         "column pay retyped"},
        {"NumberToText",
         "ALTER TABLE dept MODIFY pay varchar(20)",
         "ALTER TABLE dept ALTER pay TYPE varchar(20)",
         "",
         Then::Stops,
         "column pay retyped"},
        {"IntToBigint",
         "ALTER TABLE dept MODIFY n bigint",
         "ALTER TABLE dept ALTER n TYPE bigint",
         "",
         Then::Warns,
         "column n widened: int → "},
        {"IntToSmallint",
         "ALTER TABLE dept MODIFY n smallint",
         "ALTER TABLE dept ALTER n TYPE smallint",
         "",
         Then::Stops,
         "column n narrowed"},
        {"IntToUnsigned",
         "ALTER TABLE dept MODIFY n int unsigned",
         "",
         "",
         Then::Warns,
         "column n widened"},
        {"BigintToInt",
         "ALTER TABLE dept MODIFY big int",
         "ALTER TABLE dept ALTER big TYPE int",
         "",
         Then::Stops,
         "column big narrowed"},
        {"BigintToUnsigned",
         "ALTER TABLE dept MODIFY big bigint unsigned",
         "",
         "",
         Then::Warns,
         "column big widened"},
        {"CoarserTime",
         "ALTER TABLE dept MODIFY stamp datetime NOT NULL",
         "ALTER TABLE dept ALTER stamp TYPE timestamp(0)",
         "",
         Then::Stops,
         "column stamp narrowed"},
        {"NullAllowed",
         "ALTER TABLE dept MODIFY name varchar(40) NULL",
         "ALTER TABLE dept ALTER name DROP NOT NULL",
         "ALTER TABLE dept RENAME TO old;"
         "CREATE TABLE dept (code varchar(32) NOT NULL PRIMARY KEY, name varchar(40), note "
         "varchar(40), pay decimal(12,2), n int, big bigint, stamp datetime(6) NOT NULL);"
         "INSERT INTO dept SELECT * FROM old",
         Then::Warns,
         "column name widened: never NULL",
         "*",
         true},
        {"Added",
         "ALTER TABLE dept ADD COLUMN more int",
         "ALTER TABLE dept ADD COLUMN more int",
         "ALTER TABLE dept ADD COLUMN more int",
         Then::Warns,
         "column more added"},
        {"Dropped",
         "ALTER TABLE dept DROP COLUMN note",
         "ALTER TABLE dept DROP COLUMN note",
         "ALTER TABLE dept DROP COLUMN note",
         Then::Stops,
         "column note removed"},
        {"DroppedWhereTheQueryNamesIt",
         "ALTER TABLE dept DROP COLUMN note",
         "ALTER TABLE dept DROP COLUMN note",
         "ALTER TABLE dept DROP COLUMN note",
         Then::Stops,
         "column note removed",
         kNamed},
        {"WindowDropped",
         "ALTER TABLE dept DROP COLUMN stamp",
         "ALTER TABLE dept DROP COLUMN stamp",
         "ALTER TABLE dept DROP COLUMN stamp",
         Then::Stops,
         "column stamp removed"},
        {"WindowDroppedWhereTheQueryNamesIt",
         "ALTER TABLE dept DROP COLUMN stamp",
         "ALTER TABLE dept DROP COLUMN stamp",
         "ALTER TABLE dept DROP COLUMN stamp",
         Then::Stops,
         "column stamp removed",
         kNamed},
        {"WindowRenamed",
         "ALTER TABLE dept RENAME COLUMN stamp TO changed",
         "ALTER TABLE dept RENAME COLUMN stamp TO changed",
         "ALTER TABLE dept RENAME COLUMN stamp TO changed",
         Then::Stops,
         "column stamp renamed: now perhaps changed"},
        {"KeyRenamed",
         "ALTER TABLE dept RENAME COLUMN code TO number",
         "ALTER TABLE dept RENAME COLUMN code TO number",
         "ALTER TABLE dept RENAME COLUMN code TO number",
         Then::Stops,
         "column code renamed: now perhaps number"},
        {"Renamed",
         "ALTER TABLE dept RENAME COLUMN note TO remark",
         "ALTER TABLE dept RENAME COLUMN note TO remark",
         "ALTER TABLE dept RENAME COLUMN note TO remark",
         Then::Stops,
         "column note renamed: now perhaps remark"},
        {"MadeAnewAtTheEnd",
         "ALTER TABLE dept DROP COLUMN note, ADD COLUMN remark varchar(40)",
         "ALTER TABLE dept DROP COLUMN note, ADD COLUMN remark varchar(40)",
         "ALTER TABLE dept DROP COLUMN note;ALTER TABLE dept ADD COLUMN remark varchar(40)",
         Then::Stops,
         "column note renamed: now perhaps remark"},
    };
    return kAll;
}

std::string statement_of(const Alteration& alteration, const std::string& kind) {
    if (kind.ends_with("mariadb")) {
        return alteration.mariadb;
    }
    return kind == "postgres" ? alteration.postgres : alteration.sqlite;
}

struct Case {
    std::string kind;
    const Alteration* alteration;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    for (const std::string& kind : odbc::all_kinds()) {
        for (const Alteration& alteration : alterations()) {
            const bool untold = alteration.native_sqlite_only && kind == "sqlite";
            if (!untold && !statement_of(alteration, kind).empty()) {
                all.push_back({kind, &alteration});
            }
        }
    }
    return all;
}

class AlteredTable : public testing::TestWithParam<Case> {
  protected:
    AlteredTable()
        : database_(GetParam().kind),
          store_("sqlite"),
          keys_(*base::SealKeys::parse(base::SealKeys::generate("k1"))) {
        const std::string stamp = database_.kind() == "postgres" ? "timestamp(6)" : "datetime(6)";
        database_.run(
            {"CREATE TABLE dept (code varchar(32) NOT NULL PRIMARY KEY, name varchar(40) "
             "NOT NULL, note varchar(40), pay decimal(12,2), n int, big bigint, stamp " +
                 stamp + " NOT NULL)",
             "INSERT INTO dept VALUES ('D1', 'one', 'n', 1.50, 1, 2, "
             "'2024-05-06 07:08:09.000000')"});
        engine::LoadedMapping loaded = engine::parse_mapping(
            fmt::format(kMapping, GetParam().alteration->selects), "dept.map.yaml");
        for (const base::Fault& fault : loaded.faults) {
            ADD_FAILURE() << fault.where << ": " << fault.what;
        }
        mapping_ = std::move(*loaded.mapping);
    }

    void alter() {
        const std::string all = statement_of(*GetParam().alteration, GetParam().kind);
        std::vector<std::string> statements;
        for (const std::string_view each : base::split(all, ';')) {
            statements.emplace_back(each);
        }
        database_.run(statements);
    }

    // "column name widened: varchar(40) → varchar(60)", one behind another.
    std::string recorded(bool stops) {
        return store_.list(
            "SELECT 'column ' || column_name || ' ' || kind || ': ' || detail FROM "
            "drift WHERE " +
            std::string(stops ? "stops" : "NOT stops"));
    }
    jobs::SyncReport sync() { return test::sync_once(database_, store_, mapping_, keys_); }

    odbc::Database database_;
    test::TestStore store_;
    base::SealKeys keys_;
    engine::Mapping mapping_;
};

TEST_P(AlteredTable, IsToldBeforeTheFirstRowWithItsKindAndTheLinesOfTheMapping) {
    const Alteration& alteration = *GetParam().alteration;
    const jobs::SyncReport before = sync();
    ASSERT_EQ(before.outcome, jobs::SyncOutcome::Done)
        << before.error << jobs::to_text(before.faults);
    EXPECT_THAT(before.notes, Not(Contains(HasSubstr("mapping lines"))));
    EXPECT_EQ(recorded(true) + recorded(false), "");

    alter();
    const jobs::SyncReport after = sync();

    const std::string said = after.error + jobs::to_text(after.faults);
    switch (alteration.then) {
        case Then::GoesOn:
            EXPECT_EQ(after.outcome, jobs::SyncOutcome::Done) << said;
            EXPECT_THAT(after.notes, Not(Contains(HasSubstr("mapping lines"))));
            EXPECT_EQ(recorded(true) + recorded(false), "");
            break;
        case Then::Warns:
            EXPECT_EQ(after.outcome, jobs::SyncOutcome::Done) << said;
            EXPECT_THAT(after.notes,
                        Contains(AllOf(HasSubstr(alteration.told), HasSubstr("mapping lines"))));
            EXPECT_THAT(recorded(false), StartsWith(alteration.told));
            EXPECT_EQ(recorded(true), "");
            break;
        case Then::Stops:
            EXPECT_EQ(after.outcome, jobs::SyncOutcome::FaultsFound) << said;
            EXPECT_EQ(after.rows_read, 0);
            EXPECT_THAT(said, AllOf(HasSubstr(alteration.told), HasSubstr("mapping lines")));
            EXPECT_THAT(recorded(true), StartsWith(alteration.told));
            EXPECT_EQ(recorded(false), "");
            break;
    }
}

INSTANTIATE_TEST_SUITE_P(EveryDatabase,
                         AlteredTable,
                         testing::ValuesIn(cases()),
                         [](const auto& each) {
                             return each.param.kind + "_" + each.param.alteration->name;
                         });

}  // namespace
}  // namespace hrbridge
