#include <filesystem>

#include <gmock/gmock.h>

#include "daemon/store/store.h"
#include "migration/ledger/ledger.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/support/manual_clock.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class LedgerCommands : public testing::Test {
  protected:
    void use_key(const ledger::PrivateKey& key) const {
        std::filesystem::permissions(
            bench_.folder.write("ledger_key", key.to_pem().reveal()),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        bench_.configure("ledger_key: {file: ledger_key}\n");
    }
    std::unique_ptr<store::sql::Connection> connect() const {
        store::StoreOptions options;
        options.path = bench_.folder.file("hr.db");
        auto connection = store::open_store(options)->connect();
        store::migrate(*connection);
        return connection;
    }
    void append(int entries, const ledger::KeyRing* keys) const {
        const auto connection = connect();
        for (int i = 0; i < entries; ++i) {
            store::sql::Transaction transaction(*connection);
            ledger::Ledger(*connection, keys)
                .append({test::ManualClock::default_start(),
                         "core_hr",
                         "impl01",
                         ledger::MappingFrozen{"core_hr/person", {}}});
            transaction.commit();
        }
    }
    void change(const std::string& sql) const { connect()->run_script(sql); }
    std::string head_line() const {
        return bench_.run({"store", "head", "--json"}).json()["line"].get<std::string>();
    }

    CommandBench bench_;
    ledger::PrivateKey key_ = ledger::PrivateKey::generate();
    ledger::KeyRing ring_{key_};
};

TEST_F(LedgerCommands, SayThatThereIsNoEntry) {
    const Ran verified = bench_.run({"store", "verify"});
    EXPECT_EQ(verified.exit, Exit::Done);
    EXPECT_THAT(verified.out, AllOf(HasSubstr("[未核查] 链"), HasSubstr("没有任何条目")));
    const Ran head = bench_.run({"store", "head", "--language", "en"});
    EXPECT_EQ(head.exit, Exit::Failed);
    EXPECT_EQ(head.errors, "The ledger has no entry, and so no head.\n");
    EXPECT_EQ(head.out, "");
}

TEST_F(LedgerCommands, PrintASealedHeadAndVerifyAgainstIt) {
    use_key(key_);
    append(3, &ring_);
    const Ran head = bench_.run({"store", "head", "--language", "en"});
    ASSERT_EQ(head.exit, Exit::Done) << head.errors;
    EXPECT_THAT(head.out, AllOf(HasSubstr("HRH1-"), HasSubstr("Entry 4 of 2024-05-06")));
    EXPECT_EQ(head.out.substr(0, head.out.find('\n')), head_line());

    const Ran verified = bench_.run({"store", "verify", "--head", head_line(), "--language", "en"});
    EXPECT_EQ(verified.exit, Exit::Done);
    EXPECT_THAT(verified.out,
                AllOf(HasSubstr("[pass] printed head: Entry 4"),
                      HasSubstr("everything was checked"),
                      Not(HasSubstr("not checked"))));
    EXPECT_THAT(bench_.run({"store", "verify", "--language", "en"}).out,
                HasSubstr("Not checked against a printed head"));
}

TEST_F(LedgerCommands, EndWithThreeAndSayWhereTheLedgerWasChanged) {
    use_key(key_);
    append(4, &ring_);
    const std::string line = head_line();
    change("UPDATE ledger_entry SET actor = 'other' WHERE seq = 3");

    const Ran verified = bench_.run({"store", "verify", "--head", line, "--json"});
    EXPECT_EQ(verified.exit, Exit::FaultsFound);
    const auto json = verified.json();
    EXPECT_EQ(json["outcome"], "fail");
    ASSERT_EQ(json["findings"].size(), 1U);
    EXPECT_EQ(json["findings"][0]["entry"], 3);
    EXPECT_EQ(json["findings"][0]["code"], "entry_changed");
    EXPECT_EQ(json["findings_total"], 1);
    EXPECT_EQ(json["checks"].size(), 9U);
    EXPECT_THAT(bench_.run({"store", "verify", "--language", "en"}).out,
                AllOf(HasSubstr("[FAIL] chain"), HasSubstr("entry 3: It does not fit its hash")));

    change("UPDATE ledger_entry SET actor = 'impl01' WHERE seq = 3");
    change("DELETE FROM ledger_entry WHERE seq = 5");
    const Ran cut = bench_.run({"store", "verify", "--head", line});
    EXPECT_EQ(cut.exit, Exit::FaultsFound);
    EXPECT_THAT(cut.out, AllOf(HasSubstr("第 5 条：现在只有到第 4 条为止"), HasSubstr("被截掉")));
    EXPECT_EQ(bench_.run({"store", "verify"}).exit, Exit::Done);
}

