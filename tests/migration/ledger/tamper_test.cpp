#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <set>

#include "daemon/base/text.h"
#include "tests/migration/ledger/ledger_bench.h"

namespace hrbridge::ledger {
namespace {

constexpr int kEntries = 30;
constexpr int kChanges = 1'000;
constexpr std::array kColumns{"seq",
                              "form",
                              "at",
                              "kind",
                              "subject",
                              "actor",
                              "body",
                              "prev_hash",
                              "hash",
                              "seal",
                              "signature"};

// One byte of one cell of the ledger is changed, in whatever way the store still takes it.
class Tampering : public LedgerBench {
  protected:
    void SetUp() override {
        LedgerBench::SetUp();
        fill(kEntries);
        ASSERT_EQ(verify(head()).outcome(), Outcome::Pass);
    }

    base::Value cell(std::int64_t sequence, const std::string& column) {
        const auto rows = connection_->query(
            "SELECT " + column + " FROM ledger_entry WHERE seq = $1", {sequence});
        return rows->next() ? rows->value(0) : base::Value{base::Null{}};
    }
    void put(std::int64_t sequence, const std::string& column, const base::Value& value) {
        ASSERT_EQ(connection_->execute("UPDATE ledger_entry SET " + column + " = $1 WHERE seq = $2",
                                       {value, sequence}),
                  1);
    }
    std::string other_byte(std::string bytes) {
        const std::size_t at = random_() % bytes.size();
        char byte = bytes[at];
        while (byte == bytes[at]) {
            byte = static_cast<char>(random_());
        }
        bytes[at] = byte;
        return bytes;
    }
    std::int64_t other_byte(std::int64_t number) {
        const auto byte = std::int64_t{1} + static_cast<std::int64_t>(random_() % 255);
        return number ^ (byte << (8 * (random_() % 8)));
    }
    // PostgreSQL keeps no other text; SQLite takes any bytes.
    std::string other_text(const std::string& text) {
        std::string changed = other_byte(text);
        while (is_postgres() &&
               (!base::is_valid_utf8(changed) || changed.find('\0') != std::string::npos)) {
            changed = other_byte(text);
        }
        return changed;
    }
    // A time that PostgreSQL can keep.
    base::Timestamp other_time(base::Timestamp at) {
        constexpr std::int64_t kMost = 200'000'000'000'000'000;
        std::int64_t changed = other_byte(at.time_since_epoch().count());
        while (changed > kMost || changed < -kMost) {
            changed = other_byte(at.time_since_epoch().count());
        }
        return base::Timestamp(std::chrono::microseconds(changed));
    }
    base::Value other(const base::Value& value) {
        if (const auto* const number = std::get_if<std::int64_t>(&value)) {
            return other_byte(*number);
        }
        if (const auto* const at = std::get_if<base::Timestamp>(&value)) {
            return other_time(*at);
        }
        if (const auto* const text = std::get_if<std::string>(&value)) {
            return other_text(*text);
        }
        return base::Bytes{other_byte(std::get<base::Bytes>(value).data)};
    }

    std::mt19937_64 random_{20};
};
INSTANTIATE_TEST_SUITE_P(All, Tampering, testing::Values("sqlite", "postgres"), store::store_name);

TEST_P(Tampering, OfOneByteIsFoundInEveryColumnAndLocated) {
    int changed = 0;
    std::set<std::string> columns;
    for (int i = 0; changed < kChanges; ++i) {
        const std::int64_t sequence = 1 + i / static_cast<int>(kColumns.size()) % kEntries;
        const std::string column = kColumns.at(static_cast<std::size_t>(i) % kColumns.size());
        const base::Value before = cell(sequence, column);
        if (std::holds_alternative<base::Null>(before)) {
            continue;
        }
        const base::Value after = other(before);
        const bool moved = column == "seq";
        const std::int64_t now = moved ? std::get<std::int64_t>(after) : sequence;
        if (moved && now >= 1 && now <= kEntries) {
            continue;  // the store itself refuses a second entry of that number
        }
        put(sequence, column, after);
        const VerifyReport report = verify();
        ++changed;
        columns.insert(column);
        SCOPED_TRACE(column + " of " + std::to_string(sequence) + " -> " + std::to_string(now) +
                     ": " + testing::PrintToString(found(report)));
        EXPECT_EQ(report.outcome(), Outcome::Fail);
        const auto is_here = [&](const Finding& finding) { return finding.entry == now; };
        EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(), is_here));
        EXPECT_TRUE(moved || std::all_of(report.findings.begin(), report.findings.end(), is_here));
        put(now, column, before);
    }
    EXPECT_EQ(columns.size(), kColumns.size());
    EXPECT_EQ(verify(head()).outcome(), Outcome::Pass);
}

