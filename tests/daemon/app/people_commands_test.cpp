#include <gmock/gmock.h>

#include "daemon/app/retention_job.h"
#include "tests/daemon/app/support/people_bench.h"

namespace hrbridge::app {
namespace {

using test::PeopleBench;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class People : public testing::TestWithParam<const char*> {
  protected:
    void erase(const std::string& number) {
        const auto ran = bench_.people("erase", number, {"--reason", "asked on paper"});
        ASSERT_EQ(ran.exit, Exit::Done) << ran.out;
    }
    PeopleBench bench_{GetParam()};
};

TEST_P(People, ErasedAreNamedNowhereAndTheirWorkStays) {
    bench_.sync();

    erase("E1");

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3");
    EXPECT_EQ(bench_.list("SELECT count(*) FROM person WHERE id_number IS NOT NULL OR name = 'An "
                          "Hong' OR wecom_userid = 'an.hong'"),
              "0");
    EXPECT_EQ(bench_.list("SELECT employee_no FROM employment_spell ORDER BY id"),
              "erased-1-1 E2 E3");
    EXPECT_EQ(bench_.list("SELECT hire_date FROM employment_spell WHERE id = 1"), "2019-03-01");
    EXPECT_EQ(bench_.list("SELECT end_date FROM employment_spell WHERE id = 1"), "2024-06-01");
    EXPECT_EQ(bench_.count("employment_spell WHERE id = 1 AND base_salary IS NOT NULL"), "0");
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch"), "2");
    EXPECT_EQ(bench_.list("SELECT qty_good FROM production_fact ORDER BY id"), "100 90");
    EXPECT_EQ(bench_.count("defect"), "3");
}

// In any table of the store, in any column that can be read without a key.
TEST_P(People, NothingThatCanBeReadHasANameOrNumberOfTheErased) {
    bench_.put("punch",
               "id,emp,at\nE1-0800,E1,2024-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n3,e1,never\n");
    bench_.put(
        "assignment",
        "emp,unit,boss,since\nE1,T1,,2019-03-17\nE2,T9,E1,2020-01-01\nE3,T1,E1,2020-01-01\n");
    bench_.sync();
    bench_.put("spell",
               "emp,no,hire,leave,pay\nE1,E1,2019-03-17,2024-05-10,6600.00\nE2,E2,2020-01-01,,"
               "7000.00\nE3,E3,2020-01-01,,7000.00\n");
    bench_.sync();
    ASSERT_THAT(bench_.texts(), testing::Contains("employment_spell_history.employee_no E1"));

    erase("E1");
    bench_.sync();

    for (const std::string& text : bench_.texts()) {
        for (const char* const trace : {"E1", "e1", "An Hong", "an.hong", "110101199003076632"}) {
            EXPECT_EQ(text.substr(text.find(' ')).find(trace), std::string::npos) << text;
        }
    }
}

TEST_P(People, NoSourceBringsAnErasedPersonBack) {
    bench_.sync();
    erase("E1");
    bench_.put(
        "fact",
        "id,emp,day,good\nF1,E1,2024-05-06,100\nF2,E2,2024-05-06,90\nF9, e1 ,2024-05-08,5\n");

    bench_.sync();

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3");
    EXPECT_EQ(bench_.count("employment_spell"), "3");
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch"), "2");
    EXPECT_EQ(bench_.list("SELECT fact_no FROM production_fact ORDER BY id"), "F1 F2");
    EXPECT_EQ(bench_.list("SELECT responsible_spell_id FROM defect ORDER BY id"), "1 2 2");
    EXPECT_EQ(bench_.count("reject"), "0");
    EXPECT_THAT(bench_.run({"sync", "test/fact", "--full"}).out,
                HasSubstr("2 rows about people who were erased were passed over"));
}

TEST_P(People, WhoIsNamedByOthersIsTakenFromTheirRows) {
    bench_.sync();
    erase("E1");

    bench_.sync();

    EXPECT_EQ(
        bench_.list("SELECT s.employee_no FROM assignment a JOIN employment_spell s ON s.id = "
                    "a.spell_id WHERE a.manager_id IS NULL ORDER BY a.id"),
        "erased-1-1 E2");
    EXPECT_EQ(bench_.list("SELECT defect_no FROM defect WHERE finder_spell_id IS NULL"), "D2");
}

TEST_P(People, ASweepNeitherMissesWhatStaysNorFindsWhatWent) {
    bench_.sync();
    erase("E1");
    bench_.sync();

    for (const char* mapping :
         {"test/person", "test/spell", "test/punch", "test/fact", "test/defect"}) {
        const auto swept =
            bench_.run({"sync", mapping, "--sweep", "hashes", "--dry-run", "--json"});
        ASSERT_EQ(swept.exit, Exit::Done) << swept.out << swept.errors;
        const auto json = swept.json();
        EXPECT_EQ(json.dump().find("\"missing\":0") == std::string::npos, false) << json.dump();
        EXPECT_EQ(json.dump().find("\"added\":0") == std::string::npos, false) << json.dump();
        EXPECT_EQ(json.dump().find("\"changed\":0") == std::string::npos, false) << json.dump();
    }
}

TEST_P(People, LongRefusedRowsGoAndLoseTheNumberLikeOthers) {
    const std::string unit(1'200'000, 'T');
    bench_.put("assignment",
               "emp,unit,boss,since\nE1," + unit + ",,2019-03-17\nE2," + unit +
                   ",E1,2020-01-01\nE3,T1,E2,2020-01-01\n");
    bench_.sync();
    ASSERT_EQ(bench_.list("SELECT count(*) FROM reject WHERE long_row IS NOT NULL"), "2");

    erase("E1");

    const std::string id = bench_.list("SELECT id FROM reject");
    const auto shown = bench_.run({"rejects", "show", id});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("E2"), HasSubstr("TTTTTT"), Not(HasSubstr("E1"))));
}

