#include <string>

#include <gtest/gtest.h>

#include "daemon/app/ledger_job.h"
#include "daemon/app/measures.h"
#include "migration/ledger/ledger.h"
#include "tests/daemon/app/support/live_bench.h"

namespace hrbridge::app {
namespace {

class MigrationMetrics : public ::testing::Test {
  protected:
    MigrationMetrics() : services_(bench_.load()), connection_(services_->store->connect()) {
        store::migrate(*connection_);
    }

    void append(const std::string& module) {
        store::sql::Transaction transaction(*connection_);
        ledger::RehearsalFinished body;
        body.rehearsal = 1;
        ledger::Ledger(*connection_, nullptr).append({bench_.clock.now(), module, "anna", body});
        transaction.commit();
    }

    double entries(const std::string& module) {
        return state_.ledger_entries.Add({{"kind", "rehearsal_finished"}, {"subject", module}})
            .Value();
    }

    double faults() { return state_.ledger_faults.Add({}).Value(); }

    test::LiveBench bench_;
    monitoring::StateMetrics state_{bench_.metrics};
    std::unique_ptr<Services> services_;
    std::unique_ptr<store::sql::Connection> connection_;
};

TEST_F(MigrationMetrics, CountTheLedgersEntriesAndGrowWithThem) {
    Measures measures(*services_);
    append("core");
    append("core");
    append("pay");
    measures.take();
    EXPECT_EQ(entries("core"), 2);
    EXPECT_EQ(entries("pay"), 1);

    append("core");
    measures.take();

    EXPECT_EQ(entries("core"), 3);
    EXPECT_EQ(entries("pay"), 1);
}

TEST_F(MigrationMetrics, TellTheRowsOfAModulesNewestRehearsal) {
    connection_->run_script(
        "INSERT INTO rehearsal (id, module, number, project, plan_hash, mapping_set, state, actor, "
        "started_at) VALUES (1, 'core', 1, 'p', 'h', 'm', 'dropped', 'anna', 0), "
        "(2, 'core', 2, 'p', 'h', 'm', 'frozen', 'anna', 0);"
        "INSERT INTO rehearsal_mapping VALUES (1, 0, 'erp/person', 'h', 'person', 9, 9, 0, 0), "
        "(2, 0, 'erp/person', 'h', 'person', 10, 8, 2, 0), "
        "(2, 1, 'erp/spell', 'h', 'employment_spell', 5, 4, 0, 1)");

    Measures(*services_).take();

    const auto rows = [&](const char* what) {
        return state_.rehearsal_rows.Add({{"module", "core"}, {"what", what}}).Value();
    };
    EXPECT_EQ(rows("read"), 15);
    EXPECT_EQ(rows("stored"), 12);
    EXPECT_EQ(rows("rejected"), 2);
    EXPECT_EQ(rows("held"), 1);
    EXPECT_EQ(state_.rehearsals.Add({{"module", "core"}, {"state", "frozen"}}).Value(), 1);
}

TEST_F(MigrationMetrics, TellThatTheLedgerHoldsAndThatItWasChanged) {
    append("core");
    append("core");
    verify_ledger(*services_, {});
    EXPECT_EQ(faults(), 0);
    EXPECT_GT(state_.ledger_verified_seconds.Add({}).Value(), 0);

    connection_->run_script("UPDATE ledger_entry SET subject = 'pay' WHERE seq = 1");
    verify_ledger(*services_, {});

    EXPECT_GT(faults(), 0);
    EXPECT_TRUE(bench_.log.contains("the ledger does not hold"));
}

TEST_F(MigrationMetrics, ThatALedgerWasNeverVerifiedIsTold) {
    connection_->run_script("ALTER TABLE ledger_entry RENAME TO gone");

    EXPECT_THROW(verify_ledger(*services_, {}), base::StoreError);

    EXPECT_NE(bench_.metrics.expose().find("hrbridge_ledger_verified_timestamp_seconds 0\n"),
              std::string::npos);
}

}  // namespace
}  // namespace hrbridge::app
