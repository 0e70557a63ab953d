#include "daemon/store/repositories.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Repositories : public BothStores {
  protected:
    model::OutboxEvent event(const std::string& key) {
        model::OutboxEvent event;
        event.event_key = key;
        event.kind = "warning_card";
        event.receiver = "hr01";
        event.request = R"({"touser":"hr01"})";
        event.created_at = clock_.now();
        event.next_attempt = clock_.now();
        return event;
    }
    // For the terms of leases: by the caller's clock on SQLite, by the server's on PostgreSQL.
    void pass(seconds time) {
        clock_.advance(time);
        if (is_postgres()) {
            connection_->run_script(fmt::format(
                "UPDATE lease SET expires_at = expires_at - interval '{} seconds'", time.count()));
        }
    }
    std::int64_t add_spell(const std::string& number) {
        const std::string common = "row_hash, batch_id, known_from) VALUES (";
        connection_->execute("INSERT INTO person (person_no, name, wecom_userid, " + common +
                                 "$1, '张三', 'zs', $2, 1, $3)",
                             {number, base::Bytes{"h"}, clock_.now()});
        connection_->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, " + common +
                "$1, $2, 'permanent', $3, $4, 1, $5)",
            {number,
             one("SELECT max(id) FROM person"),
             *base::parse_date("2019-03-01"),
             base::Bytes{"h"},
             clock_.now()});
        return std::get<std::int64_t>(one("SELECT max(id) FROM employment_spell"));
    }
};

TEST_P(Repositories, ALeaseHasOneHolderUntilItExpires) {
    LeaseRepository leases(*connection_);
    const auto first = leases.acquire("sync/a", "one", clock_.now(), seconds(60));
    const auto second = leases.acquire("sync/a", "two", clock_.now(), seconds(60));
    pass(seconds(60));
    const auto third = leases.acquire("sync/a", "two", clock_.now(), seconds(60));

    ASSERT_TRUE(first);
    EXPECT_FALSE(second);
    ASSERT_TRUE(third);
    EXPECT_GT(*third, *first);
    EXPECT_FALSE(leases.holds("sync/a", *first));
    EXPECT_TRUE(leases.holds("sync/a", *third));
}

TEST_P(Repositories, AnExtendedLeaseIsNotTakenOver) {
    LeaseRepository leases(*connection_);
    const auto token = leases.acquire("sync/a", "one", clock_.now(), seconds(60));
    pass(seconds(50));
    ASSERT_TRUE(leases.extend("sync/a", *token, clock_.now(), seconds(60)));
    pass(seconds(50));

    EXPECT_FALSE(leases.acquire("sync/a", "two", clock_.now(), seconds(60)));
}

TEST_P(Repositories, ALeaseOfAServerIsHeldByItsClockWhateverThoseOfItsHoldersSay) {
    LeaseRepository leases(*connection_);
    ASSERT_TRUE(leases.acquire("sync/a", "one", clock_.now(), seconds(60)));
    const auto ahead = clock_.now() + minutes(10);
    EXPECT_EQ(leases.acquire("sync/a", "two", ahead, seconds(60)).has_value(), !is_postgres());
    pass(seconds(60));
    const auto behind = clock_.now() - minutes(10);
    EXPECT_EQ(leases.acquire("sync/a", "three", behind, seconds(60)).has_value(), is_postgres());
}

TEST_P(Repositories, AReleasedLeaseIsFreeAndItsTokenIsSpent) {
    LeaseRepository leases(*connection_);
    const auto token = leases.acquire("sync/a", "one", clock_.now(), seconds(60));
    leases.release("sync/a", *token);

    EXPECT_FALSE(leases.extend("sync/a", *token, clock_.now(), seconds(60)));
    EXPECT_FALSE(leases.holds("sync/a", *token));
    const auto next = leases.acquire("sync/a", "two", clock_.now(), seconds(60));
    ASSERT_TRUE(next);
    EXPECT_GT(*next, *token);
}

TEST_P(Repositories, OfTwoWhoFindAHolderGoneOneOnlyTakesItsLeaseOver) {
    LeaseRepository leases(*connection_);
    const auto token = leases.acquire("sync/a", "gone", clock_.now(), seconds(60));
    const auto first = leases.take_over("sync/a", "gone", "one", clock_.now(), seconds(90));
    const auto second = leases.take_over("sync/a", "gone", "two", clock_.now(), seconds(90));
    pass(seconds(89));
    const auto third = leases.acquire("sync/a", "three", clock_.now(), seconds(60));

    ASSERT_TRUE(first);
    EXPECT_GT(*first, *token);
    EXPECT_FALSE(second);
    EXPECT_FALSE(third);
    EXPECT_TRUE(leases.holds("sync/a", *first));
    EXPECT_EQ(one("SELECT holder FROM lease"), base::Value("one"));
}