TEST_P(People, RefusedRowsGoWhereTheyAreAboutThePersonAndLoseTheNumberWhereTheyNameHim) {
    bench_.put("person",
               "no,name,idn,userid\nE1,An Hong,110101199003076632,an.hong\nE2,Bo Li,,bo\nE3,Cai "
               "Wu,,cai\n e1 ,An 7,,\nx e1,An 7,,\n");
    bench_.put(
        "assignment",
        "emp,unit,boss,since\nE1,T9,,2019-03-17\nE2,T9,E1,2020-01-01\nE3,T1,E2,2020-01-01\n");
    bench_.put("punch", "id,emp,at\n1,E1,noon\n2,E2,2024-05-06 08:01:00\n3,e1,never\n");
    bench_.sync();
    ASSERT_EQ(bench_.count("reject"), "6");

    erase("E1");

    EXPECT_EQ(bench_.list("SELECT mapping FROM reject ORDER BY mapping, id"),
              "test/assignment test/person")
        << "E2's row that names him, and one whose number nobody can tell";
    const std::string id = bench_.list("SELECT id FROM reject WHERE mapping = 'test/assignment'");
    const auto shown = bench_.run({"rejects", "show", id});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("E2"), HasSubstr("T9"), Not(HasSubstr("E1"))));
    bench_.put("unit", "code,name,kind\nT1,Team 1,team\nT9,Team 9,team\n");
    ASSERT_EQ(bench_.run({"sync", "test/unit", "--full"}).exit, Exit::Done);
    EXPECT_EQ(bench_.run({"rejects", "replay", "test/assignment"}).exit, Exit::Done);
    EXPECT_EQ(
        bench_.list("SELECT s.employee_no FROM assignment a JOIN employment_spell s ON s.id = "
                    "a.spell_id WHERE a.manager_id IS NULL"),
        "E2");
}

TEST_P(People, AnExportHasAllOfThePersonAndNothingOfOthers) {
    bench_.put("punch",
               "id,emp,at\n1,E1,2024-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n3,E1,noon\n");
    bench_.sync();

    const auto ran = bench_.people("export", "E1");

    ASSERT_EQ(ran.exit, Exit::Done) << ran.out;
    const auto json = ran.json();
    EXPECT_EQ(json.at("data").at("person").at(0).at("name"), "An Hong");
    EXPECT_EQ(json.at("data").at("person").at(0).at("id_number"), "110101199003076632");
    EXPECT_EQ(json.at("data").at("employment_spell").at(0).at("base_salary"), "6500.00");
    EXPECT_EQ(json.at("data").at("punch").size(), 1U);
    EXPECT_EQ(json.at("data").at("production_fact").at(0).at("qty_good"), 100);
    EXPECT_EQ(json.at("data").at("defect").size(), 1U) << "those that he made";
    EXPECT_EQ(json.at("refused_rows").at(0).at("cells").at("at"), "noon");
    EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("Bo Li")), Not(HasSubstr("7000.00"))));
    EXPECT_EQ(bench_.list("SELECT act FROM audit ORDER BY id DESC LIMIT 1"), "person.export");
}

