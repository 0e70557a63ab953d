#include "migration/ledger/ledger.h"

#include <array>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/errors.h"
#include "tests/migration/ledger/ledger_bench.h"

namespace hrbridge::ledger {
namespace {

using testing::ElementsAre;

class LedgerAppend : public LedgerBench {};
INSTANTIATE_TEST_SUITE_P(All,
                         LedgerAppend,
                         testing::Values("sqlite", "postgres"),
                         store::store_name);

TEST_P(LedgerAppend, ChainsEntriesBehindTheStoresKey) {
    EXPECT_FALSE(Ledger(*connection_, &keys_).head());
    const Entry first = append(some_batch());
    const Entry second = append(some_batch());

    EXPECT_EQ(entries(), 3);
    EXPECT_EQ(first.sequence, 2);
    EXPECT_EQ(second.sequence, 3);
    EXPECT_EQ(second.previous, first.hash);
    EXPECT_EQ(second.seal.size(), 64U);
    EXPECT_EQ(head(), (Head{3, second.at, second.hash, second.seal}));
    EXPECT_EQ(std::get<std::string>(one("SELECT kind FROM ledger_entry WHERE seq = 1")),
              "key_added");
    EXPECT_EQ(verify().outcome(), Outcome::NotChecked);
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, VanishesWithTheTransactionThatItTellsOf) {
    append(some_batch());
    const Head before = head();
    {
        const store::sql::Transaction transaction(*connection_);
        Ledger(*connection_, &keys_).append({clock_.now(), "s", "a", some_batch()});
    }
    EXPECT_EQ(head(), before);
    EXPECT_EQ(append(some_batch()).sequence, before.sequence + 1);
    EXPECT_EQ(verify(before).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, IsRefusedOutsideATransaction) {
    EXPECT_THROW(Ledger(*connection_, &keys_).append({clock_.now(), "s", "a", some_batch()}),
                 std::logic_error);
    EXPECT_EQ(entries(), 0);
}

TEST_P(LedgerAppend, RefusesWhatAnEntryCannotHold) {
    const store::sql::Transaction transaction(*connection_);
    Ledger ledger(*connection_, &keys_);
    const PublicKey key = keys_.current().public_key();
    EXPECT_THROW(ledger.append({clock_.now(), "", "a", some_batch()}), std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a\nb", some_batch()}), std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a", some_batch(-1)}), std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a", some_batch()}, &person_),
                 std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a", Signature{}}), std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a", Signature{}}, &person_),
                 std::invalid_argument);
    EXPECT_THROW(ledger.append({clock_.now(), "s", "a", KeyAdded{key, key.fingerprint()}}),
                 std::invalid_argument);
    EXPECT_EQ(entries(), 0);
}

