#include "daemon/store/merge_sql.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/daemon/store/cause_codes.h"

namespace hrbridge::store {
namespace {

// The statements of a batch of cause codes with history, as SQLite would run them.
class MergePlans : public testing::Test {
  protected:
    void SetUp() override {
        connection_ = store_->connect();
        migrate(*connection_);
        plan_.table = find_entity(*connection_, "org_unit");
        plan_.history = true;
        for (const char* name : {"code", "name", "kind"}) {
            columns_.emplace_back(name, base::FieldType{base::Kind::Text, 80});
        }
        for (const base::Column& column : columns_) {
            staged_.push_back(&column);
        }
    }

    // The tables that a statement goes through row by row, without an index.
    std::vector<std::string> scanned(const std::string& statement) {
        std::vector<std::string> tables;
        const auto rows = connection_->query("EXPLAIN QUERY PLAN " + statement, values_);
        while (rows->next()) {
            const std::string step = rows->text(3);
            if (step.rfind("SCAN ", 0) == 0) {
                tables.push_back(step.substr(5));
            }
        }
        return tables;
    }

    FreshStore store_{"sqlite"};
    std::unique_ptr<sql::Connection> connection_;
    BatchPlan plan_;
    std::vector<base::Column> columns_;
    std::vector<const base::Column*> staged_;
    std::vector<base::Value> values_;
};

TEST_F(MergePlans, RepeatedKeysAreFoundWithoutComparingEveryRowWithEveryOther) {
    const MergeSql sql(plan_, staged_, sql::Dialect::Sqlite, source_map(plan_, nullptr));
    connection_->run_script(sql.create());
    const auto scans = scanned(sql.repeated());
    EXPECT_EQ(std::count(scans.begin(), scans.end(), sql.staging()), 1);
}

TEST_F(MergePlans, StagedRowsMeetTheEntityByItsKey) {
    const MergeSql sql(plan_, staged_, sql::Dialect::Sqlite, source_map(plan_, nullptr));
    connection_->run_script(sql.create());
    for (const auto& [statement, values] : {std::pair{sql.keep_history(), 1},
                                            {sql.update(), 2},
                                            {sql.insert(), 2},
                                            {sql.confirm(), 0},
                                            {sql.release(), 0},
                                            {sql.outdated(false), 0},
                                            {sql.outdated(true), 0},
                                            {sql.mark(), 0},
                                            {sql.compare(), 0}}) {
        values_.assign(static_cast<std::size_t>(values), base::Value{std::int64_t{1}});
        const auto scans = scanned(statement);
        EXPECT_EQ(std::count(scans.begin(), scans.end(), "s"), 1) << statement;
        EXPECT_EQ(std::count(scans.begin(), scans.end(), "t"), 0) << statement;
    }
}

}  // namespace
}  // namespace hrbridge::store