TEST_P(People, FindingsAndMessagesOfThePersonGo) {
    bench_.sync();
    bench_.change(
        "INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, state, "
        "evidence, inputs_hash, raised_at, updated_at) SELECT 'R1', 1, 'warning', 'defect_rate', "
        "s.id, f.work_date, 'raised', '{}', s.row_hash, s.known_from, s.known_from FROM "
        "employment_spell s JOIN production_fact f ON f.spell_id = s.id;"
        "INSERT INTO finding_note (finding_id, at, actor, note) SELECT id, raised_at, "
        "'wecom/An.Hong', 'seen' FROM finding;"
        "INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
        "next_attempt) SELECT 'R1-defect_rate-' || CAST(spell_id AS text) || '-2024-05' || e.tail, "
        "'warning_card', 'hr', 'x', 'sent', 1, raised_at, raised_at FROM finding, (SELECT '' AS "
        "tail UNION SELECT '-back' UNION SELECT '-2') e");

    erase("E1");

    EXPECT_EQ(bench_.list("SELECT spell_id FROM finding"), "2");
    EXPECT_EQ(bench_.list("SELECT actor FROM finding_note"), "wecom/erased-1");
    EXPECT_EQ(bench_.list("SELECT event_key FROM outbox ORDER BY event_key"),
              "R1-defect_rate-2-2024-05 R1-defect_rate-2-2024-05-2 R1-defect_rate-2-2024-05-back");
}

TEST_P(People, WhatIsTriedIsSaidAndNothingIsChanged) {
    bench_.sync();

    const auto ran = bench_.people("erase", "E1", {"--dry-run", "--json"});

    ASSERT_EQ(ran.exit, Exit::Done) << ran.out;
    EXPECT_EQ(ran.json().at("deleted").at("punch"), 1);
    EXPECT_EQ(ran.json().at("kept").at("production_fact"), 1);
    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "E1 E2 E3");
    EXPECT_EQ(bench_.count("erasure"), "0");
    EXPECT_FALSE(std::filesystem::exists(bench_.folder.file("backups/erased.jsonl")));
}

TEST_P(People, WhoWorksHereIsOnHoldOrUnknownIsNotErased) {
    bench_.sync();

    EXPECT_THAT(bench_.people("erase", "E2", {"--reason", "r"}).out,
                HasSubstr("an employment of his has not ended"));
    EXPECT_THAT(bench_.people("erase", "E9", {"--reason", "r"}).out, HasSubstr("nobody"));
    EXPECT_THAT(bench_.people("erase", "E1").out, HasSubstr("--reason TEXT"));
    EXPECT_EQ(bench_.people("hold", "E1", {"--reason", "a dispute"}).exit, Exit::Done);
    EXPECT_THAT(bench_.people("erase", "E1", {"--reason", "r"}).out,
                AllOf(HasSubstr("on hold (a dispute)"), HasSubstr("people release")));
    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "E1 E2 E3");
    EXPECT_EQ(bench_.people("release", "E1").exit, Exit::Done);
    erase("E1");
    EXPECT_EQ(bench_.people("erase", "E2", {"--reason", "r", "--while-employed"}).exit, Exit::Done);
    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 erased-2 E3");
}

