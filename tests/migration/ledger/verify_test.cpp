#include "migration/ledger/verify.h"

#include <algorithm>

#include "daemon/base/error.h"
#include "migration/ledger/body_json.h"
#include "tests/migration/ledger/ledger_bench.h"

namespace hrbridge::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerVerify : public LedgerBench {
  protected:
    // What somebody can do who writes the store and knows the format: an entry of any content that
    // fits its hash and the one before, sealed by a key of his own or not at all.
    void forge(std::int64_t sequence,
               const std::string& kind,
               const std::string& body,
               const PrivateKey* key) {
        const auto rows =
            connection_->query("SELECT hash FROM ledger_entry WHERE seq = $1", {sequence - 1});
        const std::string previous = rows->next() ? rows->bytes(0) : std::string(Digest().view());
        const base::Timestamp at = clock_.now();
        const Digest hash = entry_hash(
            {sequence, at.time_since_epoch().count(), kind, "core_hr", "impl01", body, previous});
        const base::Value seal =
            key == nullptr ? base::Value{base::Null{}}
                           : base::Value{base::Bytes{key->sign(seal_message(sequence, at, hash))}};
        connection_->execute("DELETE FROM ledger_entry WHERE seq = $1", {sequence});
        connection_->execute(
            "INSERT INTO ledger_entry (seq, form, at, kind, subject, actor, body, prev_hash, hash, "
            "seal) VALUES ($1, 1, $2, $3, 'core_hr', 'impl01', $4, $5, $6, $7)",
            {sequence,
             at,
             kind,
             body,
             base::Bytes{previous},
             base::Bytes{std::string(hash.view())},
             seal});
    }
};
INSTANTIATE_TEST_SUITE_P(All,
                         LedgerVerify,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(LedgerVerify, SaysThatAnEmptyLedgerWasNotChecked) {
    const VerifyReport report = verify();
    EXPECT_EQ(report.outcome(), Outcome::NotChecked);
    EXPECT_EQ(came(report, "chain"), "not_checked chain_empty");
    EXPECT_EQ(came(report, "key"), "not_checked key_unknown");
    EXPECT_EQ(came(report, "head"), "not_checked head_not_given");
    EXPECT_EQ(report.entries, 0);
    EXPECT_FALSE(report.head);
}

TEST_P(LedgerVerify, NamesEveryCheckWhateverCameOfIt) {
    fill(20);
    const VerifyReport report = verify(head());
    std::vector<std::string> names;
    for (const CheckResult& check : report.checks) {
        names.push_back(check.check);
        EXPECT_EQ(check.outcome, Outcome::Pass) << check.note.code;
    }
    EXPECT_THAT(names, ElementsAre("chain", "bodies", "seals", "signatures", "key", "head"));
    EXPECT_EQ(report.entries, 20);
    EXPECT_EQ(report.head, head());
    trusted_.clear();
    EXPECT_EQ(came(verify(), "key"), "not_checked key_not_given");
}

TEST_P(LedgerVerify, PassesPagesOfEntries) {
    fill(450);
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
    run("DELETE FROM ledger_entry WHERE seq = 201");
    EXPECT_THAT(found(verify()), ElementsAre("chain entries_missing 202"));
}

TEST_P(LedgerVerify, FindsAnEntryThatFitsTheChainButNotTheKey) {
    fill(10);
    const PrivateKey own = PrivateKey::generate();
    forge(10, "batch", to_json(some_batch(9)), &own);
    EXPECT_THAT(found(verify()), ElementsAre("seals seal_wrong 10"));
    forge(10, "batch", to_json(some_batch(9)), nullptr);
    EXPECT_THAT(found(verify()), ElementsAre("seals seal_missing 10"));
    forge(5, "batch", to_json(some_batch(9)), nullptr);
    EXPECT_THAT(
        found(verify()),
        ElementsAre("seals seal_missing 5", "chain link_broken 6", "seals seal_missing 10"));
}

TEST_P(LedgerVerify, FindsAKeyThatNobodyHandedOverTo) {
    fill(3);
    const PrivateKey own = PrivateKey::generate();
    const PublicKey key = own.public_key();
    forge(4, "key_added", to_json(KeyAdded{key, key.fingerprint()}), &own);
    forge(5, "batch", to_json(some_batch()), &own);
    const VerifyReport report = verify();
    EXPECT_THAT(found(report), ElementsAre("seals seal_wrong 4"));
    EXPECT_EQ(came(report, "seals"), "fail seals_fail");
    EXPECT_EQ(came(report, "key"), "not_checked key_unknown");
}

// With a key of his own from the first entry on, only what is known from elsewhere shows it.
TEST_P(LedgerVerify, FindsALedgerWrittenAnewByTheKeyOrThePrintedHead) {
    fill(3);
    const Head printed = head();
    run("DELETE FROM ledger_entry");
    const PrivateKey own = PrivateKey::generate();
    const PublicKey key = own.public_key();
    forge(1, "key_added", to_json(KeyAdded{key, key.fingerprint()}), &own);
    forge(2, "batch", to_json(some_batch()), &own);
    forge(3, "batch", to_json(some_batch()), &own);
    EXPECT_THAT(found(verify(printed)), ElementsAre("head head_rewritten 3", "key key_other 0"));
    trusted_.clear();
    EXPECT_THAT(found(verify(printed)), ElementsAre("head head_foreign 3"));
    EXPECT_THAT(found(verify()), IsEmpty());
}

TEST_P(LedgerVerify, FindsContentThatHrbridgeDoesNotWrite) {
    const PrivateKey& key = keys_.current();
    fill(2);
    forge(3, "batch", "{}", &key);
    forge(4, "batch", "{\"rows\": 1}", &key);
    forge(5, "bonus", "{}", &key);
    forge(6, "head_sent", to_json(HeadSent{1, {}, "printed"}), &key);
    forge(7, "signature", to_json(Signature{1, Role::Checker, {}, person_.public_key()}), &key);
    const PublicKey other = PrivateKey::generate().public_key();
    forge(8, "key_added", to_json(KeyAdded{other, Digest()}), &key);
    EXPECT_THAT(found(verify()),
                ElementsAre("bodies body_missing 3",
                            "bodies body_not_canonical 4",
                            "bodies kind_unknown 5",
                            "signatures signature_missing 7",
                            "seals key_refused 8"));
}

TEST_P(LedgerVerify, FindsASealBeforeThereIsAKey) {
    forge(1, "batch", to_json(some_batch()), nullptr);
    forge(2, "batch", to_json(some_batch()), &keys_.current());
    EXPECT_THAT(found(verify()), ElementsAre("seals seal_unexpected 2"));
}

TEST_P(LedgerVerify, CountsAllFindingsAndKeepsTheFirst) {
    fill(20);
    run("UPDATE ledger_entry SET actor = 'other'");
    VerifyOptions options;
    options.show = 3;
    const VerifyReport report = ledger::verify(*connection_, options);
    EXPECT_EQ(report.findings.size(), 3U);
    EXPECT_EQ(report.findings_total, 20);
    EXPECT_FALSE(report.head);
}

TEST_P(LedgerVerify, WritesNothingAndKeepsNoWriterWaiting) {
    fill(5);
    VerifyOptions options;
    const auto other = (*store_)->connect();
    const auto walking = [&](std::int64_t) {
        store::sql::Transaction transaction(*other);
        Ledger(*other, &keys_).append({clock_.now(), "s", "a", some_batch()});
        transaction.commit();
    };
    fill(5'000);
    options.progress = walking;
    const Head before = head();
    const VerifyReport report = ledger::verify(*connection_, options);
    EXPECT_EQ(report.head, before);
    EXPECT_EQ(entries(), before.sequence + 1);
    EXPECT_FALSE(connection_->in_transaction());
}

TEST_P(LedgerVerify, EndsWhenAskedTo) {
    fill(3);
    std::stop_source stop;
    stop.request_stop();
    VerifyOptions options;
    options.stop = stop.get_token();
    EXPECT_THROW(ledger::verify(*connection_, options), base::Stopped);
    EXPECT_FALSE(connection_->in_transaction());
}

// Holds the rows of the batches against what the ledger says of them.
class RowsProof final : public ContentProof {
  public:
    explicit RowsProof(std::int64_t rows) : rows_(rows) {}
    std::string name() const override { return "batches"; }
    void take(const Entry& entry, const ProofContext& context) override {
        if (const auto* const batch = std::get_if<Batch>(&entry.body)) {
            ++seen_;
            context.connection.query("SELECT 1", {})->next();
            if (batch->rows != rows_) {
                context.findings.add(name(), entry.sequence, {"rows_differ"});
            }
        }
    }
    CheckResult finish(const ProofContext&) override {
        return {"", seen_ == 0 ? Outcome::NotChecked : Outcome::Pass, seen_, {"rows"}};
    }
    std::string text(const std::string&, const Note& note) const override { return note.code; }

  private:
    std::int64_t rows_;
    std::int64_t seen_ = 0;
};

TEST_P(LedgerVerify, HasProofsOfWhatStandsOutside) {
    append(ProjectOpened{"p", {}, {}});
    RowsProof none(1);
    EXPECT_EQ(came(verify(head(), {&none}), "batches"), "not_checked rows");
    append(some_batch(1));
    append(some_batch(2));
    append(some_batch(1));
    run("UPDATE ledger_entry SET actor = 'other' WHERE seq = 5");

    RowsProof proof(1);
    const VerifyReport report = verify(std::nullopt, {&proof});
    EXPECT_EQ(came(report, "batches"), "fail rows");
    EXPECT_EQ(report.checks.back().examined, 2) << "a changed entry proves nothing";
    EXPECT_THAT(found(report), ElementsAre("batches rows_differ 4", "chain entry_changed 5"));
}

}  // namespace
}  // namespace hrbridge::ledger
