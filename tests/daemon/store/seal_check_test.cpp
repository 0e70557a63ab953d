#include "daemon/store/seal_check.h"

#include <string>

#include <gtest/gtest.h>

#include "daemon/base/text.h"
#include "tests/daemon/store/sealed_rows.h"

namespace hrbridge::store {
namespace {

base::SealKeys key(const std::string& id, char byte) {
    return base::SealKeys::make({{id, base::Secret(std::string(32, byte))}}, id).value();
}

class SealCheck : public SealedRows {
  protected:
    std::vector<std::string> wrong(const base::SealKeys& keys) {
        return wrong_seal_keys(*connection_, keys);
    }
    std::int64_t known_ids() { return count("seal_key WHERE key_id <> '(digests)'"); }
    void use(const base::SealKeys& keys) { use_seal_key(*connection_, keys, clock_.now()); }
    // As a store has it that was filled before there were check values.
    void forget_checks() { connection_->execute("DELETE FROM seal_key", {}); }
};

TEST_P(SealCheck, LetsAnyKeyBeginAStore) {
    EXPECT_TRUE(wrong(key("k1", 'a')).empty());
    use(key("k1", 'a'));

    EXPECT_TRUE(wrong(key("k1", 'a')).empty());
    EXPECT_NO_THROW(use(key("k1", 'a')));
    EXPECT_EQ(known_ids(), 1);
}

TEST_P(SealCheck, RefusesAnotherKeyUnderAKnownIdAndWritesNothing) {
    use(key("k1", 'a'));

    EXPECT_EQ(wrong(key("k1", 'b')), std::vector<std::string>{"k1"});
    try {
        use(key("k1", 'b'));
        ADD_FAILURE() << "the wrong key was taken";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.remedy(), base::Remedy::Stop);
        EXPECT_NE(std::string(error.what()).find("k1"), std::string::npos) << error.what();
    }
    EXPECT_TRUE(wrong(key("k1", 'a')).empty());
    EXPECT_EQ(known_ids(), 1);
}

TEST_P(SealCheck, TakesANewKeyUnderAnIdOfItsOwnAndStillKnowsTheOld) {
    use(key("k1", 'a'));
    const auto rotated = [](char old) {
        return base::SealKeys::make({{"k2", base::Secret(std::string(32, 'c'))},
                                     {"k1", base::Secret(std::string(32, old))}},
                                    "k2",
                                    "k1")
            .value();
    };
    use(rotated('a'));

    EXPECT_TRUE(wrong(rotated('a')).empty());
    EXPECT_EQ(wrong(rotated('b')), std::vector<std::string>{"k1"});
    EXPECT_EQ(wrong(key("k2", 'a')), std::vector<std::string>{"k2"});
    EXPECT_EQ(known_ids(), 2);
}

std::string line(const std::string& id, char byte) {
    return id + ":" + base::to_base64(std::string(32, byte)) + "\n";
}

base::SealKeys file(const std::string& lines) {
    return base::SealKeys::parse(base::Secret(lines)).value();
}

// `echo key >> seal_keys` would make every row look changed.
TEST_P(SealCheck, RefusesAFileInWhichTheKeyOfTheDigestsIsNoLongerLast) {
    use(file(line("k1", 'a')));
    const base::SealKeys appended = file(line("k1", 'a') + line("k2", 'b'));

    const auto fault = digest_key_fault(*connection_, appended);
    ASSERT_TRUE(fault);
    EXPECT_NE(fault->find("the key k1 must stand on the last line"), std::string::npos) << *fault;
    EXPECT_THROW(use(appended), base::StoreError);
    EXPECT_EQ(known_ids(), 1);

    const base::SealKeys in_order = file(line("k2", 'b') + line("k1", 'a'));
    EXPECT_FALSE(digest_key_fault(*connection_, in_order));
    EXPECT_NO_THROW(use(in_order));
    EXPECT_TRUE(digest_key_fault(*connection_, appended));
}

TEST_P(SealCheck, GoesOnWithAnotherKeyOfTheDigestsWhenTheOldOneIsGone) {
    use(file(line("k2", 'b') + line("k1", 'a')));

    EXPECT_FALSE(digest_key_fault(*connection_, file(line("k2", 'b'))));
    use(file(line("k2", 'b')));
    EXPECT_TRUE(digest_key_fault(*connection_, file(line("k2", 'b') + line("k1", 'a'))));
}

TEST_P(SealCheck, HoldsNothingOfTheKeyAndNoSealedText) {
    const std::string secret(32, 'a');
    use(key("k1", 'a'));

    const auto stored =
        std::get<base::Bytes>(one("SELECT check_value FROM seal_key WHERE key_id = 'k1'")).data;
    EXPECT_EQ(stored, key("k1", 'a').check_value("k1"));
    EXPECT_EQ(stored.find(secret), std::string::npos);
}

TEST_P(SealCheck, AWriterWithTheWrongKeyIsRefusedBeforeItsFirstRow) {
    keep_reject(key("k1", 'a'));
    const std::int64_t batches = count("batch");

    EXPECT_THROW(keep_reject(key("k1", 'b')), base::StoreError);
    EXPECT_THROW(keep_people(key("k1", 'b'), 1), base::StoreError);

    EXPECT_EQ(count("reject"), 1);
    EXPECT_EQ(count("person"), 0);
    EXPECT_EQ(count("batch"), batches);
}

// Filled by a release that kept no check values, each kind of sealed value alone.
TEST_P(SealCheck, KnowsAKeyWithoutACheckValueByAnyPlaceThatHoldsSealedValues) {
    const auto expect_known = [&](const char* what) {
        SCOPED_TRACE(what);
        forget_checks();
        EXPECT_TRUE(wrong(key("k1", 'a')).empty());
        EXPECT_EQ(wrong(key("k1", 'b')), std::vector<std::string>{"k1"});
        EXPECT_TRUE(wrong(key("k2", 'b')).empty()) << "the id is new";
        EXPECT_THROW(use(key("k1", 'b')), base::StoreError);
        EXPECT_EQ(known_ids(), 0);
        use(key("k1", 'a'));
        EXPECT_EQ(known_ids(), 1);
    };
    keep_people(key("k1", 'a'), 1);
    expect_known("person");
    connection_->execute("DELETE FROM person", {});
    keep_reject(key("k1", 'a'));
    expect_known("reject");
    connection_->execute("DELETE FROM reject", {});
    keep_callback(key("k1", 'a'));
    expect_known("callback");
}

TEST_P(SealCheck, OneDamagedValueDoesNotMakeTheRightKeyWrong) {
    keep_callback(key("k1", 'a'));
    keep_reject(key("k1", 'a'));
    forget_checks();
    connection_->execute("UPDATE reject SET mapping = 'moved'", {});

    EXPECT_TRUE(wrong(key("k1", 'a')).empty());
}

TEST_P(SealCheck, LooksAtAStoreOfAnOlderVersionAndLeavesAnEmptyOneEmpty) {
    FreshStore other(GetParam());
    const auto connection = other->connect();
    EXPECT_TRUE(wrong_seal_keys(*connection, key("k1", 'a')).empty());
    EXPECT_EQ(schema_version(*connection), 0);

    constexpr int kBeforeCheckValues = 7;
    migrate(*connection, kBeforeCheckValues);
    model::Callback callback;
    callback.dedupe_key = "d";
    callback.received_at = clock_.now();
    CallbackInbox(*connection).add(callback, key("k1", 'a'), std::chrono::seconds(3));
    EXPECT_EQ(wrong_seal_keys(*connection, key("k1", 'b')), std::vector<std::string>{"k1"});

    migrate(*connection);
    EXPECT_EQ(wrong_seal_keys(*connection, key("k1", 'b')), std::vector<std::string>{"k1"});
    EXPECT_TRUE(wrong_seal_keys(*connection, key("k1", 'a')).empty());
    use_seal_key(*connection, key("k1", 'a'), clock_.now());
    migrate(*connection);
    EXPECT_EQ(wrong_seal_keys(*connection, key("k1", 'b')), std::vector<std::string>{"k1"});
}

INSTANTIATE_TEST_SUITE_P(Stores, SealCheck, testing::Values("sqlite", "postgres"), store_name);

}  // namespace
}  // namespace hrbridge::store
