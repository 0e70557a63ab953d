#include "migration/spot_check/draw.h"

#include <gmock/gmock.h>

#include "daemon/base/row_hash.h"
#include "daemon/base/text.h"
#include "migration/ledger/ledger.h"
#include "migration/ledger/verify.h"
#include "migration/rehearsal/content_root.h"
#include "migration/spot_check/nonce.h"
#include "migration/spot_check/proof.h"
#include "tests/migration/spot_check/spot_bench.h"
#include "tests/support/process.h"

namespace hrbridge::spot_check {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SpotDraw : public SpotBench {
  protected:
    std::string key_hex(const std::string& text) {
        base::RowHasher cells;
        cells.add_text(text);
        return base::to_hex(cells.canonical());
    }
    // The frozen rows as the independent script reads them.
    std::string rows_file() {
        const auto connection = side(*rehearsal::find(*connection_, "core", 1));
        std::string out;
        for (const auto& [entity, field, mapping] :
             {std::tuple{"org_unit", "code", "test/org_unit"},
              std::tuple{"person", "person_no", "test/staff"}}) {
            const auto rows = connection->query(
                fmt::format("SELECT {} FROM {} WHERE gone_at IS NULL", field, entity), {});
            const std::string stratum = base::to_hex(std::string(entity) + " " + mapping);
            while (rows->next()) {
                out += fmt::format("row {} {}\n", stratum, key_hex(rows->text(0)));
            }
        }
        for (int i = 0; i < 10; ++i) {
            out += fmt::format("must {} {}\n",
                               base::to_hex("person test/staff"),
                               key_hex(fmt::format("E{:04}", i)));
        }
        return out;
    }
    std::string body_of(const char* kind) {
        return std::get<std::string>(
            one(std::string("SELECT body FROM ledger_entry WHERE kind = '") + kind +
                "' ORDER BY seq DESC LIMIT 1"));
    }
    // The entry that the seed is made of, as the script reads it.
    std::string given() {
        const auto rows = connection_->query(
            "SELECT seq, hash, seal FROM ledger_entry WHERE kind = 'nonce_given'", {});
        EXPECT_TRUE(rows->next());
        return fmt::format(R"({{"seq":{},"hash":"{}","seal":"{}"}})",
                           rows->integer(0),
                           base::to_hex(rows->bytes(1)),
                           base::to_hex(rows->bytes(2)));
    }
    void tell(const ledger::Body& body) {
        store::sql::Transaction transaction(*connection_);
        ledger::Ledger(*connection_, &ledger_keys_).append({clock_.now(), "core", "impl01", body});
        transaction.commit();
    }
    std::vector<std::string> draw_faults() {
        DrawProof draws;
        ledger::VerifyOptions options;
        options.proofs = {&draws};
        std::vector<ledger::Note> notes;
        for (const ledger::Finding& each : ledger::verify(*connection_, options).findings) {
            notes.push_back(each.note);
        }
        return codes(notes);
    }
    ledger::Digest root_now() {
        const auto connection = side(*rehearsal::find(*connection_, "core", 1));
        return rehearsal::module_root(
            *connection, store::entity_tables(*connection), {"org_unit", "person"});
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SpotDraw,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(SpotDraw, IsRepeatedBitByBitFromTheLedgerByAnIndependentScript) {
    frozen_core();
    const DrawOutcome made = draw_one();
    ASSERT_TRUE(made.draw) << codes(made.refused).front();
    const test::TempDir folder;
    const auto again =
        test::run({{"/usr/bin/python3",
                    HRBRIDGE_SOURCE_DIR "/tests/migration/spot_check/draw_from_ledger.py",
                    folder.write("given.json", given()),
                    folder.write("body.json", body_of("draw")),
                    folder.write("rows", rows_file())},
                   {},
                   {},
                   {},
                   {}});
    EXPECT_EQ(again.code, 0) << again.output;
    for (const SheetRow& row : sheet_rows()) {
        EXPECT_THAT(again.output,
                    HasSubstr(fmt::format("{} {} {} {}",
                                          to_string(row.content.kind),
                                          row.content.entity,
                                          row.content.mapping,
                                          key_hex(row.content.key))));
    }
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(SpotDraw, GoesByTheHashAndTheSealOfTheEntryThatHoldsTheNonce) {
    frozen_core();
    const auto frozen = freeze::frozen(*connection_, "core", 1);
    const DrawOutcome made = draw_one();
    ASSERT_TRUE(made.draw);
    const auto entry = find_nonce(*connection_, "core", frozen->content_root);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->previous, frozen->hash);
    EXPECT_EQ(entry->seal.size(), 64U);
    EXPECT_EQ(made.draw->terms, entry->sequence);
    EXPECT_EQ(made.draw->seed(), sampling::draw_seed(entry->hash.view(), entry->seal));
    const auto& body = std::get<ledger::NonceGiven>(entry->body);
    EXPECT_EQ(body.nonce, ledger::Digest::sha256_of("checker's words"));
    EXPECT_EQ(body.content_root, frozen->content_root);
    EXPECT_EQ(body.sample, made.draw->plan.rule.first.sample);
    EXPECT_EQ(body.growth, growth_digest(made.draw->plan));
    EXPECT_EQ(made.draw->nonce, body.nonce);
    EXPECT_EQ(entries("draw"), 1);
    EXPECT_EQ(made.draw->state, DrawState::Open);
}

TEST_P(SpotDraw, ThatWasCutOffGoesOnWithTheNonceThatIsThereAndAsksForNoOther) {
    frozen_core();
    with_parts([&](const Parts& parts) {
        give_nonce(parts,
                   *connection_,
                   subject(),
                   freeze::frozen(*connection_, "core", 1)->content_root,
                   *preview_draw(parts, subject()).plan,
                   "checker's words");
    });
    EXPECT_EQ(entries("nonce_given"), 1);
    EXPECT_EQ(entries("draw"), 0);
    const DrawOutcome made = draw_one({"other words", "", ""});
    ASSERT_TRUE(made.draw);
    EXPECT_TRUE(made.kept_nonce);
    EXPECT_EQ(made.draw->nonce, ledger::Digest::sha256_of("checker's words"));
    EXPECT_EQ(entries("nonce_given"), 1);
    EXPECT_THAT(ledger_faults(), IsEmpty());
}

TEST_P(SpotDraw, IsHeldAgainstItsNonceByStoreVerify) {
    frozen_core();
    draw_one();
    EXPECT_THAT(draw_faults(), IsEmpty());
    ledger::NonceGiven again;
    again.content_root = find_draw(*connection_, 1)->content_root;
    ledger::Draw other;
    other.draw = 2;
    other.terms = 1;
    tell(again);
    tell(other);
    ledger::CheckVerdicts failed;
    failed.draw = 1;
    failed.outcome = ledger::Outcome::Fail;
    tell(failed);
    other.draw = 3;
    other.content_root = again.content_root;
    tell(other);
    EXPECT_THAT(
        draw_faults(),
        ElementsAre("nonce_twice", "draw_without_nonce", "draw_without_nonce", "draw_after_fail"));
}

TEST_P(SpotDraw, PutsSampleExtrasAndDecoysOnTheSheetAndNothingIntoTheStore) {
    frozen_core();
    const ledger::Digest before = root_now();
    const DrawOutcome made = draw_one();
    ASSERT_TRUE(made.draw);
    std::map<RowKind, std::int64_t> kinds;
    for (const SheetRow& row : sheet_rows()) {
        ++kinds[row.content.kind];
        EXPECT_FALSE(row.content.source.empty());
    }
    const Plan& plan = made.draw->plan;
    EXPECT_EQ(kinds[RowKind::Sample], plan.rule.first.sample);
    EXPECT_THAT(kinds[RowKind::Sample], Ge(50));
    EXPECT_EQ(kinds[RowKind::Decoy], plan.rule.planted);
    EXPECT_LE(kinds[RowKind::Extra], 10);
    EXPECT_EQ(made.rows, std::ssize(sheet_rows()));
    EXPECT_EQ(root_now(), before);
}

TEST_P(SpotDraw, ADecoyDiffersFromItsRowInOneFieldAndFromARowInNothingElse) {
    frozen_core();
    draw_one();
    const auto connection = side(*rehearsal::find(*connection_, "core", 1));
    for (const SheetRow& row : sheet_rows()) {
        if (row.content.entity != "person") {
            continue;
        }
        const std::string& number = row.content.key;
        const int i = std::stoi(number.substr(1));
        const std::map<std::string, std::string> real{
            {"person_no", number},
            {"name", fmt::format("张{}", i % 17)},
            {"gender", i % 2 == 0 ? "male" : "female"},
            {"birth_date", fmt::format("19{}-05-{:02}", 60 + i % 30, 1 + i % 28)},
            {"id_number", fmt::format("1101011990{:08}", i)}};
        std::vector<std::string> differs;
        for (const auto& [field, value] : real) {
            if (row.content.find(field)->target != value) {
                differs.push_back(field);
            }
        }
        if (row.content.kind == RowKind::Decoy) {
            EXPECT_THAT(differs, ElementsAre(row.content.planted));
        } else {
            EXPECT_THAT(differs, IsEmpty());
            EXPECT_EQ(row.content.planted, "");
        }
    }
}

TEST_P(SpotDraw, TheStoreTellsNobodyWithoutTheKeyWhichRowIsADecoy) {
    frozen_core();
    draw_one();
    const auto rows = connection_->query("SELECT * FROM spot_row ORDER BY place", {});
    std::size_t seen = 0;
    while (rows->next()) {
        ++seen;
        EXPECT_THAT(rows->bytes(2), testing::Not(HasSubstr("decoy")));
        EXPECT_TRUE(rows->is_null(3));
        EXPECT_TRUE(rows->is_null(4));
    }
    EXPECT_THAT(sheet_rows(), SizeIs(seen));
    // They stand among the others: neither all first nor all last.
    std::vector<std::int64_t> places;
    for (const SheetRow& row : sheet_rows()) {
        if (row.content.kind == RowKind::Decoy && row.content.entity == "person") {
            places.push_back(row.place);
        }
    }
    EXPECT_GT(places.back() - places.front(), std::ssize(places) + 20);
}

TEST_P(SpotDraw, PersonalDataAreNowherePlainInTheLiveStore) {
    frozen_core();
    draw_one();
    for (const SheetRow& row : sheet_rows()) {
        if (row.content.entity == "person") {
            const auto raw = connection_->query(
                "SELECT content FROM spot_row WHERE draw = 1 AND place = $1", {row.place});
            ASSERT_TRUE(raw->next());
            EXPECT_THAT(raw->bytes(0),
                        testing::Not(HasSubstr(*row.content.find("id_number")->target)));
        }
    }
}

TEST_P(SpotDraw, IsRefusedBeforeTheFreezeAndAfterAChangeOfRowsOrProject) {
    const rehearsal::Rehearsal loaded = rehearse_core();
    EXPECT_THAT(codes(draw_one().refused), ElementsAre("not_frozen"));
    side(loaded)->execute("DELETE FROM person WHERE person_no = 'E0001'", {});
    frozen_core(true);
    const std::string hash = project_.hash;
    project_.hash = std::string(64, 'a');
    EXPECT_THAT(codes(draw_one({"n", "", ""}, 2).refused), ElementsAre("project_changed"));
    project_.hash = hash;
    side(*rehearsal::find(*connection_, "core", 2))
        ->execute("UPDATE person SET row_hash = $1 WHERE person_no = 'E0001'",
                  {base::Bytes{std::string(16, 'x')}});
    EXPECT_THAT(codes(draw_one({"n", "", ""}, 2).refused), ElementsAre("not_as_frozen"));
    EXPECT_EQ(entries("draw"), 0);
}

TEST_P(SpotDraw, WhoseSourceWasAwayIsGoneOnWithAndNotDrawnAgain) {
    frozen_core();
    fails_ = true;
    const DrawOutcome cut = draw_one();
    EXPECT_THAT(codes(cut.refused), ElementsAre("no_sheet"));
    ASSERT_TRUE(cut.draw);
    EXPECT_EQ(cut.draw->state, DrawState::Drawn);
    fails_ = false;
    const DrawOutcome made = draw_one({"other words", "", ""});
    ASSERT_TRUE(made.draw);
    EXPECT_EQ(made.draw->number, cut.draw->number);
    EXPECT_EQ(made.draw->rows, cut.draw->rows);
    EXPECT_EQ(made.draw->state, DrawState::Open);
    EXPECT_EQ(entries("draw"), 1);
}

TEST_P(SpotDraw, APreviewSaysThePlanAndDrawsNothing) {
    frozen_core();
    with_parts([&](const Parts& parts) {
        const Preview preview = preview_draw(parts, subject());
        ASSERT_TRUE(preview.plan);
        EXPECT_EQ(preview.plan->population(), kStaff + kUnits);
        EXPECT_EQ(preview.must_check, 10);
        EXPECT_EQ(preview.plan->rule.planted, 50);
        const Plan again = plan_from_json(to_json(*preview.plan));
        EXPECT_EQ(to_json(again), to_json(*preview.plan));
        EXPECT_EQ(growth_digest(again), growth_digest(*preview.plan));
    });
    EXPECT_EQ(entries("draw"), 0);
    EXPECT_EQ(count("spot_draw"), 0);
}

TEST_P(SpotDraw, OfTooFewRowsSaysWhatCanBeDone) {
    mappings_ = {rehearsal::read_mapping(rehearsal::kUnitMap), rehearsal::read_mapping(kStaffMap)};
    staff_.remove_all();
    for (const char* key : {"E0007", "E0008"}) {
        staff_.put(
            {key, "张三", "110101199000000001", "1", "1990-01-01", "2024-05-06 08:00:00", ""});
    }
    frozen_core();
    const DrawOutcome made = draw_one();
    ASSERT_THAT(codes(made.refused), ElementsAre("no_plan"));
    EXPECT_THAT(spot_check::text("en", made.refused.front()), HasSubstr("have two people check"));
}

}  // namespace
}  // namespace hrbridge::spot_check