TEST_P(People, ARestoredBackupIsClearedOfThemAgain) {
    bench_.sync();
    const auto made = bench_.run({"store", "backup", "--json"});
    ASSERT_EQ(made.exit, Exit::Done) << made.out << made.errors;
    erase("E1");
    const std::string path = made.json().at("path");
    const auto restored = bench_.run({"store", "restore", path, "--replace", "--unproven"});
    ASSERT_EQ(restored.exit, Exit::Done) << restored.out << restored.errors;
    EXPECT_THAT(restored.errors, HasSubstr("people again"));
    ASSERT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "E1 E2 E3");
    bench_.put("punch",
               "id,emp,at\n1,E1,2024-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n7,E1,2024-05-07 "
               "08:00:00\n");
    bench_.sync();
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch ORDER BY id"), "1 2");

    EXPECT_THAT(bench_.run({"people", "again"}).out, HasSubstr("1 people"));

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3");
    EXPECT_EQ(bench_.list("SELECT cause FROM erasure"), "restore");
    EXPECT_THAT(bench_.run({"people", "again"}).out, HasSubstr("nobody who was erased"));
}

TEST_P(People, WhoCameAfterTheBackupDoesNotComeBackEither) {
    bench_.put("person", "no,name,idn,userid\nE2,Bo Li,,bo\nE3,Cai Wu,,cai\n");
    ASSERT_EQ(bench_.run({"sync", "test/person", "--full"}).exit, Exit::Done);
    const std::string path = bench_.run({"store", "backup", "--json"}).json().at("path");
    bench_.put("person", "no,name,idn,userid\nE1,An Hong,,an.hong\nE2,Bo Li,,bo\nE3,Cai Wu,,cai\n");
    bench_.sync();
    erase("E1");
    ASSERT_EQ(bench_.run({"store", "restore", path, "--replace", "--unproven"}).exit, Exit::Done);

    bench_.sync();

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "E2 E3");
    EXPECT_EQ(bench_.count("reject"), "0");
}

TEST_P(People, WorkThatIsSaidToBeSomebodyElsesNowIsHis) {
    bench_.sync();
    erase("E1");
    bench_.put("fact", "id,emp,day,good\nF1,E2,2024-05-06,100\nF2,E1,2024-05-06,90\n");
    bench_.put(
        "defect",
        "id,day,finder,maker\nD1,2024-05-06,E3,E2\nD2,2024-05-06,,E1\nD3,2024-05-06,E3,E2\n");

    bench_.sync();

    EXPECT_EQ(bench_.list("SELECT fact_no FROM production_fact WHERE spell_id = 2 AND gone_at IS "
                          "NULL"),
              "F1");
    EXPECT_EQ(bench_.list("SELECT defect_no FROM defect WHERE responsible_spell_id = 2 AND gone_at "
                          "IS NULL ORDER BY id"),
              "D1 D3")
        << "D2 is nobody's who can be told, and must not stay E2's";
    EXPECT_EQ(bench_.count("production_fact"), "2");
}

TEST_P(People, ARecordThatCannotBeTakenApartKeepsNothingOfThem) {
    bench_.put("punch",
               "id,emp,at\n1,E1,2024-05-06 08:00:00\n2,E2,2024-05-06 08:01:00\n3,E1,\"broken\n");
    bench_.sync();
    ASSERT_EQ(bench_.count("reject"), "1");

    erase("E1");

    const std::string id = bench_.list("SELECT id FROM reject");
    EXPECT_THAT(bench_.run({"rejects", "show", id}).out,
                AllOf(HasSubstr("left out"), Not(HasSubstr("E1,"))));
    bench_.change("DELETE FROM reject");
    bench_.sync();
    EXPECT_THAT(bench_.run({"rejects", "show", bench_.list("SELECT id FROM reject")}).out,
                AllOf(HasSubstr("left out"), Not(HasSubstr("E1,"))));
}

TEST_P(People, ARefusedRowThatNoKeyOpenedIsLeftOutWhenItIsReplayed) {
    bench_.put("punch", "id,emp,at\n1,E1,2024-05-06 08:00:00\n5,E5,2024-05-06 08:00:00\n");
    bench_.sync();
    ASSERT_EQ(bench_.count("reject"), "1") << "E5 is not known yet";
    bench_.put("person", "no,name,idn,userid\nE5,Ed,,ed\n");
    bench_.put("spell", "emp,no,hire,leave,pay\nE5,E5,2020-01-01,2021-01-01,\n");
    ASSERT_EQ(bench_.run({"sync", "test/person", "--full"}).exit, Exit::Done);
    ASSERT_EQ(bench_.run({"sync", "test/spell", "--full"}).exit, Exit::Done);
    const std::string packed = bench_.hide_rejects();
    erase("E5");
    ASSERT_EQ(bench_.count("reject"), "1");
    bench_.show_rejects(packed);

    ASSERT_EQ(bench_.run({"rejects", "replay", "test/punch"}).exit, Exit::Done);

    EXPECT_EQ(bench_.count("reject"), "0");
    EXPECT_EQ(bench_.list("SELECT punch_no FROM punch"), "1");
}