TEST_P(LedgerAppend, GivesOneChainToAppendersAtTheSameTime) {
    constexpr int kWriters = 4;
    constexpr int kEach = 40;
    std::array<std::thread, kWriters> writers;
    for (int i = 0; i < kWriters; ++i) {
        writers.at(static_cast<std::size_t>(i)) = std::thread([this, i] {
            const auto connection = (*store_)->connect();
            for (int j = 0; j < kEach; ++j) {
                store::sql::Transaction transaction(*connection);
                Ledger ledger(*connection, &keys_);
                ledger.append({clock_.now(), "writer", std::to_string(i), some_batch(j)});
                ledger.append({clock_.now(), "writer", std::to_string(i), some_batch(j)});
                if (j % 4 != 3) {
                    transaction.commit();
                }
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    EXPECT_EQ(entries(), 1 + kWriters * kEach * 3 / 4 * 2);
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

class LedgerAppendOnPostgres : public LedgerAppend {};
INSTANTIATE_TEST_SUITE_P(All,
                         LedgerAppendOnPostgres,
                         testing::Values("postgres"),
                         store::store_name);

// A snapshot does not see the entry that came in between: its transaction has to run again.
TEST_P(LedgerAppendOnPostgres, NeverForksFromASnapshotThatIsOld) {
    append(some_batch());
    const auto other = (*store_)->connect();
    {
        const store::sql::Transaction old(*other, store::sql::Reads::Snapshot);
        other->query("SELECT count(*) FROM ledger_entry", {})->next();
        append(some_batch());
        try {
            Ledger(*other, &keys_).append({clock_.now(), "s", "a", some_batch()});
            FAIL() << "an old snapshot appended";
        } catch (const base::StoreError& error) {
            EXPECT_EQ(error.remedy(), base::Remedy::Retry);
        }
    }
    EXPECT_EQ(entries(), 3);
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, KilledBeforeCommitLeavesNothing) {
    append(some_batch());
    const Head before = head();
    std::array<int, 2> appended{};
    ASSERT_EQ(::pipe(appended.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto connection = (*store_)->connect();
        connection->begin();
        Ledger(*connection, &keys_).append({clock_.now(), "s", "a", some_batch()});
        if (::write(appended[1], "x", 1) == 1) {
            ::pause();
        }
        ::_exit(1);
    }
    ASSERT_GT(child, 0);
    ::close(appended[1]);
    char byte = 0;
    EXPECT_EQ(::read(appended[0], &byte, 1), 1);
    ::close(appended[0]);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    EXPECT_EQ(append(some_batch()).sequence, before.sequence + 1);
    EXPECT_EQ(verify(before).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, IsSealedFromTheEntryThatHasAKeyOn) {
    append(some_batch(), nullptr);
    append(some_batch(), nullptr);
    EXPECT_TRUE(head().seal.empty());
    EXPECT_EQ(came(verify(), "seals"), "not_checked seals_none");
    EXPECT_EQ(came(verify(), "key"), "not_checked key_unknown");

    append(some_batch());
    EXPECT_EQ(entries(), 4);
    const VerifyReport report = verify(head());
    EXPECT_EQ(report.outcome(), Outcome::Pass);
    EXPECT_EQ(report.checks.at(2).note.values.at("unsealed"), "2");
}

TEST_P(LedgerAppend, TakesNoEntryWithoutTheKeyOnceItHasOne) {
    append(some_batch());
    const KeyRing other = ring_of('o');
    for (const KeyRing* const keys : {static_cast<const KeyRing*>(nullptr), &other}) {
        try {
            append(some_batch(), keys);
            FAIL() << "appended without the ledger's key";
        } catch (const base::StoreError& error) {
            EXPECT_EQ(error.remedy(), base::Remedy::Stop);
            EXPECT_NE(std::string(error.what())
                          .find(keys_.current().public_key().fingerprint().hex().substr(0, 16)),
                      std::string::npos);
        }
    }
    EXPECT_EQ(entries(), 2);
}

TEST_P(LedgerAppend, HandsOverToANewerKey) {
    append(some_batch());
    const PrivateKey newer = PrivateKey::generate();
    const KeyRing both(std::vector<PrivateKey>{newer, keys_.current()});
    const KeyRing alone(newer);
    append(some_batch(), &both);
    append(some_batch(), &alone);

    EXPECT_EQ(entries(), 5);
    EXPECT_THROW(append(some_batch()), base::StoreError);
    EXPECT_EQ(came(verify(), "key"), "fail key_fail");
    EXPECT_THAT(found(verify()), ElementsAre("key key_other 0"));
    trusted_ = alone.public_keys();
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, AddsItsKeyWithoutAnotherEntryWhenAsked) {
    append(some_batch(), nullptr);
    const auto add_key = [this] {
        store::sql::Transaction transaction(*connection_);
        const bool added = Ledger(*connection_, &keys_).add_key(clock_.now(), "uid 0");
        transaction.commit();
        return added;
    };
    EXPECT_TRUE(add_key());
    EXPECT_FALSE(add_key());
    EXPECT_EQ(entries(), 2);
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

TEST_P(LedgerAppend, HoldsAPersonsSignature) {
    const Entry entry =
        append(Signature{3, Role::Approver, Digest::sha256_of("content"), person_.public_key()});
    EXPECT_TRUE(person_.public_key().verifies(
        signature_message(entry.sequence, entry.at, entry.hash), entry.signature));
    EXPECT_EQ(came(verify(), "signatures"), "pass signatures_pass");
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

}  // namespace
}  // namespace hrbridge::ledger
