#include <stop_token>
#include <string>

#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/jobs/sync_runner.h"
#include "mappings/engine/mapping.h"
#include "tests/connectors/odbc/databases.h"
#include "tests/daemon/jobs/support/test_store.h"

namespace hrbridge::jobs {
namespace {

// The shipped mapping of defects over tables of a MES.
class DefectMapping : public testing::Test {
  protected:
    void SetUp() override {
        mes_.run(
            {"CREATE TABLE mes_production (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no "
             "varchar(20) NOT NULL, op_code varchar(16) NOT NULL, order_no varchar(32), work_date "
             "date NOT NULL, machine varchar(16), updated_at datetime NOT NULL)",
             "CREATE TABLE mes_defect (defect_no varchar(32) NOT NULL PRIMARY KEY, found_at "
             "datetime NOT NULL, report_no varchar(32), found_by varchar(20), found_op "
             "varchar(16), cause_code varchar(16), qty int NOT NULL, disposition varchar(8) NOT "
             "NULL, updated_at datetime NOT NULL)",
             "INSERT INTO mes_production VALUES ('R1', 'E1', 'OP010', NULL, '2024-05-06', 'M4', "
             "'2024-05-06 10:00:00')",
             "INSERT INTO mes_defect VALUES ('D1', '2024-05-07 09:00:00', 'R1', 'E3', 'QC900', "
             "NULL, 2, 'SCRAP', '2024-05-07 09:01:00'), ('D2', '2024-05-07 09:00:00', NULL, 'E3', "
             "'QC900', NULL, 1, 'SCRAP', '2024-05-07 09:01:00')"});
        const auto connection = store_.connect();
        connection->run_script(
            "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('P1', "
            "'张三', x'00', 0, 0);"
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) VALUES ('E1', 1, 'permanent', 0, x'00', 0, 0), "
            "('E2', 1, 'permanent', 0, x'00', 0, 0), ('E3', 1, 'permanent', 0, x'00', 0, 0);"
            "INSERT INTO operation (code, name, kind, row_hash, batch_id, known_from) VALUES "
            "('OP010', 'a', 'production', x'00', 0, 0), ('QC900', 'b', 'inspection', x'00', 0, "
            "0);");
    }

    SyncReport sync() {
        auto loaded = engine::load_mapping(HRBRIDGE_SOURCE_DIR "/mappings/mes/defect.map.yaml");
        SyncRunner runner({store_.store(),
                           [this](const std::string&) { return &source_; },
                           &keys_,
                           clock_,
                           log_,
                           metrics_});
        return runner.run(*loaded.mapping, {}, std::stop_token());
    }
    std::string responsible(const std::string& defect) {
        return store_.list(
            "SELECT COALESCE(s.employee_no, 'nobody') FROM defect d LEFT JOIN employment_spell s "
            "ON s.id = d.responsible_spell_id WHERE d.defect_no = '" +
            defect + "'");
    }

    odbc::Database mes_{"sqlite"};
    odbc::SqlConnector& source_ = mes_.connector();
    test::TestStore store_{"sqlite"};
    base::SealKeys keys_ = *base::SealKeys::parse(base::SealKeys::generate("k1"));
    base::SystemClock clock_;
    test::MemoryLog log_;
    monitoring::Metrics metrics_;
};

TEST_F(DefectMapping, ACorrectedWorkReportMovesItsDefectsToWhoMadeThem) {
    const SyncReport first = sync();
    ASSERT_EQ(first.outcome, SyncOutcome::Done) << first.error << to_text(first.faults);
    ASSERT_EQ(responsible("D1"), "E1");
    ASSERT_EQ(responsible("D2"), "nobody");
    mes_.run(
        {"UPDATE mes_production SET emp_no = 'E2', updated_at = datetime('now', '+8 hours', '-10 "
         "minutes')"});

    const SyncReport second = sync();

    ASSERT_EQ(second.outcome, SyncOutcome::Done) << second.error << to_text(second.faults);
    EXPECT_EQ(second.rows_read, 1);
    EXPECT_EQ(responsible("D1"), "E2");
}

TEST_F(DefectMapping, AReportThatComesAfterItsDefectGivesItAMaker) {
    ASSERT_EQ(sync().outcome, SyncOutcome::Done);
    mes_.run({"UPDATE mes_defect SET report_no = 'R2' WHERE defect_no = 'D2'"});
    mes_.run(
        {"INSERT INTO mes_production VALUES ('R2', 'E2', 'OP010', NULL, '2024-05-06', 'M4', "
         "datetime('now', '+8 hours', '-10 minutes'))"});

    ASSERT_EQ(sync().outcome, SyncOutcome::Done);

    EXPECT_EQ(responsible("D2"), "E2");
}

TEST_F(DefectMapping, ADefectChangedAloneIsReadAgainToo) {
    ASSERT_EQ(sync().outcome, SyncOutcome::Done);
    mes_.run(
        {"UPDATE mes_defect SET qty = 7, updated_at = datetime('now', '+8 hours', '-10 minutes') "
         "WHERE defect_no = 'D2'"});

    const SyncReport second = sync();

    EXPECT_EQ(second.rows_read, 1);
    EXPECT_EQ(store_.list("SELECT qty FROM defect ORDER BY defect_no"), "2 7");
}

}  // namespace
}  // namespace hrbridge::jobs
