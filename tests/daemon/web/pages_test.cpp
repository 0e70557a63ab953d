#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "daemon/base/ids.h"
#include "tests/daemon/web/support/site.h"

namespace hrbridge::web {
namespace {

// Breaks out of an element, of an attribute and of a template.
constexpr const char* kHostile = R"(x"'><script>alert(1)</script>{{name}}&)";

void expect_harmless(const std::string& page, const std::string& shown) {
    EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos)
        << shown << " does not show the value\n"
        << page;
    EXPECT_EQ(page.find("<script"), std::string::npos) << shown;
    EXPECT_EQ(page.find("x\"'>"), std::string::npos) << shown;
}

std::int64_t one_id(store::sql::Connection& connection, const std::string& table) {
    const auto rows = connection.query("SELECT max(id) FROM " + table, {});
    return rows->next() ? rows->integer(0) : 0;
}

std::int64_t add_employee(store::sql::Connection& connection, const std::string& name) {
    const base::Timestamp now = test::ManualClock::default_start();
    const base::Date day = std::chrono::floor<std::chrono::days>(now);
    const base::Bytes hash{"h"};
    connection.execute(
        "INSERT INTO org_unit (code, name, kind, row_hash, batch_id, known_from) "
        "VALUES ('u', $1, 'team', $2, 1, $3)",
        {name, hash, now});
    connection.execute(
        "INSERT INTO person (person_no, name, row_hash, batch_id, known_from) "
        "VALUES ('p', $1, $2, 1, $3)",
        {name, hash, now});
    connection.execute(
        "INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, "
        "batch_id, known_from) VALUES ('e1', $1, 'permanent', $2, $3, 1, $4)",
        {one_id(connection, "person"), day, hash, now});
    const std::int64_t spell = one_id(connection, "employment_spell");
    connection.execute(
        "INSERT INTO assignment (spell_id, org_unit_id, job, job_kind, valid_from, row_hash, "
        "batch_id, known_from) VALUES ($1, $2, 'j', 'production', $3, $4, 1, $5)",
        {spell, one_id(connection, "org_unit"), day, hash, now});
    return spell;
}

nlohmann::json month(const std::string& name, std::int64_t bad) {
    return {
        {"month", name}, {"n", 100}, {"bad", bad}, {"peers", 9}, {"peer_n", 900}, {"peer_bad", 18}};
}

model::Finding finding_of(std::int64_t spell, const std::string& cause) {
    const nlohmann::json months{month("2024-03", 8), month("2024-04", 9)};
    const nlohmann::json evidence{
        {"rule", "R1"},
        {"reason", "evidence"},
        {"months", months},
        {"history", months},
        {"subject", {{"n", 200}, {"bad", 17}, {"rate", 0.085}, {"low", 0.05}, {"high", 0.13}}},
        {"peers", {{"people", 9}, {"n", 1800}, {"bad", 36}, {"rate", 0.02}}},
        {"gap", 0.065},
        {"gap_min", 0.01},
        {"tail", 1e-9},
        {"phi", 1.0},
        {"alpha", 0.01},
        {"alpha_each", 0.001},
        {"n_min", 50},
        {"people", 10},
        {"chance_warnings", 0.001},
        {"chance_watches", 0.5},
        {"causes",
         {{{"code", "c"},
           {"name", cause},
           {"controllable", "yes"},
           {"bad", 17},
           {"expected", 4.0},
           {"excess", 13.0}}}}};
    model::Finding finding;
    finding.rule = "R1";
    finding.level = model::FindingLevel::Warning;
    finding.kpi_code = "defects";
    finding.spell_id = spell;
    finding.period = base::Date(std::chrono::year(2024) / 4 / 1);
    finding.evidence = evidence.dump();
    finding.inputs_hash = base::sha256("inputs");
    finding.raised_at = finding.updated_at = test::ManualClock::default_start();
    return finding;
}

TEST(Pages, ShowAHostileNameAndCauseOfAFindingAsText) {
    Site site;
    const auto connection = site.connect();
    const std::int64_t spell = add_employee(*connection, kHostile);
    const auto saved = store::FindingRepository(*connection).save(finding_of(spell, kHostile));
    const std::string session = site.login("hr");

    expect_harmless(site.get("/findings", session).body, "list");
    for (const char* language : {"zh", "en"}) {
        const Response page =
            site.get("/findings/" + std::to_string(saved.id), session, {{"lang", language}});
        EXPECT_EQ(page.status, 200) << page.body;
        expect_harmless(page.body, language);
        EXPECT_NE(page.body.find("<svg"), std::string::npos);
    }
}

TEST(Pages, AListOfFindingsThatIsCutShowsTheWarningsAndSaysSo) {
    Site site;
    const auto connection = site.connect();
    store::FindingRepository findings(*connection);
    model::Finding finding = finding_of(add_employee(*connection, "张三"), "c");
    store::sql::Transaction transaction(*connection);
    for (int i = 0; i < 501; ++i) {
        finding.rule = "W" + std::to_string(i);
        finding.level = model::FindingLevel::Watch;
        finding.period += std::chrono::days(31);
        findings.save(finding);
    }
    transaction.commit();
    const std::string session = site.login("hr");
    EXPECT_NE(site.get("/findings", session).body.find("500 / 501"), std::string::npos);
    finding.rule = "R1";
    finding.level = model::FindingLevel::Warning;
    finding.period = base::Date(std::chrono::year(2024) / 4 / 1);
    const auto warning = findings.save(finding);

    const std::string page = site.get("/findings", session).body;

    EXPECT_NE(page.find("\"/findings/" + std::to_string(warning.id) + "\""), std::string::npos);
    EXPECT_NE(page.find("500 / 502"), std::string::npos);
}

TEST(Pages, SayHowManyPeopleCouldNotBeComparedAndWhy) {
    Site site;
    const auto connection = site.connect();
    model::Evaluation evaluation;
    evaluation.rule = "R1";
    evaluation.kpi_code = "defect_rate";
    evaluation.period = base::Date(std::chrono::year(2024) / 4 / 1);
    evaluation.people = 40;
    evaluation.too_few_data = 3;
    evaluation.not_compared = {
        {"no_peers", 4}, {"no_team", 2}, {"too_few_pieces", 7}, {"inconsistent", 1}};
    evaluation.chance_warnings = evaluation.chance_watches = "0.1";
    store::FindingRepository(*connection).save(evaluation);
    const std::string session = site.login("hr");

    const std::string zh = site.get("/findings", session, {{"lang", "zh"}}).body;
    const std::string en = site.get("/findings", session, {{"lang", "en"}}).body;

    EXPECT_NE(zh.find("数据不足 3"), std::string::npos) << zh;
    EXPECT_NE(zh.find("未比较: 记录不一致 1、同工序同事不足 4、无班组 2、件数不足 7"),
              std::string::npos);
    EXPECT_NE(en.find("too few data 3"), std::string::npos);
    EXPECT_NE(en.find("contradictory records 1, too few colleagues at the operation 4, no team 2"),
              std::string::npos);
}

TEST(Pages, ShowHostileRunsAndJobsAsText) {
    Site site;
    const auto connection = site.connect();
    store::RunRepository runs(*connection);
    model::Run run;
    run.mapping = kHostile;
    run.source = kHostile;
    run.started_at = site.clock.now();
    runs.finish(runs.start(run), "failed", site.clock.now(), std::string(kHostile));
    store::JobRepository(*connection).set_times(kHostile, std::nullopt, site.clock.now());

    expect_harmless(site.get("/runs", site.login("operator")).body, "runs");
}

TEST(Pages, ShowHostileRejectsAndFiltersAsText) {
    Site site;
    site.connect()->execute(
        "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, source_key, "
        "key_digest, waits_for, packed_row, state, seen, first_seen, last_seen) "
        "VALUES ($1, 'h', 1, 'row', $1, $1, $1, $1, $2, $1, $2, 'open', 1, $3, $3)",
        {std::string(kHostile), base::Bytes{"d"}, site.clock.now()});
    const std::string session = site.login("implementer");

    expect_harmless(site.get("/rejects", session).body, "rejects");
    expect_harmless(site.get("/rejects", session, {{"mapping", kHostile}}).body, "filter");
}

TEST(Pages, ShowHostileMessagesAsText) {
    Site site;
    const auto connection = site.connect();
    store::OutboxRepository outbox(*connection);
    model::OutboxEvent event;
    event.event_key = "k";
    event.kind = "warning_card";
    event.receiver = kHostile;
    event.created_at = event.next_attempt = site.clock.now();
    outbox.add(event);
    auto stored = outbox.list("", 1).front();
    stored.last_error = kHostile;
    outbox.update(stored);

    expect_harmless(site.get("/outbox", site.login("operator")).body, "outbox");
}

TEST(Pages, ShowAHostileAccountAsText) {
    Site site;
    site.add_account(kHostile, model::Role::Operator);

    expect_harmless(site.get("/runs", site.login(kHostile)).body, "layout");
}

TEST(Pages, KeepTheirAddressInTheLanguageLinks) {
    Site site;
    const std::string page =
        site.get("/rejects", site.login("operator"), {{"mapping", "erp/person"}, {"lang", "en"}})
            .body;

    EXPECT_NE(page.find("href=\"/rejects?lang=zh&amp;mapping=erp%2Fperson\""), std::string::npos)
        << page;
}

// Who read what, and how much of it, newest last.
std::vector<std::string> readings(Site& site) {
    std::vector<std::string> found;
    const auto connection = site.connect();
    const auto rows = connection->query(
        "SELECT actor, act, object, detail FROM audit WHERE act LIKE '%.read' ORDER BY id", {});
    while (rows->next()) {
        found.push_back(rows->text(0) + " " + rows->text(1) + " " + rows->text(2) + ", " +
                        rows->text(3));
    }
    return found;
}

TEST(Pages, ThatTellOfPeopleAreNoted) {
    Site site;
    model::OutboxEvent event;
    event.event_key = "event";
    event.kind = "warning_card";
    event.receiver = "hr01";
    event.created_at = event.next_attempt = site.clock.now();
    store::OutboxRepository(*site.connect()).add(event);

    site.get("/findings", site.login("hr"));
    const std::string session = site.login("operator");
    site.get("/outbox", session);
    site.get("/outbox", session, {{"state", "dead"}});
    site.get("/rejects", session, {{"mapping", "erp/person"}});
    site.get("/runs", session);
    site.get("/findings", session);
    site.get("/outbox");

    const std::vector<std::string> expected{"hr findings.read all, 0 shown",
                                            "operator outbox.read all, 1 shown",
                                            "operator outbox.read dead, 0 shown",
                                            "operator rejects.read erp/person, 0 shown"};
    EXPECT_EQ(readings(site), expected);
}

TEST(Pages, PauseAndResumeOnlyJobsThatAreThere) {
    Site site;
    const std::string session = site.login("operator");
    const Fields form{{"name", "sync/none"}, {"form_token", site.form_token(session)}};

    EXPECT_EQ(site.post("/jobs/pause", session, form).status, 404);
    EXPECT_EQ(site.post("/jobs/resume", session, form).status, 404);
}

}  // namespace
}  // namespace hrbridge::web
