#include "migration/report/report.h"

#include <regex>

#include "migration/check/texts.h"
#include "migration/report/html.h"
#include "migration/report/seal.h"
#include "tests/migration/sign_off/sign_off_bench.h"
#include "tests/support/catalogue.h"

namespace hrbridge::report {
namespace {

using ledger::Outcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Report : public sign_off::SignOffBench {
  protected:
    std::vector<check::Verdict> logic() override {
        check::Verdict failing = verdict("logic", "L1", Outcome::Fail, 12);
        failing.say = "部门没有上级";
        failing.where = {
            {"org_unit", "D0*", "parent_id", "张*", {}},
            {"org_unit",
             "D1*",
             "kind",
             std::nullopt,
             {"reason", {{"reason", "\"secret\" is not in the code list"}}}},
            {"org_unit", "D2\x07\nnot a line\u202E", "kind", std::string(5'000, 'g'), {}}};
        check::Verdict total = verdict("logic", "T1", Outcome::Pass, 0);
        total.why = {"control_source_only", {{"field", "kind"}}};
        return {failing, verdict("logic", "L2", Outcome::Pass, 0), total};
    }

    std::string html(const std::string& language = "en") {
        const sign_off::Scope where = scope();
        Input input = gather(where);
        input.at = system_clock_.now();
        input.zone = base::Zone::find("Asia/Shanghai").value();
        input.actor = "impl01";
        input.id = "core-1-0123abcd";
        input.reason_text = [](const std::string& reason) { return "in words: " + reason; };
        input.note_text = [&](const ledger::Note& note) { return check::text(language, note); };
        return to_html(compose(input, language));
    }
    template <typename... Bodies>
    void enter(const std::string& actor, Bodies... bodies) {
        store::sql::Transaction transaction(*connection_);
        ledger::Ledger ledger(*connection_, &ledger_keys_);
        (ledger.append({system_clock_.now(), "core", actor, bodies}), ...);
        transaction.commit();
    }
    ledger::Draw draw(std::int64_t number) const {
        ledger::Draw body;
        body.rehearsal = rehearsal_.number;
        body.draw = number;
        body.population = 10'000;
        body.sample = 294;
        body.limit_ppm = 10'000;
        body.confidence_ppm = 950'000;
        return body;
    }
    SealFound find(const std::string& bytes) {
        return find_seal(*connection_,
                         ledger_keys_.public_keys(),
                         ledger::Digest::sha256_of(bytes),
                         shown_id(bytes).value_or(""));
    }
};
INSTANTIATE_TEST_SUITE_P(All, Report, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Report, SaysOfEachPartThatItIsNotDoneYet) {
    const std::string text = html();
    EXPECT_THAT(text,
                AllOf(HasSubstr("Not ready to be promoted"),
                      HasSubstr("Not done: no sample was drawn yet."),
                      HasSubstr("Not signed."),
                      HasSubstr("No loss was accepted."),
                      HasSubstr("not answered"),
                      HasSubstr("Not promoted.")));
    keep("spot_check", {});
    EXPECT_THAT(html("zh"), HasSubstr("未核查：这一项还没有任何结论。"));
}

TEST_P(Report, CountsWhatMovedAndWhatDidNot) {
    const std::string text = html();
    EXPECT_THAT(text, HasSubstr("<td data-title=\"Mapping\">test/org_unit</td>"));
    EXPECT_THAT(text, HasSubstr("<td class=\"number\" data-title=\"Read\">101</td>")) << "in all";
    EXPECT_THAT(text, HasSubstr("<td class=\"number\" data-title=\"Stored\">100</td>"));
    EXPECT_THAT(text, HasSubstr("refused"));
}

TEST_P(Report, ShowsEachVerdictAndTheRowsOfThoseThatFailMasked) {
    const std::string text = html();
    EXPECT_THAT(text,
                AllOf(HasSubstr("L2"),
                      HasSubstr("部门没有上级"),
                      HasSubstr("张*"),
                      HasSubstr("… and 9 rows more.")));
}

TEST_P(Report, ShowsKeysAndValuesOfTheSourceOnOneLineEscapedAndShortened) {
    const std::string text = html();
    EXPECT_THAT(text,
                AllOf(HasSubstr("D2\\u0007\\nnot a line\\u202e"),
                      HasSubstr("ggg…</td>"),
                      Not(HasSubstr(std::string(200, 'g')))));
}

TEST_P(Report, SaysOfARuleThatPassesWhatWasLookedForBesideNoFault) {
    const std::string text = html();
    EXPECT_THAT(text,
                AllOf(HasSubstr("<h3>Rules that pass (2)</h3>"),
                      HasSubstr("<table class=\"compact\">"),
                      HasSubstr("<th>Looked for</th>")));
    EXPECT_LT(text.find("部门没有上级"), text.find("Rules that pass (2)"));
}

TEST_P(Report, HoldsNothingOfThePersonsThatWereLoaded) {
    for (const char* const language : {"zh", "en"}) {
        EXPECT_THAT(html(language),
                    AllOf(Not(HasSubstr("张三")), Not(HasSubstr("110101199001011234"))));
    }
}

TEST_P(Report, StatesTheSampleItsBoundAndTheCheckersSensitivity) {
    ledger::CheckVerdicts failed;
    failed.draw = 1;
    failed.outcome = Outcome::Fail;
    failed.checked = 294;
    failed.wrong = 3;
    ledger::CheckVerdicts passed;
    passed.draw = 2;
    passed.outcome = Outcome::Pass;
    passed.checked = 294;
    passed.decoys = 50;
    passed.decoys_found = 48;
    passed.wrong_at_most = 99;
    passed.judged_by = {"check01", "hr01"};
    passed.given_by = {"uid 0 (root)"};
    passed.overturned = 3;
    enter("check01",
          draw(1),
          failed,
          draw(2),
          passed,
          ledger::Reveal{2, {}, "name"},
          ledger::Reveal{2, {}, "pay"});
    const std::string text = html();
    EXPECT_THAT(
        text,
        HasSubstr("at most 99 of 10,000 rows (0.99 %) are wrong, with 95 % confidence in the "
                  "draw, 92.5 % with the measuring of the checker"));
    // Clopper-Pearson of 48 of 50 at 95 %, rounded outwards.
    EXPECT_THAT(text, HasSubstr("48 of 50 planted decoys found; between 86.28 % and 99.52 %"));
    EXPECT_THAT(text, HasSubstr("<dt>Rows judged by</dt><dd>check01, hr01</dd>"));
    EXPECT_THAT(text, HasSubstr("<dt>Brought in by</dt><dd>uid 0 (root)</dd>"));
    EXPECT_THAT(text, HasSubstr("<dt>Judgements that were overturned</dt><dd>3</dd>"));
    EXPECT_THAT(text, HasSubstr("Earlier draws"));
    EXPECT_THAT(text, HasSubstr("<dt>Masked values revealed</dt><dd>2</dd>"));
}

TEST_P(Report, GivesCauseAndRemedyOfADrawThatCameToNothing) {
    enter("check01", draw(1), draw(2));
    const base::Value digest = base::Bytes{std::string(32, 'd')};
    connection_->execute(
        "INSERT INTO spot_draw (number, rehearsal_id, state, actor, head, content_root, nonce, "
        "plan, drawn_rows, drawn_at, cause, remedy) VALUES (1, $1, 'closed', 'check01', $2, $2, "
        "$2, '{}', $2, $3, 'a wrong code list', 'the list was mended')",
        {rehearsal_.id, digest, system_clock_.now()});
    EXPECT_THAT(html(),
                HasSubstr("Draw 1 came to nothing because: a wrong code list. What was done: the "
                          "list was mended"));
}

TEST_P(Report, ShowsSignaturesThoseThatFellAndWhatWasAccepted) {
    ASSERT_EQ(accept("boss01", "logic", "L1", "source_defect"), "done");
    sign_both();
    answer_all();
    EXPECT_THAT(html(), HasSubstr("Ready to be promoted"));
    EXPECT_THAT(html(), HasSubstr("the source itself is wrong, and is corrected there"));
    keep("spot_check", {verdict("spot_check", "R1", Outcome::Pass, 1)});
    EXPECT_THAT(html(), HasSubstr("void: a verdict changed"));
}

TEST_P(Report, TellsThePromotionAndItsRollback) {
    ASSERT_EQ(accept("boss01", "logic", "L1", "source_defect"), "done");
    sign_both();
    ledger::Promotion promotion;
    promotion.rehearsal = rehearsal_.number;
    promotion.rows = 4'321;
    enter("impl01", promotion);
    EXPECT_THAT(html(), HasSubstr("4,321"));
    const std::int64_t entry = std::get<std::int64_t>(one("SELECT max(seq) FROM ledger_entry"));
    ledger::Rollback rollback;
    rollback.promotion = entry;
    rollback.rows = 4'321;
    rollback.kept = 5;
    enter("impl01", rollback);
    EXPECT_THAT(html(),
                AllOf(HasSubstr("to 4,321 rows undone, 5 rows kept"),
                      HasSubstr("void: the promotion was rolled back"),
                      HasSubstr("rolled back since: what this rehearsal loaded is not live"),
                      Not(HasSubstr("What this rehearsal loaded is live."))));
}

TEST_P(Report, GivesReasonsInItsLanguageWithoutValuesAndSaysWhatWasCompared) {
    const std::string text = html();
    EXPECT_THAT(
        text,
        AllOf(
            HasSubstr("in words: "), HasSubstr("…"), Not(HasSubstr("secret")), HasSubstr("T1: ")));
    EXPECT_THAT(text, HasSubstr("What was compared, and what was not"));
}

TEST_P(Report, SaysEveryTimeByTheClocksOfTheConfiguredZoneWithTheOffset) {
    ASSERT_EQ(accept("boss01", "logic", "L1", "source_defect"), "done");
    sign_both();
    answer_all();
    ledger::Promotion promotion;
    promotion.rehearsal = rehearsal_.number;
    enter("impl01", promotion);
    for (const char* const language : {"zh", "en"}) {
        const std::string text = html(language);
        EXPECT_THAT(text, AllOf(Not(HasSubstr("UTC")), Not(HasSubstr("+00:00"))));
        EXPECT_THAT(
            text, HasSubstr(base::Zone::find("Asia/Shanghai")->minute_text(rehearsal_.started_at)));
        const std::regex time(R"(\d{4}-\d\d-\d\d \d\d:\d\d(?! \+08:00))");
        std::smatch bare;
        EXPECT_FALSE(std::regex_search(text, bare, time)) << bare.str();
    }
}

TEST_P(Report, ComparesRehearsals) {
    units_.put(Cells{"X2", "Unit", std::nullopt});
    load_and_freeze();
    EXPECT_THAT(html(),
                AllOf(HasSubstr("<td class=\"number\" data-title=\"no. 1\">1</td>"),
                      HasSubstr("<td class=\"number\" data-title=\"no. 2\">2</td>"),
                      HasSubstr("<rect ")));
}

TEST_P(Report, IsFoundByItsSealUntilAByteChanges) {
    const sign_off::Scope where = scope();
    Input input = gather(where);
    input.at = system_clock_.now();
    input.actor = "impl01";
    const std::string bytes = to_html(compose(input, "zh"));
    EXPECT_EQ(find(bytes).outcome, SealOutcome::Unknown);
    const ledger::Entry entry =
        seal(*connection_, input, "html", "zh", ledger::Digest::sha256_of(bytes), &ledger_keys_);
    ASSERT_EQ(find(bytes).outcome, SealOutcome::Good);
    EXPECT_EQ(find(bytes).entry->sequence, entry.sequence);
    const std::size_t id = bytes.find(input.id);
    for (const std::size_t at : {std::size_t{0}, bytes.size() / 3, bytes.size() - 1}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_EQ(find(changed).outcome, SealOutcome::Changed) << at;
    }
    std::string other = bytes;
    other[id + 5] = other[id + 5] == '1' ? '2' : '1';
    EXPECT_EQ(find(other).outcome, SealOutcome::Unknown);
    connection_->execute("UPDATE ledger_entry SET actor = 'x' WHERE kind = 'report_sealed'", {});
    EXPECT_EQ(find(bytes).outcome, SealOutcome::Broken);
}

TEST(ReportReasons, LeaveValuesOut) {
    EXPECT_EQ(without_values("NULL, and the field is not optional"),
              "NULL, and the field is not optional");
    EXPECT_EQ(without_values(R"("X1" does not match "D\d{4}")"), R"("…" does not match "…")");
    EXPECT_EQ(without_values(R"(value "Zhang San)"), R"(value "…")");
}

TEST(ReportId, IsReadFromReportsOnly) {
    EXPECT_EQ(shown_id("<html><p>core-1-0123abcd</p>"), std::nullopt);
    EXPECT_EQ(shown_id(""), std::nullopt);
}

TEST(ReportTexts, HaveTheSameCodesAndPlaceholdersInBothLanguages) {
    const auto zh = test::placeholders("migration/report", "zh");
    ASSERT_GT(zh.size(), 100U);
    EXPECT_EQ(zh, test::placeholders("migration/report", "en"));
}

}  // namespace
}  // namespace hrbridge::report
