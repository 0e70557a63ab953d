#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "daemon/app/credentials.h"
#include "daemon/base/clock.h"
#include "daemon/jobs/lease_keeper.h"
#include "migration/check/check_run.h"
#include "migration/check/verdict_store.h"
#include "migration/freeze/freeze.h"
#include "migration/ledger/ledger.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/migration/freeze/record_checks.h"
#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kProject = R"(project: bench
modules:
  - module: production
    title: {zh: 生产, en: Production}
    mappings: [test/operation]
    cut_over: 1h
    go_no_go:
      - {id: backup, zh: 已备份, en: Backed up}
)";

// Three accounts, two of them with a key each, and a sealed ledger.
class SignCommands : public testing::Test {
  protected:
    SignCommands() {
        bench_.folder.write("mappings/migration.yaml", kProject);
        secret("ledger_key", std::string(ledger::PrivateKey::generate().to_pem().reveal()));
        bench_.configure("migration: mappings/migration.yaml\nledger_key: {file: ledger_key}\n");
        for (const char* const name : {"impl", "li", "wang"}) {
            EXPECT_EQ(typed({"user", "add", name, "--role", "hr"}, kPassword + name + "\n").exit,
                      Exit::Done);
        }
        for (const char* const name : {"li", "wang"}) {
            enroll(name);
        }
    }