TEST_P(Repositories, AClaimCountsTheAttemptAndIsNotRepeated) {
    OutboxRepository outbox(*connection_);
    outbox.add(event("e1"));

    const auto claimed = outbox.claim(clock_.now(), minutes(5), 10);
    const auto again = outbox.claim(clock_.now(), minutes(5), 10);

    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].attempts, 1);
    EXPECT_EQ(claimed[0].first_attempt, clock_.now());
    EXPECT_EQ(claimed[0].state, model::OutboxState::Sending);
    EXPECT_EQ(claimed[0].request, event("e1").request);
    EXPECT_TRUE(again.empty());
}

TEST_P(Repositories, AMessageLeftInSendingComesBackWithUnknownOutcome) {
    OutboxRepository outbox(*connection_);
    outbox.add(event("e1"));
    const auto first_attempt = clock_.now();
    outbox.claim(clock_.now(), minutes(5), 10);
    clock_.advance(minutes(5));

    const auto stale = outbox.claim(clock_.now(), minutes(5), 10);

    ASSERT_EQ(stale.size(), 1U);
    EXPECT_EQ(stale[0].attempts, 2);
    EXPECT_EQ(stale[0].last_code, "unknown");
    EXPECT_EQ(stale[0].first_attempt, first_attempt);
}

TEST_P(Repositories, AMessageIsNotDueBeforeItsTime) {
    OutboxRepository outbox(*connection_);
    model::OutboxEvent later = event("e1");
    later.next_attempt = clock_.now() + seconds(1);
    outbox.add(later);

    EXPECT_TRUE(outbox.claim(clock_.now(), minutes(5), 10).empty());
    clock_.advance(seconds(1));
    EXPECT_EQ(outbox.claim(clock_.now(), minutes(5), 10).size(), 1U);
}

TEST_P(Repositories, OutboxDepthTellsTheOldestOfEachState) {
    OutboxRepository outbox(*connection_);
    const auto oldest = clock_.now();
    outbox.add(event("e1"));
    clock_.advance(minutes(1));
    outbox.add(event("e2"));
    model::OutboxEvent sent = outbox.claim(clock_.now(), minutes(5), 1).at(0);
    sent.state = model::OutboxState::Sent;
    sent.sent_at = clock_.now();
    sent.message_id = "m1";
    outbox.update(sent);

    const auto depth = outbox.depth();

    ASSERT_EQ(depth.size(), 2U);
    EXPECT_EQ(depth[0].state, "sent");
    EXPECT_EQ(depth[0].oldest, oldest);
    EXPECT_EQ(depth[1].state, "waiting");
    EXPECT_EQ(depth[1].events, 1);
    EXPECT_EQ(outbox.find(sent.id)->message_id, "m1");
    EXPECT_EQ(outbox.list("sent", 10).size(), 1U);
}

TEST_P(Repositories, ARunIsFoundWithAllThatWasWritten) {
    RunRepository runs(*connection_);
    model::Run run;
    run.mapping = "erp/person";
    run.source = "erp";
    run.mapping_hash = "abc";
    run.kind = "full";
    run.started_at = clock_.now();
    run.window_to = clock_.now();
    const std::int64_t id = runs.start(run);
    runs.finish(id, "failed", clock_.now() + seconds(5), "source is gone");

    const auto found = runs.find(id);

    ASSERT_TRUE(found);
    EXPECT_EQ(found->outcome, "failed");
    EXPECT_EQ(found->error, "source is gone");
    EXPECT_EQ(found->finished_at, clock_.now() + seconds(5));
    EXPECT_EQ(found->window_from, std::nullopt);
    EXPECT_EQ(found->window_to, clock_.now());
    EXPECT_EQ(runs.latest(10, "erp/person").size(), 1U);
    EXPECT_TRUE(runs.latest(10, "erp/other").empty());
}

TEST_P(Repositories, PausingAJobKeepsItsTimesAndResumingClearsTheReason) {
    JobRepository jobs(*connection_);
    jobs.set_times("sync/a", clock_.now(), clock_.now() + minutes(15));
    jobs.pause("sync/a", "li.na", "stock-taking", clock_.now());
    const auto paused = jobs.find("sync/a");
    jobs.resume("sync/a");
    const auto resumed = jobs.find("sync/a");

    ASSERT_TRUE(paused && resumed);
    EXPECT_TRUE(paused->paused);
    EXPECT_EQ(paused->reason, "stock-taking");
    EXPECT_EQ(paused->last_start, clock_.now());
    EXPECT_FALSE(resumed->paused);
    EXPECT_EQ(resumed->reason, std::nullopt);
    EXPECT_EQ(resumed->next_start, clock_.now() + minutes(15));
    EXPECT_FALSE(jobs.find("sync/b"));
}