TEST_P(People, ANumberThatWasGivenToSomebodyElseIsReadAgain) {
    bench_.sync();
    erase("E1");
    bench_.put("person", "no,name,idn,userid\nE1,Di New,,di\nE2,Bo Li,,bo\nE3,Cai Wu,,cai\n");
    bench_.sync();
    ASSERT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3");

    ASSERT_EQ(bench_.people("readmit", "e1").exit, Exit::Done);
    bench_.sync();

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3 E1");
    EXPECT_EQ(bench_.people("readmit", "E1").exit, Exit::Usage);
    EXPECT_THAT(bench_.run({"people", "again"}).out, HasSubstr("nobody who was erased"));
}

TEST_P(People, ARestoredStoreHasWhoFirstHadTheNumberErasedAndGivesItToTheNext) {
    bench_.sync();
    const std::string path = bench_.run({"store", "backup", "--json"}).json().at("path");
    erase("E1");
    ASSERT_EQ(bench_.people("readmit", "E1").exit, Exit::Done);
    ASSERT_EQ(bench_.run({"store", "restore", path, "--replace", "--unproven"}).exit, Exit::Done);

    EXPECT_THAT(bench_.run({"people", "again"}).out, HasSubstr("1 people"));
    bench_.put("person", "no,name,idn,userid\nE1,Di New,,di\nE2,Bo Li,,bo\nE3,Cai Wu,,cai\n");
    bench_.sync();

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3 E1");
    EXPECT_EQ(bench_.list("SELECT name FROM person WHERE person_no = 'E1'"), "Di New");
    EXPECT_THAT(bench_.run({"people", "again"}).out, HasSubstr("nobody who was erased"));
    EXPECT_EQ(bench_.list("SELECT name FROM person WHERE person_no = 'E1'"), "Di New");
}

TEST_P(People, TheNightErasesWhoseTermIsOver) {
    bench_.settings("retention: {employment_days: 365}\n");
    bench_.sync();

    EXPECT_THAT(bench_.run({"people", "due"}).out, HasSubstr("1 people left before"));
    const auto services = bench_.services();
    delete_old_rows(*services, {});

    EXPECT_EQ(bench_.list("SELECT person_no FROM person ORDER BY id"), "erased-1 E2 E3");
    EXPECT_EQ(bench_.list("SELECT cause FROM erasure"), "retention");
    EXPECT_THAT(bench_.run({"people", "due"}).out, HasSubstr("0 people left before"));
}

TEST_P(People, WithoutTheKeyOfTheirDigestsNothingIsRead) {
    bench_.sync();
    erase("E1");
    std::filesystem::permissions(
        bench_.folder.write("keys", base::SealKeys::generate("k2").reveal()),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

    const auto ran = bench_.run({"sync", "test/fact"});

    EXPECT_NE(ran.exit, Exit::Done);
    EXPECT_THAT(ran.out + ran.errors, HasSubstr("would bring them back"));
}

TEST_P(People, NobodyIsErasedWhileARehearsalHasPeopleOfItsOwn) {
    bench_.sync();
    bench_.change(
        "INSERT INTO rehearsal (module, number, project, plan_hash, mapping_set, state, actor, "
        "started_at) SELECT 'core', 3, 'p', 'h', 'm', 'loading', 'a', known_from FROM person WHERE "
        "person_no = 'E1'");

    EXPECT_THAT(bench_.people("erase", "E1", {"--reason", "r"}).out,
                HasSubstr("hrbridge migrate drop core 3"));

    EXPECT_EQ(bench_.count("erasure"), "0");
}

INSTANTIATE_TEST_SUITE_P(BothStores,
                         People,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace hrbridge::app