TEST_P(Tampering, SaysWhatWasChangedWhereThatIsCertain) {
    const auto changed = [this](const std::string& column) {
        const base::Value before = cell(12, column);
        put(12, column, other(before));
        const auto all = found(verify());
        put(12, column, before);
        return testing::PrintToString(all);
    };
    EXPECT_EQ(changed("hash"), "{ \"chain hash_changed 12\" }");
    EXPECT_EQ(changed("prev_hash"), "{ \"chain previous_changed 12\" }");
    EXPECT_EQ(changed("body"), "{ \"chain entry_changed 12\" }");
    EXPECT_EQ(changed("seal"), "{ \"seals seal_wrong 12\" }");
    EXPECT_EQ(changed("form"), "{ \"chain form_unknown 12\" }");
    EXPECT_EQ(testing::PrintToString(found(verify())), "{}");
}

TEST_P(Tampering, IsFoundWhereACellIsEmptied) {
    run("UPDATE ledger_entry SET seal = NULL WHERE seq = 9");
    EXPECT_THAT(found(verify()), testing::ElementsAre("seals seal_missing 9"));
    run("UPDATE ledger_entry SET seal = hash WHERE seq = 9");
    EXPECT_THAT(found(verify()), testing::ElementsAre("seals seal_wrong 9"));
    run("UPDATE ledger_entry SET signature = seal WHERE seq = 8");
    EXPECT_THAT(found(verify()),
                testing::ElementsAre("signatures signature_unexpected 8", "seals seal_wrong 9"));
}

TEST_P(Tampering, BySomebodyWhoBlowsACellUpIsFound) {
    run(is_postgres()
            ? "UPDATE ledger_entry SET body = repeat('x', 100000000) WHERE seq = 5"
            : "UPDATE ledger_entry SET body = CAST(zeroblob(100000000) AS TEXT) WHERE seq = 5");
    EXPECT_THAT(found(verify()), testing::ElementsAre("chain entry_changed 5"));
}

class TamperingOnSqlite : public Tampering {};
INSTANTIATE_TEST_SUITE_P(All, TamperingOnSqlite, testing::Values("sqlite"), store::store_name);

TEST_P(TamperingOnSqlite, WithTypesThatSqliteTakesIsFound) {
    run("UPDATE ledger_entry SET at = 'yesterday' WHERE seq = 4");
    run("UPDATE ledger_entry SET form = 1.5 WHERE seq = 6");
    run("UPDATE ledger_entry SET hash = 7 WHERE seq = 8");
    run("UPDATE ledger_entry SET seq = 'last' WHERE seq = 30");
    EXPECT_THAT(found(verify()),
                testing::ElementsAre("chain entry_unreadable 4",
                                     "chain entry_unreadable 6",
                                     "chain hash_changed 8",
                                     "chain entry_unreadable 30"));
}

class TamperingOnPostgres : public Tampering {};
INSTANTIATE_TEST_SUITE_P(All, TamperingOnPostgres, testing::Values("postgres"), store::store_name);

TEST_P(TamperingOnPostgres, WithATimeOutsideAllTimesIsFound) {
    run("UPDATE ledger_entry SET at = 'infinity' WHERE seq = 4");
    EXPECT_THAT(found(verify()), testing::ElementsAre("chain entry_unreadable 4"));
}