class Accounts : public Repositories {
  protected:
    void SetUp() override {
        Repositories::SetUp();
        model::Account account;
        account.name = "hr";
        account.password_hash = "hash";
        AccountRepository(*connection_).add(account, clock_.now());
        id_ = AccountRepository(*connection_).find("hr")->id;
    }
    model::Account account() { return *AccountRepository(*connection_).find(id_); }
    bool may_log_in() { return AccountRepository(*connection_).may_log_in(account()); }

    std::int64_t id_ = 0;
};

TEST_P(Accounts, WithANewPasswordRefuseALoginThatCheckedTheOldOne) {
    const model::Account before = account();
    EXPECT_TRUE(may_log_in());
    AccountRepository(*connection_).set_password(id_, "other");
    EXPECT_FALSE(AccountRepository(*connection_).may_log_in(before));
    EXPECT_TRUE(may_log_in());
}

TEST_P(Accounts, ThatAreDisabledLogInOnlyWhenEnabledAgain) {
    AccountRepository(*connection_).set_disabled(id_, true);
    EXPECT_FALSE(may_log_in());
    AccountRepository(*connection_).set_disabled(id_, false);
    EXPECT_TRUE(may_log_in());
}

TEST_P(Repositories, ASessionEndsAloneOrWithItsAccount) {
    AccountRepository accounts(*connection_);
    model::Account account;
    account.name = "hr";
    account.role = model::Role::Hr;
    account.password_hash = "x";
    accounts.add(account, clock_.now());
    account = accounts.find("hr").value();
    for (const char* token : {"t1", "t2", "t3"}) {
        accounts.add_session(
            {token, account.id, "form", clock_.now(), clock_.now() + minutes(30), clock_.now()});
    }
    accounts.touch_session("t1", clock_.now() + minutes(1));
    accounts.end_session("t2");

    EXPECT_EQ(accounts.find_session("t1")->last_seen, clock_.now() + minutes(1));
    EXPECT_FALSE(accounts.find_session("t2"));
    EXPECT_TRUE(accounts.find_session("t3"));
    accounts.end_sessions(account.id);
    EXPECT_FALSE(accounts.find_session("t1"));
}

TEST_P(Repositories, ReplacingFactsWritesOnlyWhatDiffers) {
    FindingRepository findings(*connection_);
    const std::int64_t spell = add_spell("E1");
    const base::Date may = *base::parse_date("2024-05-01");
    const base::Date june = *base::parse_date("2024-06-01");
    const base::Date july = *base::parse_date("2024-07-01");
    const model::KpiFact in_may{
        "defects", 1, spell, may, "OP010", "team A", 3, 100, 0, std::string(32, 'a')};
    model::KpiFact in_june{
        "defects", 1, spell, june, "OP010", "team A", 4, 100, 0, std::string(32, 'b')};

    using Written = std::map<base::Date, std::int64_t>;
    EXPECT_EQ(findings.replace_facts("defects", may, july, {in_may, in_june}, clock_.now()),
              (Written{{may, 1}, {june, 1}}));
    EXPECT_EQ(findings.replace_facts("defects", may, july, {in_may, in_june}, clock_.now()),
              Written{});
    in_june.numerator = 5;
    EXPECT_EQ(findings.replace_facts("defects", may, july, {in_may, in_june}, clock_.now()),
              (Written{{june, 1}}));
    EXPECT_EQ(findings.replace_facts("defects", june, july, {}, clock_.now()),
              (Written{{june, 1}}));
    const auto left = findings.facts("defects", may, july);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].period, may);
    EXPECT_EQ(left[0].lineage, std::string(32, 'a'));
}