    std::string file(const std::string& name) const { return bench_.folder.file(name); }
    void secret(const std::string& name, const std::string& content) const {
        std::filesystem::permissions(
            bench_.folder.write(name, content),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    // The program with what somebody types.
    Ran typed(std::vector<std::string> words, const std::string& lines) const {
        const std::string input = bench_.folder.write("typed", lines);
        if (words.front() == "migrate") {
            words.insert(words.end(), {"--language", "en"});
        }
        return bench_.run_program(words, input);
    }
    static std::string lines_of(const std::string& name) {
        return kPassword + name + "\nphrase of " + name + "\n";
    }
    void enroll(const std::string& name) const {
        const Ran made = typed({"migrate", "key", "new", "--out", file(name + ".key")},
                               "phrase of " + name + "\n");
        ASSERT_EQ(made.exit, Exit::Done) << made.out;
        const Ran bound =
            typed({"migrate", "key", "register", "--account", name, "--key", file(name + ".key")},
                  lines_of(name));
        ASSERT_EQ(bound.exit, Exit::Done) << bound.out;
    }
    Ran signs(const std::string& name,
              const std::string& role,
              std::vector<std::string> more) const {
        std::vector<std::string> words{
            "migrate", "sign", "production", "--as", role, "--key", file(name + ".key")};
        words.insert(words.end(), more.begin(), more.end());
        return typed(words, lines_of(name));
    }

    // A rehearsal whose checks pass, frozen.
    void freeze_one() const {
        bench_.put_rows("A,Cut,production,\nB,Weld,oops,\n");
        ASSERT_EQ(bench_.run({"migrate", "rehearse", "production"}).exit, Exit::Done);
        store::StoreOptions live;
        live.path = file("hr.db");
        const auto store = store::open_store(live);
        const auto rehearsal = rehearsal::find(*store->connect(), "production", 1);
        const auto project = project::load_project(file("mappings/migration.yaml")).project.value();
        std::vector<engine::Mapping> mappings;
        mappings.push_back(
            engine::load_mapping(file("mappings/operation.map.yaml")).mapping.value());
        std::ifstream pem(file("ledger_key"));
        std::stringstream text;
        text << pem.rdbuf();
        const auto keys = ledger::KeyRing::parse(base::Secret(text.str())).value();
        test::MemoryLog log;
        const jobs::LeaseKeeper lease({*store, clock_, log}, rehearsal::lease_name("production"));
        freeze::record_checks({live, &keys, clock_, {lease.name(), lease.token()}, "impl"},
                              project,
                              *rehearsal,
                              {{check::kFormat, {passing(check::kFormat)}},
                               {check::kLogic, {passing(check::kLogic)}},
                               {check::kReconciliation, {passing(check::kReconciliation)}}});
        const freeze::Outcome frozen =
            freeze::freeze({live, &keys, clock_, {lease.name(), lease.token()}, "impl"},
                           project,
                           *project.find("production"),
                           mappings,
                           1);
        ASSERT_TRUE(frozen.frozen) << frozen.refused.front().code;
        freeze::record({live, &keys, clock_, {lease.name(), lease.token()}, "li"},
                       project,
                       *rehearsal,
                       {"spot_check", {passing("spot_check")}});
    }
    static check::Verdict passing(const std::string& check) {
        check::Verdict verdict;
        verdict.check = check;
        verdict.subject = "production";
        verdict.rule = "R1";
        verdict.outcome = ledger::Outcome::Pass;
        return verdict;
    }
    static inline const std::string kPassword = "correct horse of ";
    mutable base::SystemClock clock_;
    CommandBench bench_;
};

TEST_F(SignCommands, LeadFromKeysOverSignaturesToAReportThatIsChecked) {
    freeze_one();
    EXPECT_THAT(
        typed({"migrate", "plan"}, "").out,
        AllOf(HasSubstr("next: hrbridge migrate draw production 1"), Not(HasSubstr("not sealed"))));
    const Ran early = typed({"migrate", "go", "production"}, "");
    EXPECT_THAT(
        early.out,
        AllOf(HasSubstr("No checker's signature stands."), HasSubstr("Not answered: backup")));

    ASSERT_EQ(signs("li", "checker", {"--sheet-by", "li"}).exit, Exit::Done);
    EXPECT_THAT(signs("wang", "approver", {}).out, HasSubstr("name the account of who ran it"));
    const Ran approved = signs("wang", "approver", {"--loader", "impl"});
    ASSERT_EQ(approved.exit, Exit::Done) << approved.out;
    const Ran answered = typed({"migrate",
                                "go",
                                "production",
                                "--item",
                                "backup",
                                "--answer",
                                "go",
                                "--loader",
                                "impl",
                                "--key",
                                file("wang.key")},
                               lines_of("wang"));
    ASSERT_EQ(answered.exit, Exit::Done) << answered.out;
    EXPECT_THAT(answered.out, HasSubstr("hrbridge migrate promote production 1"));
    EXPECT_EQ(bench_.run({"migrate", "go", "production", "--json"}).json()["stands"], true);
    EXPECT_EQ(bench_.run({"store", "verify"}).exit, Exit::Done);

    for (const char* const form : {"html", "pdf"}) {
        const std::string report = file(std::string("report.") + form);
        const Ran made = bench_.run({"migrate", "report", "production", "--out", report});
        ASSERT_EQ(made.exit, Exit::Done) << made.errors;
        EXPECT_EQ(bench_.run({"migrate", "report", "--verify", report}).exit, Exit::Done);
        EXPECT_EQ(bench_.run({"migrate", "report", "production", "--out", report}).exit,
                  Exit::Usage)
            << "a file that is there is left alone";
        std::fstream(report, std::ios::in | std::ios::out | std::ios::binary).seekp(700).put('~');
        const Ran changed = bench_.run({"migrate", "report", "--verify", report});
        EXPECT_EQ(changed.exit, Exit::FaultsFound);
        EXPECT_THAT(changed.errors, HasSubstr("被改动过"));
    }

    const Ran promoted = typed({"migrate", "promote", "production"}, "");
    ASSERT_EQ(promoted.exit, Exit::Done) << promoted.out;
    EXPECT_THAT(typed({"migrate", "go", "production"}, "").out,
                AllOf(HasSubstr("This rehearsal is live"), Not(HasSubstr("migrate promote"))));
    EXPECT_THAT(typed({"migrate", "plan"}, "").out,
                AllOf(HasSubstr("promoted: rehearsal 1"),
                      HasSubstr("hrbridge migrate rollback production"),
                      HasSubstr("next: hrbridge store verify")));
    EXPECT_THAT(typed({"migrate", "promote", "production", "1"}, "").out,
                HasSubstr("rehearsal 1 is promoted, and only a frozen one goes live"));
}

TEST_F(SignCommands, SealNoReportWhoseFileCannotBeWritten) {
    freeze_one();
    const auto entries = [&] {
        return bench_.run({"store", "verify", "--json"}).json().at("entries").get<int>();
    };
    const int before = entries();
    const Ran ran =
        bench_.run({"migrate", "report", "production", "--out", file("nowhere/report.html")});
    EXPECT_EQ(ran.exit, Exit::Failed);
    EXPECT_EQ(ran.out, "") << "nothing was done that could be told";
    EXPECT_THAT(ran.errors, HasSubstr("没有生成报告"));
    EXPECT_EQ(entries(), before);
}

TEST_F(SignCommands, TakeNeitherAWrongPasswordNorAnothersKey) {
    freeze_one();
    const std::vector<std::string> words{"migrate",
                                         "sign",
                                         "production",
                                         "--as",
                                         "checker",
                                         "--sheet-by",
                                         "li",
                                         "--key",
                                         file("li.key")};
    EXPECT_THAT(typed(words, kPassword + "wang\nphrase of li\n").out,
                HasSubstr("not the password of account li"));
    EXPECT_THAT(typed(words, kPassword + "li\nphrase of wang\n").out,
                HasSubstr("not the key's passphrase"));
    EXPECT_THAT(typed(words, "").out, HasSubstr("There was no password"));
    EXPECT_EQ(bench_.run({"migrate", "go", "production", "--json"}).json()["signatures"].size(),
              0U);
}

TEST_F(SignCommands, KeepAPrivateKeyFromOthers) {
    EXPECT_EQ(std::filesystem::status(file("li.key")).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Ran again = typed({"migrate", "key", "new", "--out", file("li.key")}, "another phrase\n");
    EXPECT_EQ(again.exit, Exit::Failed);
    EXPECT_THAT(again.out, HasSubstr("it was left alone"));

    ASSERT_EQ(typed({"migrate", "key", "new", "--out", file("open.key"), "--unencrypted"}, "").exit,
              Exit::Done);
    std::filesystem::permissions(
        file("open.key"), std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    EXPECT_THAT(
        typed({"migrate", "key", "register", "--account", "impl", "--key", file("open.key")},
              kPassword + "impl\n")
            .out,
        HasSubstr("Others can read the key file"));
}

TEST_F(SignCommands, MakeNoKeyWithAPassphraseThatIsNone) {
    for (const char* const phrase : {"\n", "a\n", "123456789\n"}) {
        const Ran ran = typed({"migrate", "key", "new", "--out", file("new.key")}, phrase);
        EXPECT_EQ(ran.exit, Exit::Usage);
        EXPECT_THAT(ran.out, HasSubstr("at least 10 characters"));
        EXPECT_FALSE(std::filesystem::exists(file("new.key")));
    }
}

TEST_F(SignCommands, RevokeAKeyOnceThePasswordIsProven) {
    EXPECT_NE(typed({"migrate", "key", "revoke", "--account", "li"}, "wrong password\n").exit,
              Exit::Done);
    EXPECT_EQ(bench_.run({"migrate", "key", "list", "--json"}).json()[0]["until"], nullptr);
    EXPECT_EQ(typed({"migrate", "key", "revoke", "--account", "li", "--reason", "stolen"},
                    kPassword + "li\n")
                  .exit,
              Exit::Done);
    const auto keys = bench_.run({"migrate", "key", "list", "--json"}).json();
    EXPECT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0]["revoked"], "stolen");
}

TEST(Credentials, ThatAreNoneAreRefused) {
    for (const char* const packed : {"",
                                     "{}",
                                     "[]",
                                     R"({"password":1})",
                                     R"({"password":"zz"})",
                                     R"({"password":"70","key":1})",
                                     R"({"password":"70","key":"no key"})"}) {
        EXPECT_FALSE(unpack_credentials(packed)) << packed;
    }
    EXPECT_EQ(unpack_credentials(R"({"password":"70"})")->password.reveal(), "p");
}

}  // namespace
}  // namespace hrbridge::app
