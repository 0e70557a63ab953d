#include <gmock/gmock.h>

#include "daemon/app/local_services.h"
#include "daemon/app/store_commands.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"
#include "tests/daemon/app/support/command_bench.h"

namespace hrbridge::app {
namespace {

using test::CommandBench;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kPassword = "a good long password";
constexpr const char* kOther = "another long password";

// Commands about accounts as the daemon runs them, the password already read.
class UserCommands : public testing::Test {
  protected:
    UserCommands() {
        CommandLine line;
        line.config_file = bench_.folder.file("hrbridge.yaml");
        local_ = load_local_services(line);
        EXPECT_TRUE(local_->services) << local_->faults.front().what;
    }
    Ran run(const std::vector<std::string>& words, const std::string& input = {}) {
        const ParsedLine parsed = parse_command_line(words);
        EXPECT_FALSE(parsed.error) << *parsed.error;
        test::Collected output;
        const Exit exit =
            run_store_command({*local_->services, parsed.line, input, "uid 0", output, {}});
        return {exit, output.lines, output.errors};
    }
    void add(const std::string& name = "li") {
        EXPECT_EQ(run({"user", "add", name, "--role", "hr"}, kPassword).exit, Exit::Done);
    }
    model::Account account() {
        const auto connection = local_->services->store->connect();
        return *store::AccountRepository(*connection).find("li");
    }
    void log_in() {
        const auto connection = local_->services->store->connect();
        const auto now = local_->clock.now();
        store::AccountRepository(*connection)
            .add_session({"token", account().id, "form", now, now + std::chrono::hours(1), now});
    }
    bool has_session() {
        const auto connection = local_->services->store->connect();
        return store::AccountRepository(*connection).find_session("token").has_value();
    }
    std::string last_act() {
        const auto connection = local_->services->store->connect();
        const auto rows =
            connection->query("SELECT act, object FROM audit ORDER BY id DESC LIMIT 1", {});
        return rows->next() ? rows->text(0) + " " + rows->text(1) : "";
    }

