#include <gmock/gmock.h>

#include "daemon/app/retention_job.h"
#include "tests/daemon/app/support/gate_bench.h"

namespace hrbridge::app {
namespace {

using test::GateBench;
using testing::HasSubstr;

// From what a terminal sends over HTTP to the rows of the entity, on both stores.
class PunchSync : public testing::TestWithParam<const char*> {
  protected:
    GateBench bench_{GetParam()};
};

TEST_P(PunchSync, PunchesBecomeRowsOnceInTheTerminalsZone) {
    bench_.push(
        "E1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\nE1\t2024-05-06 17:01:00\t1\t15\t0\t0\t0\n");
    bench_.push("E1\t2024-05-06 07:58:00\t0\t1\t0\t0\t0\n");

    const jobs::SyncReport report = bench_.sync();

    ASSERT_EQ(report.outcome, jobs::SyncOutcome::Done) << report.error;
    EXPECT_EQ(report.rows_read, 2);
    EXPECT_EQ(report.inserted, 2);
    const auto connection = bench_.services->store->connect();
    const auto rows = connection->query(
        "SELECT punch.punch_no, punch.punched_at, punch.direction, punch.device, "
        "employment_spell.employee_no FROM punch JOIN employment_spell ON "
        "employment_spell.id = punch.spell_id ORDER BY punched_at",
        {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "A1/E1/2024-05-06 07:58:00/0");
    EXPECT_EQ(base::to_string(rows->timestamp(1)), "2024-05-05 23:58:00Z");
    EXPECT_EQ(rows->text(2), "in");
    EXPECT_EQ(rows->text(3), "A1");
    EXPECT_EQ(rows->text(4), "E1");
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(base::to_string(rows->timestamp(1)), "2024-05-06 09:01:00Z");
    EXPECT_EQ(rows->text(2), "out");
}

TEST_P(PunchSync, TheNextRunReadsOnlyWhatCameSinceAndAFullOneReadsAll) {
    bench_.push("E1\t2024-05-06 07:58:00\t0\t1\n");
    bench_.sync();
    EXPECT_EQ(bench_.sync().rows_read, 0);
    bench_.push("E1\t2024-05-06 07:59:00\t0\t1\nE1\t2024-05-06 07:58:00\t0\t1\n");

    const jobs::SyncReport next = bench_.sync();
    EXPECT_EQ(next.rows_read, 1);
    EXPECT_EQ(next.inserted, 1);

    const jobs::SyncReport full = bench_.sync(true);
    EXPECT_EQ(full.rows_read, 2);
    EXPECT_EQ(full.inserted + full.updated, 0);
    EXPECT_EQ(bench_.count("punch"), 2);
}

TEST_P(PunchSync, ALineThatIsNoPunchIsARejectOfTheMappingWithItsBytes) {
    const auto answer = bench_.push("E1\t2024-05-06 07:58:00\t0\t1\n\xD5\xC5 E1 2024-05-06\n");
    EXPECT_EQ(answer.body, "OK:2") << "it must not be sent for ever";

    const jobs::SyncReport report = bench_.sync();

    EXPECT_EQ(report.inserted, 1);
    EXPECT_EQ(report.rows_rejected(), 1);
    const auto connection = bench_.services->store->connect();
    store::RejectRepository rejects(*connection);
    const auto open = rejects.list({});
    ASSERT_EQ(open.size(), 1U);
    EXPECT_THAT(open[0].reason, HasSubstr("no tab"));
    const auto kept = rejects.kept_row(open[0].id, *bench_.services->keys);
    ASSERT_TRUE(kept);
    EXPECT_THAT(kept->packed, HasSubstr("\xD5\xC5 E1 2024-05-06"));
}

TEST_P(PunchSync, APunchOfSomebodyWhoIsNotKnownYetWaitsForHim) {
    bench_.push("E2\t2024-05-06 07:58:00\t0\t1\n");
    EXPECT_EQ(bench_.sync().rows_held(), 1);
    {
        const auto connection = bench_.services->store->connect();
        connection->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
            "batch_id, known_from) SELECT $1, person_id, kind, hire_date, row_hash, batch_id, "
            "known_from FROM employment_spell",
            {"E2"});
    }

    bench_.sync();

    EXPECT_EQ(bench_.count("punch"), 1);
    EXPECT_EQ(bench_.count("reject WHERE state = 'open'"), 0);
}

TEST_P(PunchSync, WhatComesAgainAfterItsRetentionChangesNothing) {
    bench_.push("E1\t2024-05-06 07:58:00\t0\t1\nE1\t2024-05-06 07:59:00\t0\t1\n");
    bench_.sync();
    bench_.clock.advance(std::chrono::days(401));
    EXPECT_EQ(delete_old_rows(*bench_.services, {}).punches, 1) << "the newest stays";

    bench_.push("E1\t2024-05-06 07:58:00\t0\t1\nE1\t2024-05-06 07:59:00\t0\t1\n");
    const jobs::SyncReport report = bench_.sync();

    EXPECT_EQ(report.rows_read, 1);
    EXPECT_EQ(report.inserted + report.updated, 0);
    EXPECT_EQ(bench_.count("punch"), 2);
}

TEST_P(PunchSync, PunchesOfATerminalThatWasTakenOutAreStillRead) {
    bench_.push("E1\t2024-05-06 07:58:00\t0\t1\n");
    bench_.configure("zone: Europe/Berlin, terminals: {A2: {}}");
    bench_.services = bench_.load();

    EXPECT_EQ(bench_.sync().inserted, 1);

    const auto connection = bench_.services->store->connect();
    const auto rows = connection->query("SELECT punched_at FROM punch", {});
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(base::to_string(rows->timestamp(0)), "2024-05-06 05:58:00Z") << "the source's zone";
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         PunchSync,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace hrbridge::app
