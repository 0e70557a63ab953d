#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/support/two_stores.h"

namespace hrbridge::e2e {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::size_t kPeople = 500;

const StoredRow& row_of(const StoreContent& content,
                        const std::string& table,
                        const std::string& key) {
    for (const StoredRow& row : content.at(table)) {
        if (row.key == key) {
            return row;
        }
    }
    throw std::runtime_error("no row " + key + " in " + table);
}

void expect_nothing_written(const Side& before, const Side& after) {
    for (const auto& [mapping, counts] : after.report) {
        EXPECT_EQ(counts.outcome, "done") << mapping;
        EXPECT_EQ(counts.written(), 0) << mapping << ": " << testing::PrintToString(counts);
    }
    EXPECT_EQ(after.writing_batches, before.writing_batches);
    EXPECT_THAT(rewritten(before.content, after.content), IsEmpty());
    for (const auto& [table, rows] : before.content) {
        if (!rows.empty() && !rows.front().place.empty()) {
            EXPECT_EQ(after.content.at(table).size(), rows.size()) << table;
        }
    }
}

TEST(TwoStores, HoldTheSameAfterTheFirstSync) {
    const Stage& first = TwoStores::instance().first();
    EXPECT_THAT(differences(first.sqlite.content, first.postgres.content), IsEmpty());
    EXPECT_EQ(first.sqlite.report, first.postgres.report);
}

TEST(TwoStores, HaveRowsInEveryComparedTable) {
    const StoreContent& content = TwoStores::instance().first().sqlite.content;
    for (const char* table : {"org_unit",
                              "person",
                              "employment_spell",
                              "assignment",
                              "operation",
                              "cause_code",
                              "work_order",
                              "production_fact",
                              "defect",
                              "attendance_day",
                              "punch",
                              "reject",
                              "checkpoint",
                              "run",
                              "batch",
                              "kpi_definition",
                              "kpi_fact",
                              "finding",
                              "evaluation"}) {
        EXPECT_THAT(content.at(table), Not(IsEmpty())) << table;
    }
    EXPECT_GE(content.at("person").size(), kPeople);
    EXPECT_GE(content.at("production_fact").size(), kPeople * Outside::kMonths * 15);
}

TEST(TwoStores, EveryStoredHashIsThatOfItsRow) {
    const Stage& first = TwoStores::instance().first();
    EXPECT_THAT(wrong_hashes(first.sqlite.content), IsEmpty());
    EXPECT_THAT(wrong_hashes(first.postgres.content), IsEmpty());
}

TEST(TwoStores, RefuseAndHoldExactlyWhatWasPlanted) {
    TwoStores& stores = TwoStores::instance();
    EXPECT_EQ(stores.first().sqlite.open_rejects, stores.outside().planted());
    EXPECT_EQ(stores.first().postgres.open_rejects, stores.outside().planted());
}

TEST(TwoStores, HoldEveryPersonAsTheErpHasHim) {
    TwoStores& stores = TwoStores::instance();
    const StoreContent& content = stores.first().postgres.content;
    for (const auto& person : stores.outside().company().people) {
        const std::string name =
            person.number == ErpServer::kTwice ? ErpServer::kLaterName : person.name;
        const std::string& cells = row_of(content, "person", person.number).cells;
        EXPECT_THAT(cells, HasSubstr(" name='" + name + "'"));
        EXPECT_THAT(cells, HasSubstr(" id_number='" + person.id_number + "'"));
        EXPECT_THAT(cells, HasSubstr("birth_date=" + base::to_string(person.birth)));
        const base::Decimal salary(person.salary_cents, 2);
        EXPECT_THAT(row_of(content, "employment_spell", person.number).cells,
                    HasSubstr("base_salary=" + salary.to_string()));
    }
    const std::string& zeros = row_of(content, "employment_spell", ErpServer::kZeroDates).cells;
    EXPECT_THAT(zeros, HasSubstr("end_date=NULL"));
    EXPECT_THAT(zeros, HasSubstr("probation_end=NULL"));
}

TEST(TwoStores, WarnOfThePlantedPerson) {
    TwoStores& stores = TwoStores::instance();
    const std::string& planted = stores.outside().company().planted.heavy;
    for (const StoreContent* content :
         {&stores.first().sqlite.content, &stores.first().postgres.content}) {
        const StoredRow& finding = row_of(*content, "finding", planted);
        EXPECT_THAT(finding.cells, HasSubstr("'warning'"));
    }
}

TEST(TwoStores, ASecondSyncWritesNothing) {
    TwoStores& stores = TwoStores::instance();
    const Stage& first = stores.first();
    const Stage& again = stores.again();
    // The overlap is read again, so that there is something not to write.
    EXPECT_GT(again.sqlite.report.at("erp/person").read, 0);
    expect_nothing_written(first.sqlite, again.sqlite);
    expect_nothing_written(first.postgres, again.postgres);
    EXPECT_THAT(differences(again.sqlite.content, again.postgres.content), IsEmpty());
}

TEST(TwoStores, ReadingEverythingAgainWritesNothing) {
    TwoStores& stores = TwoStores::instance();
    const Stage& again = stores.again();
    const Stage& full = stores.in_full();
    EXPECT_EQ(full.sqlite.report.at("mes/production_fact").read,
              stores.first().sqlite.report.at("mes/production_fact").read);
    expect_nothing_written(again.sqlite, full.sqlite);
    expect_nothing_written(again.postgres, full.postgres);
    EXPECT_THAT(differences(full.sqlite.content, full.postgres.content), IsEmpty());
}

}  // namespace
}  // namespace hrbridge::e2e