TEST_P(Repositories, AFindingChangesOnlyWithItsInputs) {
    FindingRepository findings(*connection_);
    model::Finding finding;
    finding.rule = "R1";
    finding.level = model::FindingLevel::Warning;
    finding.kpi_code = "defects";
    finding.spell_id = add_spell("E1");
    finding.period = *base::parse_date("2024-05-01");
    finding.evidence = "{}";
    finding.inputs_hash = std::string(32, 'a');
    finding.raised_at = clock_.now();
    finding.updated_at = clock_.now();
    const auto first = findings.save(finding);
    const auto same = findings.save(finding);
    finding.inputs_hash = std::string(32, 'b');
    const auto other = findings.save(finding);

    EXPECT_TRUE(first.changed);
    EXPECT_FALSE(same.changed);
    EXPECT_TRUE(other.changed);
    EXPECT_EQ(first.id, other.id);
    EXPECT_EQ(findings.find(first.id)->inputs_hash, std::string(32, 'b'));
    const auto label = findings.employee(finding.spell_id);
    ASSERT_TRUE(label);
    EXPECT_EQ(label->name, "张三");
    EXPECT_EQ(label->org_unit, "");
}

TEST_P(Repositories, AWithdrawnMessageIsNeverSentAgain) {
    OutboxRepository outbox(*connection_);
    model::OutboxEvent event;
    event.event_key = "R1-card";
    event.kind = "warning_card";
    event.request = "{}";
    event.created_at = event.next_attempt = clock_.now();
    for (const char* receiver : {"answered", "died", "waits"}) {
        event.receiver = receiver;
        event.next_attempt += seconds(1);
        outbox.add(event);
    }
    auto under_way = outbox.claim(clock_.now() + seconds(9), seconds(60), 2);
    ASSERT_EQ(under_way.size(), 2U);

    outbox.withdraw("R1-card", clock_.now());

    ASSERT_EQ(outbox.of_event("R1-card").size(), 2U) << "who waited is gone";
    under_way[0].state = model::OutboxState::Waiting;  // the platform was not reached
    outbox.update(under_way[0]);
    EXPECT_TRUE(outbox.claim(clock_.now() + minutes(60), seconds(60), 9).empty());
    for (const model::OutboxEvent& each : outbox.of_event("R1-card")) {
        EXPECT_EQ(each.state, model::OutboxState::Dead) << each.receiver;
        EXPECT_TRUE(outbox.is_withdrawn(each.id));
    }
}

TEST_P(Repositories, AListOfFindingsThatIsCutKeepsTheWarnings) {
    FindingRepository findings(*connection_);
    model::Finding finding;
    finding.kpi_code = "defects";
    finding.spell_id = add_spell("E1");
    finding.evidence = "{}";
    finding.inputs_hash = std::string(32, 'a');
    finding.raised_at = finding.updated_at = clock_.now();
    const auto add = [&](const char* rule, const char* month, model::FindingLevel level) {
        finding.rule = rule;
        finding.period = *base::parse_date(month);
        finding.level = level;
        return findings.save(finding).id;
    };
    add("R2", "2024-06-01", model::FindingLevel::Watch);
    add("R3", "2024-06-01", model::FindingLevel::Watch);
    finding.state = "retracted";
    const auto april = add("R1", "2024-04-01", model::FindingLevel::Warning);
    finding.state = "raised";
    const auto may = add("R1", "2024-05-01", model::FindingLevel::Warning);
    const auto june = add("R1", "2024-06-01", model::FindingLevel::Warning);

    const auto shown = findings.list(2);

    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].id, june);
    EXPECT_EQ(shown[1].id, may);
    EXPECT_EQ(findings.list(5).back().id, april);
    EXPECT_EQ(findings.count(), 5);
}

TEST_P(Repositories, EvidenceThatNothingRestsOnIsWrittenWithoutAChange) {
    FindingRepository findings(*connection_);
    model::Finding finding;
    finding.rule = "R1";
    finding.kpi_code = "defects";
    finding.spell_id = add_spell("E1");
    finding.period = *base::parse_date("2024-05-01");
    finding.evidence = R"({"history":1})";
    finding.inputs_hash = std::string(32, 'a');
    finding.raised_at = finding.updated_at = clock_.now();
    const auto id = findings.save(finding).id;
    findings.set_card(id, "R1-card", 1);
    finding.evidence = R"({"history":2})";

    EXPECT_FALSE(findings.save(finding).changed);

    EXPECT_EQ(findings.find(id)->evidence, R"({"history":2})");
    EXPECT_EQ(findings.find(id)->card, "R1-card");
    EXPECT_EQ(findings.find(id)->cards, 1);
}

