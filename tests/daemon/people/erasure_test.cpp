#include "daemon/people/erasure.h"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "daemon/base/error.h"
#include "daemon/people/received.h"
#include "daemon/store/callback_inbox.h"
#include "daemon/store/content_sum.h"
#include "daemon/store/erased_people.h"
#include "daemon/store/seal_place.h"
#include "daemon/store/terminal_inbox.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::people {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::milliseconds kPatience{10'000};

// Two people with one employment, day and fact each, told by SQL alone.
class Erase : public store::BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        for (const char* number : {"E1", "E2"}) {
            add(number);
        }
    }
    void add(const std::string& number) {
        connection_->execute(
            "INSERT INTO person (person_no, name, id_number, wecom_userid, row_hash, batch_id, "
            "known_from) VALUES ($1, $2, $3, $4, $5, 1, $6)",
            {number,
             "Name of " + number,
             base::Bytes{keys_.seal("secret of " + number,
                                    store::seal_place("person", "id_number", number))},
             "user." + number,
             hash(),
             clock_.now()});
        connection_->execute(
            "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, end_date, "
            "row_hash, batch_id, known_from) SELECT person_no, id, 'permanent', $2, $3, row_hash, "
            "1, known_from FROM person WHERE person_no = $1",
            {number, day("2019-03-17"), day("2024-01-09")});
        connection_->execute(
            "INSERT INTO employment_spell_history (id, employee_no, person_id, kind, hire_date, "
            "row_hash, batch_id, known_from, known_to) SELECT id, employee_no, person_id, kind, "
            "hire_date, row_hash, 1, known_from, $2 FROM employment_spell WHERE employee_no = $1",
            {number, clock_.now()});
        connection_->execute(
            "INSERT INTO attendance_day (spell_id, work_date, day_class, worked_minutes, "
            "late_minutes, early_minutes, absent_minutes, row_hash, batch_id, known_from) SELECT "
            "id, hire_date, 'work', 480, 0, 0, 0, row_hash, 1, known_from FROM employment_spell "
            "WHERE employee_no = $1",
            {number});
    }
    static base::Date day(const std::string& text) { return *base::parse_date(text); }
    static base::Bytes hash() { return base::Bytes{std::string(16, 'h')}; }

    ErasureParts parts() {
        return {*connection_,
                keys_,
                *base::Zone::find("Asia/Shanghai"),
                [this](store::sql::Connection&, const store::SealedContent& content) {
                    told_.push_back(content.entity);
                },
                [this](store::sql::Connection&) {
                    if (!allowed_) {
                        throw base::LeaseHeld("taken over");
                    }
                },
                clock_.now()};
    }
    ErasureReport erase(const std::string& number) {
        return people::erase(parts(), {id_of(number)}, {"uid 0", Cause::Request, "asked"});
    }
    std::int64_t id_of(const std::string& number) {
        return find_people(*connection_, number).at(0).id;
    }
    LookFor all_erased() {
        return {*connection_,
                keys_,
                mappings_,
                std::make_shared<const store::ErasedPeople>(
                    store::ErasedPeople::read(*connection_, &keys_))};
    }
    store::ContentSum sum_of(const std::string& entity) {
        for (const store::EntityTable& table : store::entity_tables(*connection_)) {
            if (table.name == entity) {
                return store::compute_content_sum(*connection_, table);
            }
            if (store::history_of(table.name) == entity) {
                return store::compute_history_sum(
                    *connection_, table, store::compute_content_sum(*connection_, table).columns);
            }
        }
        throw std::logic_error("no entity " + entity);
    }
    std::string texts(const std::string& sql) {
        const auto rows = connection_->query(sql, {});
        std::string text;
        while (rows->next()) {
            text += (text.empty() ? "" : " ") + base::to_string(rows->value(0));
        }
        return text;
    }

    base::SealKeys keys_ = base::SealKeys::parse(base::SealKeys::generate("k1")).value();
    std::vector<engine::Mapping> mappings_;
    std::vector<std::string> told_;
    bool allowed_ = true;
};