TEST_F(LedgerCommands, RefuseALineThatWasMistyped) {
    use_key(key_);
    append(1, &ring_);
    std::string line = head_line();
    line[12] = line[12] == 'A' ? 'B' : 'A';
    const Ran verified = bench_.run({"store", "verify", "--head", line, "--language", "en"});
    EXPECT_EQ(verified.exit, Exit::Usage);
    EXPECT_THAT(verified.errors, HasSubstr("Group 1 of the line has a wrong character"));
    EXPECT_EQ(verified.out, "");
}

TEST_F(LedgerCommands, SealALedgerThatBeganWithoutAKey) {
    append(2, nullptr);
    const Ran without = bench_.run({"store", "head", "--language", "en"});
    EXPECT_EQ(without.exit, Exit::Usage);
    EXPECT_THAT(without.errors, HasSubstr("openssl genpkey -algorithm ed25519"));
    EXPECT_THAT(bench_.run({"store", "verify", "--language", "en"}).out,
                HasSubstr("No entry is sealed"));

    use_key(key_);
    EXPECT_EQ(bench_.run({"store", "head"}).exit, Exit::Done);
    EXPECT_EQ(bench_.run({"store", "head", "--json"}).json()["entry"], 3);
    EXPECT_EQ(bench_.run({"store", "verify", "--json", "--head", head_line()}).json()["outcome"],
              "pass");
}

TEST_F(LedgerCommands, PrintNoHeadThatWouldNotHold) {
    use_key(key_);
    append(1, &ring_);
    change("UPDATE ledger_entry SET at = at + 1 WHERE seq = 2");
    const Ran head = bench_.run({"store", "head", "--language", "en"});
    EXPECT_EQ(head.exit, Exit::FaultsFound);
    EXPECT_THAT(head.errors, HasSubstr("hrbridge store verify"));
    EXPECT_EQ(head.out, "");
}

TEST_F(LedgerCommands, FindAnotherKeyThanTheConfiguredOne) {
    append(1, &ring_);
    use_key(ledger::PrivateKey::generate());
    const Ran verified = bench_.run({"store", "verify", "--json"});
    EXPECT_EQ(verified.exit, Exit::FaultsFound);
    EXPECT_EQ(verified.json()["findings"][0]["code"], "key_other");
    EXPECT_EQ(verified.json()["findings"][0]["entry"], nullptr);
}

TEST_F(LedgerCommands, NameTheKeyThatSealsABackupAmongWhatARestoreNeeds) {
    use_key(key_);
    const std::string shown = key_.public_key().fingerprint().hex().substr(0, 16);

    const Ran empty =
        bench_.run({"store", "backup", "--to", bench_.folder.file("empty"), "--language", "en"});
    EXPECT_THAT(empty.out, HasSubstr("sealed by the ledger's key " + shown + "…"));
    EXPECT_THAT(empty.out, HasSubstr(", the ledger's key " + shown + "…. Keep"));

    append(1, &ring_);
    const Ran later =
        bench_.run({"store", "backup", "--to", bench_.folder.file("later"), "--language", "en"});
    EXPECT_THAT(later.out, HasSubstr(", the ledger's key " + shown + "…. Keep"));
}

TEST_F(LedgerCommands, RefuseAKeyThatOthersReadOrThatIsNone) {
    bench_.folder.write("ledger_key", key_.to_pem().reveal());
    bench_.configure("ledger_key: {file: ledger_key}\n");
    std::filesystem::permissions(bench_.folder.file("ledger_key"),
                                 std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    EXPECT_THAT(bench_.run({"check"}).errors, HasSubstr("can be read by everybody"));

    bench_.folder.write("ledger_key", "k1:c2VjcmV0\n");
    std::filesystem::permissions(
        bench_.folder.file("ledger_key"),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Ran checked = bench_.run({"check"});
    EXPECT_EQ(checked.exit, Exit::Usage);
    EXPECT_THAT(checked.errors + checked.out,
                AllOf(HasSubstr("hrbridge.yaml:6: ledger_key: holds no PEM private key"),
                      Not(HasSubstr("c2VjcmV0"))));
}

}  // namespace
}  // namespace hrbridge::app