TEST_P(Repositories, RejectsAreClosedAndPurgedByAge) {
    const std::int64_t run = 1;
    const auto add = [&](const std::string& key, const std::string& kind) {
        connection_->execute(
            "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, "
            "source_key, key_digest, packed_row, state, seen, first_seen, last_seen) VALUES "
            "('m', 'h', $1, $2, 'F01', 'f', 'r', $3, $4, $5, 'open', 1, $6, $6)",
            {run, kind, key, base::Bytes{key}, base::Bytes{"p"}, clock_.now()});
    };
    add("a", "row");
    add("b", "hold");
    add("c", "hold");
    RejectRepository rejects(*connection_);
    const auto holds = rejects.ready_holds("m", {}, 0, 10);
    ASSERT_EQ(holds.size(), 2U);
    rejects.set_state(holds[0], "released", clock_.now());

    EXPECT_EQ(rejects.list({}).size(), 2U);
    EXPECT_EQ(rejects.counts().size(), 2U);
    EXPECT_EQ(rejects.purge(clock_.now()), 0);
    EXPECT_EQ(rejects.purge(clock_.now() + seconds(1)), 1);
    EXPECT_EQ(count("reject"), 2);
    clock_.advance(minutes(2));
    EXPECT_TRUE(rejects.dismiss(holds[1], "uid 0", "why", clock_.now()));
    EXPECT_EQ(rejects.purge(clock_.now() - minutes(1)), 0) << "kept from when it was dismissed";
    EXPECT_EQ(rejects.purge(clock_.now() + seconds(1)), 1);
}

TEST_P(Repositories, OldRunsGoWithTheirBatchesButNotTheOneOfACheckpoint) {
    RunRepository runs(*connection_);
    const auto start = [&](const std::string& outcome) {
        model::Run run;
        run.mapping = "m";
        run.started_at = clock_.now();
        const std::int64_t id = runs.start(run);
        connection_->execute(
            "INSERT INTO batch (run_id, identity, position, rows_read, rows_inserted, "
            "rows_updated, "
            "rows_unchanged, rows_rejected, rows_held, content_hash, committed_at) "
            "VALUES ($1, $2, '', 0, 0, 0, 0, 0, 0, $2, $3)",
            {id, base::Bytes{std::to_string(id)}, clock_.now()});
        if (!outcome.empty()) {
            runs.finish(id, outcome, clock_.now(), {});
        }
        return id;
    };
    const std::int64_t old = start("done");
    const std::int64_t checkpointed = start("failed");
    const std::int64_t running = start("");
    connection_->execute(
        "INSERT INTO checkpoint (mapping, mapping_hash, run_id, position, complete, memory, "
        "updated_at) VALUES ('m', 'h', $1, '', $2, '', $3)",
        {checkpointed, true, clock_.now()});
    clock_.advance(minutes(1));
    const std::int64_t recent = start("done");

    EXPECT_EQ(runs.purge(clock_.now()), 1);
    EXPECT_FALSE(runs.find(old));
    for (const std::int64_t kept : {checkpointed, running, recent}) {
        EXPECT_TRUE(runs.find(kept));
    }
    EXPECT_EQ(count("batch"), 3);
}

class AuditChain : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        AuditRepository audit(*connection_);
        for (int i = 0; i < 4; ++i) {
            audit.add("hr", "finding.read", std::to_string(i), "detail", clock_.now());
        }
    }
    bool is_broken() { return AuditRepository(*connection_).first_broken().has_value(); }
};

TEST_P(AuditChain, HoldsAsItWasWritten) {
    EXPECT_FALSE(is_broken());
}

TEST_P(AuditChain, BreaksWithAChangeOfAnyField) {
    for (const char* change : {"actor = 'x'", "act = 'x'", "object = 'x'", "detail = ''"}) {
        sql::Transaction undone(*connection_);
        connection_->execute(std::string("UPDATE audit SET ") + change + " WHERE object = '2'", {});

        EXPECT_TRUE(is_broken()) << change;
    }
    sql::Transaction undone(*connection_);
    connection_->execute("UPDATE audit SET at = $1 WHERE object = '2'",
                         {clock_.now() + seconds(1)});
    EXPECT_TRUE(is_broken());
}

TEST_P(AuditChain, BreaksWithARowThatIsTakenOut) {
    connection_->execute("DELETE FROM audit WHERE object = '1'", {});

    EXPECT_TRUE(is_broken());
}

TEST_P(AuditChain, BreaksWithARowThatIsPutIn) {
    connection_->execute(
        "INSERT INTO audit (at, actor, act, object, detail, prev_hash, hash) "
        "SELECT at, actor, act, object, detail, prev_hash, hash FROM audit "
        "WHERE object = '3'",
        {});

    EXPECT_TRUE(is_broken());
}

INSTANTIATE_TEST_SUITE_P(Stores, Repositories, testing::Values("sqlite", "postgres"), store_name);
INSTANTIATE_TEST_SUITE_P(Stores, Accounts, testing::Values("sqlite", "postgres"), store_name);
INSTANTIATE_TEST_SUITE_P(Stores, AuditChain, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