TEST_P(Erase, SumsOfPromotedEntitiesAreThoseOfTheRowsThatStay) {
    for (const char* entity :
         {"person", "employment_spell", "employment_spell_history", "attendance_day"}) {
        store::write_content_sum(*connection_, sum_of(entity));
    }

    erase("E1");

    for (const char* entity :
         {"person", "employment_spell", "employment_spell_history", "attendance_day"}) {
        const auto kept = store::read_content_sum(*connection_, entity, false);
        EXPECT_EQ(kept->digest(), sum_of(entity).digest()) << entity;
    }
    EXPECT_THAT(
        told_,
        ElementsAre("attendance_day", "employment_spell_history", "employment_spell", "person"));
}

TEST_P(Erase, APromotedEntityThatNobodyCanTellTheLedgerOfStopsIt) {
    store::write_content_sum(*connection_, sum_of("attendance_day"));
    ErasureParts silent = parts();
    silent.seal_content = {};

    EXPECT_THROW(people::erase(silent, {id_of("E1")}, {"a", Cause::Request, ""}), base::StoreError);

    EXPECT_EQ(count("attendance_day"), 2);
}

TEST_P(Erase, WritesNothingOnceALeaseWasTakenOver) {
    allowed_ = false;
    EXPECT_THROW(erase("E1"), base::LeaseHeld);
    EXPECT_EQ(count("erasure"), 0);
    EXPECT_EQ(texts("SELECT person_no FROM person ORDER BY id"), "E1 E2");
}

TEST_P(Erase, WritesNothingWhenTheNumbersCannotBeKeptElsewhere) {
    ErasureWish wish{"a", Cause::Request, ""};
    wish.noted = [](const auto&, const auto&) {
        throw base::SystemError("backup", "28", base::Remedy::Stop, "full");
    };
    EXPECT_THROW(people::erase(parts(), {id_of("E1")}, wish), base::SystemError);
    EXPECT_EQ(texts("SELECT person_no FROM person ORDER BY id"), "E1 E2");
}

TEST_P(Erase, WhoWasErasedIsFoundByNoNumberAndKnownByAll) {
    const ErasureReport report = erase("E1");

    EXPECT_THAT(find_people(*connection_, "E1"), IsEmpty());
    EXPECT_THAT(find_people(*connection_, "erased-1"), IsEmpty());
    EXPECT_EQ(report.deleted.at("attendance_day"), 1);
    EXPECT_EQ(report.deleted.at("employment_spell_history"), 1);
    const store::ErasedPeople known = store::ErasedPeople::read(*connection_, &keys_);
    base::KeyedDigest digest = keys_.digest(store::kErasedPurpose);
    for (const auto& [field, number] : {std::pair{"person.person_no", "E1"},
                                        {"person.wecom_userid", "User.E1"},
                                        {"employment_spell.employee_no", "e1"}}) {
        EXPECT_TRUE(known.holds(store::erased_digest(digest, field, number))) << field;
    }
    EXPECT_FALSE(known.holds(store::erased_digest(digest, "person.person_no", "E2")));
}

TEST_P(Erase, ANumberOfTwoPeopleGivesBoth) {
    connection_->execute("UPDATE employment_spell SET employee_no = 'X' WHERE employee_no = 'E1'",
                         {});
    connection_->execute("UPDATE employment_spell SET employee_no = 'E1' WHERE employee_no = 'E2'",
                         {});
    EXPECT_EQ(find_people(*connection_, "E1").size(), 2U);
    EXPECT_EQ(find_people(*connection_, "X").size(), 1U);
}

