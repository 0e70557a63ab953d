#include "daemon/store/batch_writer.h"
#include "daemon/store/checkpoint.h"
#include "migration/check/profile.h"
#include "migration/check/texts.h"
#include "migration/check/verdict_store.h"
#include "tests/migration/check/check_bench.h"

namespace hrbridge::check {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

class FormatCheck : public CheckBench {
  protected:
    void SetUp() override {
        CheckBench::SetUp();
        mappings_ = {shipped("erp/person")};
    }

    // A reading of the mapping that came to its end.
    void read(std::int64_t rows, bool complete = true, const std::string& hash = "") {
        const engine::Mapping& mapping = mappings_.front();
        const std::string version = hash.empty() ? mapping.hash : hash;
        model::Run run;
        run.mapping = mapping.name;
        run.source = "erp";
        run.mapping_hash = version;
        run.started_at = clock_.now();
        store::Checkpoint checkpoint;
        checkpoint.mapping = mapping.name;
        checkpoint.mapping_hash = version;
        checkpoint.run_id = store::RunRepository(*connection_).start(run);
        checkpoint.first_run = checkpoint.run_id;
        checkpoint.complete = complete;
        connection_->execute("UPDATE run SET rows_read = $1", {rows});
        store::write_checkpoint(*connection_, checkpoint, clock_.now());
    }
    void refuse(const std::string& rule,
                const std::string& key,
                const std::string& kind = "row",
                const std::string& state = "open") {
        connection_->execute(
            "INSERT INTO reject (mapping, mapping_hash, run_id, kind, rule, field, reason, "
            "source_key, key_digest, packed_row, state, seen, first_seen, last_seen) VALUES ($1, "
            "'h', 1, $2, $3, 'person_no', 'does not match', $4, $5, $6, $7, 1, $8, $8)",
            {mappings_.front().name,
             kind,
             rule,
             key,
             base::Bytes{rule + key},
             base::Bytes{"sealed"},
             state,
             clock_.now()});
    }
    std::map<std::string, Verdict> verdicts() {
        std::map<std::string, Verdict> all;
        for (Verdict& verdict : check_format(scope())) {
            EXPECT_FALSE(all.contains(verdict.rule)) << verdict.rule << " has two verdicts";
            all[verdict.rule] = std::move(verdict);
        }
        return all;
    }
};
INSTANTIATE_TEST_SUITE_P(All,
                         FormatCheck,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(FormatCheck, GivesEveryFieldRuleOneVerdictByWhatItRefused) {
    read(50);
    refuse("F01", "123");
    refuse("F01", "124", "hold");
    refuse("F01", "125", "row", "dismissed");
    refuse("F01", "126", "row", "released");
    refuse("decode", "127");
    refuse("old", "128");
    const auto all = verdicts();

    const Verdict& first = all.at("F01");
    EXPECT_EQ(first.outcome, Outcome::Fail);
    EXPECT_EQ(first.subject, "erp/person");
    EXPECT_EQ(first.examined, 50);
    EXPECT_EQ(first.failed, 2);
    EXPECT_THAT(
        first.figures,
        ElementsAre(Pair("dismissed", 1), Pair("held", 1), Pair("read", 50), Pair("refused", 1)));
    EXPECT_THAT(keys_of(first), ElementsAre("123", "124"));
    EXPECT_EQ(first.where[0].note.values.at("reason"), "does not match");
    EXPECT_EQ(first.next.code, "next_rejects");
    EXPECT_EQ(all.at("decode").failed, 1);
    EXPECT_EQ(all.at("old").failed, 1) << "of a rule that the mapping no longer has";
    for (const char* rule : {"F02", "F03", "F04", "F05", "F06", "F07", "F08", "key", "record"}) {
        EXPECT_EQ(why(all.at(rule)), "pass at_load") << rule;
    }
    EXPECT_THAT(all, SizeIs(12));
}

TEST_P(FormatCheck, KnowsNothingOfAMappingThatWasNotReadToItsEnd) {
    EXPECT_EQ(why(verdicts().at("F01")), "not_checked not_loaded");
    read(5, false);
    EXPECT_EQ(why(verdicts().at("F01")), "not_checked not_finished");
    read(5, true, "another");
    EXPECT_EQ(why(verdicts().at("F01")), "not_checked other_version");
    for (const auto& [rule, verdict] : verdicts()) {
        EXPECT_EQ(verdict.outcome, Outcome::NotChecked) << rule;
        EXPECT_EQ(verdict.next.code, "next_not_checked");
    }
}

TEST_P(FormatCheck, JudgesARuleOverAnUnstoredFieldByItsLoad) {
    read(5);
    refuse("L01", "E1");
    mappings_.push_back(shipped("erp/employment_spell"));
    std::map<std::string, std::string> came;
    for (const Verdict& verdict : check_logic(scope())) {
        came[verdict.subject + " " + verdict.rule] = why(verdict);
    }
    EXPECT_EQ(came.at("erp/person L01"), "fail at_load");
    EXPECT_EQ(came.at("erp/employment_spell L01"), "not_checked not_loaded");
    EXPECT_EQ(came.at("erp/employment_spell F02"), "pass of_entity") << "its parents";
}

TEST_P(FormatCheck, JudgesRulesOfAMappingAgainOverTheWholeEntity) {
    mappings_ = {shipped("erp/employment_spell")};
    read(9);
    spell("E1", {{"hire_date", day(9)}, {"end_date", day(8)}});
    spell("E2", {{"hire_date", day(9)}, {"end_date", day(9)}});
    refuse("L01", "E3");
    std::map<std::string, Verdict> all;
    for (const Verdict& verdict : check_logic(scope())) {
        all[verdict.rule] = verdict;
    }
    const Verdict& first = all.at("L01");
    EXPECT_EQ(why(first), "fail of_entity");
    EXPECT_EQ(first.examined, 3);
    EXPECT_EQ(first.failed, 2);
    EXPECT_EQ(first.figures.at("stored"), 1);
    EXPECT_EQ(first.figures.at("refused"), 1);
    EXPECT_THAT(keys_of(first), ElementsAre("E3", "E1"));
    EXPECT_EQ(all.at("L02").outcome, Outcome::Pass);
}

TEST_P(FormatCheck, HoldsValuesAgainstTheirContract) {
    person("P1", "张三丰", {{"gender", "male"}});
    person("P2", "李四", {{"gender", "femail"}});
    person("P3", "欧阳修远");
    const Verdict names = contract("person", {"name", 3, std::nullopt, {}});
    EXPECT_EQ(names.failed, 1);
    EXPECT_EQ(names.examined, 3);
    EXPECT_EQ(names.figures.at("longest"), 4);
    EXPECT_THAT(keys_of(names), ElementsAre("P3"));
    EXPECT_EQ(names.where[0].value, "欧**远") << "names are personal";
    EXPECT_EQ(names.where[0].note.code, "too_long");

    const Verdict genders =
        contract("person", {"gender", std::nullopt, std::nullopt, {"male", "female"}});
    EXPECT_THAT(keys_of(genders), ElementsAre("P2"));
    EXPECT_EQ(genders.where[0].note.code, "unknown_code");

    EXPECT_EQ(contract("person", {"gender", {}, 333'333, {}}).outcome, Outcome::Fail);
    const Verdict nulls = contract("person", {"gender", {}, 333'334, {}});
    EXPECT_EQ(nulls.outcome, Outcome::Pass);
    EXPECT_EQ(nulls.figures.at("nulls"), 1);
    EXPECT_EQ(nulls.figures.at("rows"), 3);
    // Clopper and Pearson for 1 of 3: 0.0084 to 0.9057.
    EXPECT_NEAR(static_cast<double>(nulls.figures.at("null_low_ppm")), 8'404, 101);
    EXPECT_NEAR(static_cast<double>(nulls.figures.at("null_high_ppm")), 905'701, 101);
    EXPECT_THAT(keys_of(contract("person", {"gender", {}, 0, {}})), ElementsAre("P3"));
}

TEST_P(FormatCheck, HoldsSealedValuesAgainstTheirContractAndShowsNone) {
    const auto numbered = [this](const std::string& no, const std::string& mobile) {
        person(no, "张三", {{"mobile", sealed("person.mobile/" + no, mobile)}});
    };
    numbered("P1", "13812345678");
    numbered("P2", "138123456789");
    person("P3", "李四");
    const Verdict verdict = contract("person", {"mobile", 11, 0, {}});
    EXPECT_EQ(verdict.failed, 2);
    EXPECT_EQ(verdict.figures.at("longest"), 12);
    EXPECT_THAT(keys_of(verdict), ElementsAre("P2", "P3"));
    EXPECT_EQ(verdict.where[0].value, std::nullopt);
    EXPECT_EQ(contract("person", {"mobile", {}, {}, {"13812345678", "138123456789"}}).outcome,
              Outcome::Pass);
    EXPECT_EQ(why(contract("person", {"birth_date", 5, {}, {}})), "not_checked no_text");
    EXPECT_EQ(why(contract("assignment", {"spell_id", {}, {}, {"1"}})),
              "not_checked contract_of_reference");
}

TEST_P(FormatCheck, MeasuresProfilesThatTwoLoadsAreComparedBy) {
    person("P1", "张三丰", {{"gender", "male"}, {"mobile", sealed("person.mobile/P1", "1")}});
    person("P2", "李四", {{"gender", "male"}});
    const auto before = measure_profiles(scope());
    keep_profiles(*connection_, before);
    const auto of = [](const std::vector<FieldProfile>& all, const std::string& field) {
        return *std::find_if(
            all.begin(), all.end(), [&](const auto& each) { return each.field == field; });
    };
    EXPECT_EQ(of(before, "name"), (FieldProfile{"person", "name", 2, 0, 3, 2, {}, false}))
        << "of personal fields no value is kept";
    EXPECT_EQ(of(before, "gender"),
              (FieldProfile{"person", "gender", 2, 0, 4, 1, {{"male", 2}}, true}));
    EXPECT_EQ(of(before, "mobile"),
              (FieldProfile{"person", "mobile", 2, 1, std::nullopt, std::nullopt, {}, false}));
    auto kept = kept_profiles(*connection_);
    EXPECT_THAT(compare_profiles(before, kept), IsEmpty());

    connection_->execute("UPDATE person SET gender = 'female'", {});
    const auto changes = compare_profiles(kept, measure_profiles(scope()));
    ASSERT_THAT(changes, SizeIs(1));
    EXPECT_EQ(changes[0].field, "gender");
    EXPECT_THAT(changes[0].codes_gone, ElementsAre("male"));
    EXPECT_THAT(changes[0].codes_come, ElementsAre("female"));
    EXPECT_EQ(changes[0].after->longest, 6);
}

TEST_P(FormatCheck, KeepsVerdictsAsTheyWereAndShowsAChange) {
    read(5);
    refuse("F01", "E1");
    const auto judged = check_format(scope());
    keep_verdicts(*connection_, kFormat, judged, clock_.now());
    keep_verdicts(*connection_, kFormat, judged, clock_.now());
    auto kept = kept_verdicts(*connection_);
    ASSERT_EQ(kept.size(), judged.size());
    for (const KeptVerdict& each : kept) {
        EXPECT_THAT(judged, Contains(each.verdict));
        EXPECT_EQ(digest(each.verdict), each.evidence);
    }
    keep_verdicts(*connection_, kLogic, {}, clock_.now());
    EXPECT_EQ(kept_verdicts(*connection_).size(), judged.size());

    connection_->execute("UPDATE verdict_row SET row_key = 'E2'", {});
    int changed = 0;
    for (const KeptVerdict& each : kept_verdicts(*connection_)) {
        changed += digest(each.verdict) == each.evidence ? 0 : 1;
    }
    EXPECT_EQ(changed, 1);
}

TEST(VerdictDigest, ChangesWithEachPartOfAVerdict) {
    Verdict verdict{"logic", "m", "K1", Outcome::Fail, {"a", {{"b", "c"}}}, "s", 1, 2, {}, {}, {}};
    verdict.figures = {{"f", 3}};
    verdict.where = {{"e", "k", "f", "v", {"n", {}}}};
    std::vector<Verdict> others(12, verdict);
    others[0].check = "format";
    others[1].subject = "n";
    others[2].rule = "K2";
    others[3].outcome = Outcome::NotChecked;
    others[4].why.values["b"] = "d";
    others[5].say = "";
    others[6].examined = 2;
    others[7].failed = 1;
    others[8].figures["f"] = 4;
    others[9].where[0].value = std::nullopt;
    others[10].where.clear();
    others[11].next.code = "x";
    for (const Verdict& other : others) {
        EXPECT_NE(digest(other), digest(verdict));
    }
    EXPECT_EQ(digest(verdict), digest(Verdict(verdict)));
}

TEST(CheckTexts, AreThereInBothLanguagesForTheSameNotes) {
    const auto keys = [](const char* language) {
        const auto document = base::load_yaml(std::string(HRBRIDGE_SOURCE_DIR) +
                                              "/migration/check/texts." + language + ".yaml");
        std::vector<std::string> names;
        for (const auto& [name, node] : document.value().entries) {
            names.push_back(name);
        }
        return names;
    };
    EXPECT_EQ(keys("zh"), keys("en"));
    EXPECT_EQ(text("en", {"overlaps_with", {{"key", "E1"}}}), "overlaps with E1");
    EXPECT_EQ(text("zh", {"overlaps_with", {{"key", "E1"}}}), "与 E1 重叠");
}

}  // namespace
}  // namespace hrbridge::check