    CommandBench bench_;
    std::unique_ptr<LocalServices> local_;
};

TEST_F(UserCommands, GiveANewPasswordAndEndTheSessionsOfTheOldOne) {
    add();
    log_in();
    EXPECT_EQ(run({"user", "password", "li"}, "short").exit, Exit::Usage);
    EXPECT_TRUE(has_session());
    EXPECT_TRUE(web::password_matches(kPassword, account().password_hash));

    EXPECT_EQ(run({"user", "password", "li"}, kOther).exit, Exit::Done);

    EXPECT_FALSE(has_session());
    EXPECT_TRUE(web::password_matches(kOther, account().password_hash));
    EXPECT_EQ(last_act(), "user.password li");
}

TEST_F(UserCommands, EnableAnAccountWithoutBringingASessionBack) {
    add();
    EXPECT_EQ(run({"user", "disable", "li"}).exit, Exit::Done);
    log_in();
    EXPECT_TRUE(account().disabled);

    EXPECT_EQ(run({"user", "enable", "li"}).exit, Exit::Done);

    EXPECT_FALSE(account().disabled);
    EXPECT_FALSE(has_session());
    EXPECT_EQ(last_act(), "user.enable li");
}

TEST_F(UserCommands, GiveAnotherRoleAndEndTheSessionsOfTheOldOne) {
    add();
    log_in();
    EXPECT_EQ(run({"user", "role", "li"}).exit, Exit::Usage);
    EXPECT_TRUE(has_session());

    EXPECT_EQ(run({"user", "role", "li", "--role", "checker"}).exit, Exit::Done);

    EXPECT_FALSE(has_session());
    EXPECT_EQ(account().role, model::Role::Checker);
    EXPECT_EQ(last_act(), "user.role li");
}

TEST_F(UserCommands, SayWhoOfWeComMayLogInAndEndTheSessionsOfBefore) {
    add();
    log_in();
    EXPECT_EQ(run({"user", "wecom", "li"}).exit, Exit::Usage);
    EXPECT_EQ(run({"user", "wecom", "li", "--userid", "a|b"}).exit, Exit::Usage);
    EXPECT_EQ(run({"user", "wecom", "li", "--userid", "@all"}).exit, Exit::Usage);
    EXPECT_TRUE(has_session());

    EXPECT_EQ(run({"user", "wecom", "li", "--userid", "LiLei"}).exit, Exit::Done);

    EXPECT_EQ(account().wecom_userid, "lilei");
    EXPECT_FALSE(has_session());
    EXPECT_EQ(last_act(), "user.wecom li");
    EXPECT_EQ(run({"user", "wecom", "li", "--none"}).exit, Exit::Done);
    EXPECT_EQ(account().wecom_userid, std::nullopt);
}

TEST_F(UserCommands, GiveAMemberOfWeComOneAccountOnly) {
    add();
    EXPECT_EQ(run({"user", "wecom", "li", "--userid", "lilei"}).exit, Exit::Done);

    const Ran ran = run({"user", "add", "wang", "--role", "hr", "--wecom", "LILEI"}, kPassword);

    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors, HasSubstr("account li has this userid already"));
}

TEST_F(UserCommands, AddAnAccountThatLogsInByWeComAlone) {
    EXPECT_EQ(run({"user", "add", "li", "--role", "hr", "--no-password"}).exit, Exit::Usage);

    EXPECT_EQ(run({"user", "add", "li", "--role", "hr", "--no-password", "--wecom", "lilei"}).exit,
              Exit::Done);

    EXPECT_FALSE(web::password_matches("", account().password_hash));
    EXPECT_THAT(run({"user", "list"}).out, HasSubstr("no password WeCom lilei"));
}

TEST_F(UserCommands, WarnOfAUseridWhileNobodyCanLogInByWeCom) {
    const Ran added =
        run({"user", "add", "li", "--role", "hr", "--no-password", "--wecom", "lilei"});
    EXPECT_EQ(added.exit, Exit::Done);
    EXPECT_THAT(added.errors, AllOf(HasSubstr("warning: "), HasSubstr("wecom.login")));

    const Ran changed = run({"user", "wecom", "li", "--userid", "lilei2"});
    EXPECT_THAT(changed.errors, HasSubstr("wecom.login"));
    EXPECT_EQ(run({"user", "wecom", "li", "--none"}).errors, "");

    local_->services->config.wecom.emplace().login.emplace();
    EXPECT_EQ(run({"user", "wecom", "li", "--userid", "lilei"}).errors, "");
}

TEST_F(UserCommands, KnowOnlyAccountsThatAreThere) {
    EXPECT_EQ(run({"user", "enable", "wang"}).exit, Exit::Usage);
    const Ran ran = run({"user", "password", "wang"}, kOther);
    EXPECT_EQ(ran.exit, Exit::Usage);
    EXPECT_THAT(ran.errors, HasSubstr("no such account"));
}

TEST_F(UserCommands, RefuseNamesThatCannotBeSeenOrToldApart) {
    for (const std::string& name : {std::string(" "),
                                    std::string("li\n"),
                                    std::string("li\twang"),
                                    std::string("\x1b[31mli"),
                                    std::string("li "),
                                    std::string("　"),
                                    std::string("\u202Eil"),
                                    std::string("l\u200Bi"),
                                    std::string("li\u2028"),
                                    std::string("\xFF"),
                                    std::string(65, 'a')}) {
        const Ran ran = run({"user", "add", name, "--role", "hr"}, kPassword);
        EXPECT_EQ(ran.exit, Exit::Usage) << name;
        EXPECT_THAT(ran.errors, HasSubstr("a name has")) << name;
    }
    for (const char* name : {"li", "李 雷", "li.lei@example.com"}) {
        add(name);
    }
}

TEST_F(UserCommands, TakeTheNewPasswordFromStandardInputWithoutATerminal) {
    add();
    const std::string input = bench_.folder.write("password", std::string(kOther) + "\n");
    const Ran ran = bench_.run_program({"user", "password", "li"}, input);
    EXPECT_EQ(ran.exit, Exit::Done) << ran.out;
    EXPECT_TRUE(web::password_matches(kOther, account().password_hash));
}

}  // namespace
}  // namespace hrbridge::app