TEST_P(Erase, WhatTerminalsAndThePlatformSentGoesAndTheRestIsReadOn) {
    model::TerminalUpload upload;
    upload.source = "gates";
    upload.serial = "A1";
    upload.received_at = clock_.now();
    for (const char* pin : {"e1", "E2", "E1"}) {
        model::TerminalRecord record;
        record.pin = pin;
        record.punched = "2024-05-06 07:58:00";
        upload.records.push_back(record);
    }
    for (const char* line :
         {"USER PIN=E1\tName=Name of E1", "USER PIN=E12\tName=other\tGrp=E1", "E1\t0"}) {
        model::TerminalRecord record;
        record.problem = "no punch";
        record.line = line;
        upload.records.push_back(record);
    }
    store::TerminalInbox inbox(*connection_);
    inbox.add(upload, keys_, kPatience);
    for (const char* user : {"User.E1", "user.e2"}) {
        model::Callback callback;
        callback.dedupe_key = user;
        callback.body =
            std::string("<xml><FromUserName><![CDATA[") + user + "]]></FromUserName></xml>";
        callback.received_at = clock_.now();
        store::CallbackInbox(*connection_).add(callback, keys_, kPatience);
    }

    erase("E1");
    const Forgotten forgotten = forget_received(all_erased());

    std::vector<std::string> left;
    for (const model::TerminalRecord& record : inbox.read("gates", 0, 1 << 30, 100, keys_)) {
        left.push_back(record.pin + record.line);
    }
    EXPECT_THAT(left, ElementsAre("E2", "USER PIN=E12\tName=other\tGrp=E1"));
    EXPECT_EQ(forgotten.deleted.at("terminal_record"), 4);
    EXPECT_EQ(texts("SELECT dedupe_key FROM callback_inbox"), "user.e2");
    upload.records.resize(2);
    upload.records.back().pin = "E7";
    inbox.add(upload, keys_, kPatience);
    EXPECT_EQ(inbox.read("gates", 0, 1 << 30, 100, keys_).back().pin, "E7");
}

TEST_P(Erase, TheNewestPunchLeavesItsPlaceInTheOrder) {
    model::TerminalUpload upload;
    upload.source = "gates";
    upload.serial = "A1";
    upload.received_at = clock_.now();
    model::TerminalRecord record;
    record.pin = "E1";
    record.punched = "2024-05-06 07:58:00";
    upload.records.push_back(record);
    store::TerminalInbox inbox(*connection_);
    inbox.add(upload, keys_, kPatience);

    erase("E1");
    forget_received(all_erased());

    EXPECT_THAT(inbox.read("gates", 0, 1 << 30, 100, keys_), IsEmpty());
    EXPECT_EQ(count("terminal_record WHERE pin IS NOT NULL"), 0);
    upload.records.front().pin = "E2";
    inbox.add(upload, keys_, kPatience);
    EXPECT_EQ(texts("SELECT id FROM terminal_record WHERE pin = 'E2'"), "2");
}

TEST_P(Erase, WhatATerminalSendsAgainGoesAgain) {
    model::TerminalUpload upload;
    upload.source = "gates";
    upload.serial = "A1";
    upload.received_at = clock_.now();
    for (const char* pin : {"E1", "E2"}) {
        model::TerminalRecord record;
        record.pin = pin;
        record.punched = "2024-05-06 07:58:00";
        upload.records.push_back(record);
    }
    erase("E1");
    store::TerminalInbox(*connection_).add(upload, keys_, kPatience);

    forget_received(all_erased());

    EXPECT_EQ(texts("SELECT pin FROM terminal_record WHERE pin IS NOT NULL"), "E2");
}

TEST_P(Erase, AHeldPersonIsLeftAndTheOthersAreErased) {
    connection_->execute(
        "INSERT INTO legal_hold (person_id, actor, reason, held_at) VALUES ($1, 'a', 'r', $2)",
        {id_of("E1"), clock_.now()});

    const ErasureReport report =
        people::erase(parts(), {id_of("E1"), id_of("E2")}, {"a", Cause::Restore, ""});

    EXPECT_EQ(report.left, 1);
    EXPECT_EQ(texts("SELECT person_no FROM person ORDER BY id"), "E1 erased-1");
}

TEST_P(Erase, WorkStaysOnItsDaysWithoutItsHours) {
    connection_->execute(
        "INSERT INTO operation (code, name, kind, row_hash, batch_id, known_from) VALUES ('OP', "
        "'o', 'production', $1, 1, $2)",
        {hash(), clock_.now()});
    connection_->execute(
        "INSERT INTO production_fact (fact_no, spell_id, operation_id, work_date, started_at, "
        "ended_at, qty_good, qty_scrap, qty_rework, row_hash, batch_id, known_from) SELECT "
        "'R-e1-7', s.id, o.id, $1, $2, $3, 5, 0, 0, s.row_hash, 1, s.known_from FROM "
        "employment_spell s, operation o WHERE s.employee_no = 'E1'",
        {day("2024-05-06"),
         *base::parse_timestamp("2024-05-06 12:10:00Z"),    // 20:10 in Shanghai
         *base::parse_timestamp("2024-05-06 20:05:00Z")});  // 04:05 of the next day

    erase("E1");

    EXPECT_EQ(texts("SELECT started_at FROM production_fact"), "2024-05-05 16:00:00Z");
    EXPECT_EQ(texts("SELECT ended_at FROM production_fact"), "2024-05-06 16:00:00Z");
    EXPECT_EQ(texts("SELECT fact_no FROM production_fact"), "erased-1") << "it had the number";
}