TEST_P(Tampering, ByDeletingFromTheMiddleOrTheBeginningIsFound) {
    run("DELETE FROM ledger_entry WHERE seq IN (11, 12)");
    const VerifyReport report = verify();
    EXPECT_THAT(found(report), testing::ElementsAre("chain entries_missing 13"));
    EXPECT_EQ(report.findings.at(0).note.values.at("first"), "11");
    EXPECT_EQ(report.findings.at(0).note.values.at("last"), "12");
    run("DELETE FROM ledger_entry WHERE seq = 1");
    EXPECT_THAT(found(verify()),
                testing::ElementsAre("chain entries_missing 2", "chain entries_missing 13"));
    EXPECT_EQ(came(verify(), "seals"), "not_checked seals_unsure");
}

TEST_P(Tampering, BySwappingTwoEntriesIsFoundAtBoth) {
    run("UPDATE ledger_entry SET seq = 1000 WHERE seq = 7");
    run("UPDATE ledger_entry SET seq = 7 WHERE seq = 20");
    run("UPDATE ledger_entry SET seq = 20 WHERE seq = 1000");
    std::set<std::int64_t> at;
    for (const Finding& finding : verify().findings) {
        at.insert(finding.entry);
    }
    EXPECT_TRUE(at.count(7) > 0 && at.count(20) > 0) << testing::PrintToString(at);
    for (const std::int64_t entry : at) {
        EXPECT_TRUE(entry == 7 || entry == 8 || entry == 20 || entry == 21) << entry;
    }
}

TEST_P(Tampering, ByCuttingTheEndOffShowsOnlyAgainstAPrintedHead) {
    const Head printed = head();
    const Head earlier = [this] {
        run("DELETE FROM ledger_entry WHERE seq > 25");
        return head();
    }();

    const VerifyReport alone = verify();
    EXPECT_EQ(testing::PrintToString(found(alone)), "{}");
    EXPECT_EQ(alone.outcome(), Outcome::NotChecked);
    EXPECT_EQ(came(alone, "head"), "not_checked head_not_given");

    const VerifyReport against = verify(printed);
    EXPECT_EQ(against.outcome(), Outcome::Fail);
    EXPECT_THAT(found(against), testing::ElementsAre("head head_truncated 26"));
    EXPECT_EQ(verify(earlier).outcome(), Outcome::Pass);

    run("DELETE FROM ledger_entry");
    EXPECT_THAT(found(verify(printed)), testing::ElementsAre("head head_truncated 1"));
    EXPECT_EQ(came(verify(), "chain"), "not_checked chain_empty");
}

TEST_P(Tampering, ByCuttingOffAndWritingOnIsTheSameToAPrintedHead) {
    const Head printed = head();
    run("DELETE FROM ledger_entry WHERE seq > 25");
    fill(10);
    EXPECT_EQ(verify().outcome(), Outcome::NotChecked);
    EXPECT_THAT(found(verify(printed)), testing::ElementsAre("head head_rewritten 30"));
}

TEST_P(Tampering, IsToldFromALineOfAnotherStore) {
    Head foreign = head();
    foreign.hash = Digest::sha256_of("other");
    foreign.seal =
        ring_of('o').current().sign(seal_message(foreign.sequence, foreign.at, foreign.hash));
    EXPECT_THAT(found(verify(foreign)), testing::ElementsAre("head head_foreign 30"));
    foreign.sequence = 31;
    EXPECT_THAT(found(verify(foreign)), testing::ElementsAre("head head_ahead 31"));

    Head forged = head();
    forged.seal[3] = static_cast<char>(forged.seal[3] ^ 1);
    EXPECT_THAT(found(verify(forged)), testing::ElementsAre("head head_seal_wrong 30"));
    Head later = head();
    later.at += std::chrono::microseconds(1);
    EXPECT_THAT(found(verify(later)), testing::ElementsAre("head head_seal_wrong 30"));
}

TEST_P(Tampering, DoesNotHideTheEntryOfAPrintedHead) {
    const Head printed = head();
    run("DELETE FROM ledger_entry WHERE seq = 30");
    fill(2);
    run("UPDATE ledger_entry SET seq = 31 WHERE seq = 30");
    EXPECT_THAT(
        found(verify(printed)),
        testing::UnorderedElementsAre(
            "chain entries_missing 31", "chain entry_changed 31", "head head_entry_missing 30"));
}

}  // namespace
}  // namespace hrbridge::ledger