TEST_P(Erase, FormerVersionsOfAnEmploymentThatWasAnotherPersonsGoToo) {
    connection_->execute(
        "UPDATE employment_spell_history SET person_id = $1 WHERE employee_no = "
        "'E1'",
        {id_of("E2")});
    erase("E1");
    EXPECT_EQ(texts("SELECT employee_no FROM employment_spell_history"), "E2");
}

TEST_P(Erase, AReadingThatRemembersUseridsBeginsAnew) {
    connection_->execute(
        "INSERT INTO checkpoint (mapping, mapping_hash, run_id, position, complete, memory, "
        "updated_at) VALUES ('a', 'h', 1, '', TRUE, $1, $2), ('b', 'h', 1, 'p', TRUE, "
        "'userXe1', $2)",
        {std::string("abc\nUser.E1"), clock_.now()});
    erase("E1");
    EXPECT_EQ(texts("SELECT mapping || ':' || memory FROM checkpoint ORDER BY mapping"),
              "a: b:userXe1");
}

TEST_P(Erase, WhoseEmploymentsAllEndedIsDueUnlessOnHoldOrErased) {
    EXPECT_EQ(ended_before(*connection_, day("2024-01-09"), 10).size(), 0U);
    EXPECT_EQ(ended_before(*connection_, day("2024-01-10"), 10).size(), 2U);
    connection_->execute(
        "INSERT INTO legal_hold (person_id, actor, reason, held_at) VALUES (2, 'a', "
        "'r', $1)",
        {clock_.now()});
    EXPECT_THAT(ended_before(*connection_, day("2024-01-10"), 10), ElementsAre(1));
    erase("E1");
    EXPECT_THAT(ended_before(*connection_, day("2030-01-10"), 10), IsEmpty());
}

class EraseBesideAnEvaluation : public Erase {
  protected:
    bool someone_waits(store::sql::Connection& connection) {
        const auto rows = connection.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "wait_event_type = 'Lock'",
            {});
        rows->next();
        return rows->integer(0) > 0;
    }
};

TEST_P(EraseBesideAnEvaluation, LeavesNoCardThatWasWrittenWhileItWaited) {
    connection_->execute(
        "INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, state, "
        "evidence, inputs_hash, raised_at, updated_at) SELECT 'R1', 1, 'watch', 'defect_rate', "
        "id, $1, 'watching', '{}', row_hash, known_from, known_from FROM employment_spell WHERE "
        "employee_no = 'E1'",
        {day("2024-05-01")});
    const std::string spell = texts("SELECT spell_id FROM finding");
    const auto evaluation = (*store_)->connect();
    evaluation->begin_snapshot();
    evaluation->execute("UPDATE finding SET level = 'warning', state = 'raised'", {});
    evaluation->execute(
        "INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
        "next_attempt) VALUES ($1, 'warning_card', 'hr01', 'Name of E1', 'waiting', 0, $2, $2)",
        {"R1-defect_rate-" + spell + "-2024-05", clock_.now()});
    const auto onlooker = (*store_)->connect();

    std::thread erasing([this] { erase("E1"); });
    while (!someone_waits(*onlooker)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    evaluation->commit();
    erasing.join();

    EXPECT_EQ(count("finding"), 0);
    EXPECT_EQ(count("outbox"), 0);
}

INSTANTIATE_TEST_SUITE_P(OnPostgres,
                         EraseBesideAnEvaluation,
                         testing::Values("postgres"),
                         store::store_name);
INSTANTIATE_TEST_SUITE_P(BothStores,
                         Erase,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

}  // namespace
}  // namespace hrbridge::people
