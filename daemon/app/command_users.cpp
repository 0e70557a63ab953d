#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "daemon/app/store_commands.h"
#include "daemon/base/text.h"
#include "daemon/store/account_rights.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kMostNameBytes = 64;
constexpr const char* kGiveARole = "give --role operator, implementer, hr or checker";

std::optional<model::Role> role_of(const std::string& text) {
    if (text == "operator") {
        return model::Role::Operator;
    }
    if (text == "implementer") {
        return model::Role::Implementer;
    }
    if (text == "checker") {
        return model::Role::Checker;
    }
    return text == "hr" ? std::optional(model::Role::Hr) : std::nullopt;
}

const char* word(model::Role role) {
    switch (role) {
        case model::Role::Operator:
            return "operator";
        case model::Role::Implementer:
            return "implementer";
        case model::Role::Hr:
            return "hr";
        case model::Role::Checker:
            return "checker";
    }
    return "operator";
}

// Names stand in lists, logs and the audit: two of them must not look alike, nor a name be none.
bool is_account_name(const std::string& name) {
    if (name.empty() || name.size() > kMostNameBytes || !base::is_valid_utf8(name)) {
        return false;
    }
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(name);
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        const bool hidden = (U_GET_GC_MASK(c) & (U_GC_CF_MASK | U_GC_CO_MASK)) != 0;
        if (hidden || (u_isgraph(c) == 0 && u_charType(c) != U_SPACE_SEPARATOR)) {
            return false;
        }
    }
    return u_isUWhiteSpace(text.char32At(0)) == 0 &&
           u_isUWhiteSpace(text.char32At(text.length() - 1)) == 0;
}

// One person's; the platform knows no case.
std::string wecom_problem(store::sql::Connection& connection, const std::string& userid) {
    if (userid.empty() || userid.size() > kMostNameBytes || userid.front() == '@' ||
        userid.find_first_of("| \t\r\n") != std::string::npos || !is_account_name(userid)) {
        return "that is no userid; the console's 通讯录 › 成员 shows a person's (账号)";
    }
    const auto other = store::AccountRights(connection).find_wecom(userid);
    return other ? fmt::format("account {} has this userid already", other->name) : std::string();
}

// What stands against the ways by which the account would log in.
std::string proof_problem(const CommandContext& context, store::sql::Connection& connection) {
    const CommandLine& line = context.line;
    if (line.has("wecom")) {
        const std::string problem =
            wecom_problem(connection, base::to_lower_ascii(line.option("wecom")));
        if (!problem.empty()) {
            return problem;
        }
    }
    if (line.has("no-password")) {
        return line.has("wecom") ? "" : "without a password give --wecom: who it is for";
    }
    return web::password_fault(context.input);
}

// An account of WeCom alone nobody could use otherwise, and nothing would say why.
void warn_without_login(const CommandContext& context) {
    const auto& wecom = context.services.config.wecom;
    if (!wecom || !wecom->login) {
        context.output.error(
            "warning: nobody can log in by WeCom yet: hrbridge.yaml has no wecom.login; set "
            "wecom: {login: true} beside its other keys");
    }
}

Exit add_user(const CommandContext& context, store::sql::Connection& connection) {
    const CommandLine& line = context.line;
    const std::string& name = line.arguments.front();
    const auto role = role_of(line.option("role"));
    store::AccountRepository accounts(connection);
    std::string problem;
    if (!role) {
        problem = kGiveARole;
    } else if (accounts.find(name)) {
        problem = "there is an account of this name already";
    } else if (!is_account_name(name)) {
        problem =
            "a name has 1 to 64 bytes of UTF-8 text, no blank at its ends, and no line end or "
            "other character that cannot be seen";
    } else {
        problem = proof_problem(context, connection);
    }
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    model::Account account;
    account.name = name;
    account.role = *role;
    account.password_hash = line.has("no-password") ? "" : web::hash_password(context.input);
    if (line.has("wecom")) {
        account.wecom_userid = base::to_lower_ascii(line.option("wecom"));
    }
    const auto now = context.services.clock.now();
    store::sql::Transaction transaction(connection);
    accounts.add(account, now);
    store::AuditRepository(connection).add(context.actor, "user.add", name, word(*role), now);
    transaction.commit();
    context.output.line(fmt::format("account {} ({}) added", name, word(*role)));
    if (account.wecom_userid) {
        warn_without_login(context);
    }
    return Exit::Done;
}

struct Change {
    const char* act;      // of the audit
    std::string done;     // for who gave the command
    std::string to = {};  // of the audit
};

// Changes an account, ends its sessions and notes who did it, or nothing of these.
Exit change_user(const CommandContext& context,
                 store::sql::Connection& connection,
                 const Change& what,
                 const std::function<void(store::AccountRepository&, std::int64_t id)>& change) {
    store::AccountRepository accounts(connection);
    const auto account = accounts.find(context.line.arguments.front());
    if (!account) {
        context.output.error("there is no such account; hrbridge user list shows them");
        return Exit::Usage;
    }
    store::sql::Transaction transaction(connection);
    change(accounts, account->id);
    accounts.end_sessions(account->id);
    store::AuditRepository(connection)
        .add(context.actor, what.act, account->name, what.to, context.services.clock.now());
    transaction.commit();
    context.output.line(fmt::format("account {} {}", account->name, what.done));
    return Exit::Done;
}

Exit disable_user(const CommandContext& context, store::sql::Connection& connection) {
    return change_user(context,
                       connection,
                       {"user.disable", "disabled, its sessions ended"},
                       [](auto& accounts, std::int64_t id) { accounts.set_disabled(id, true); });
}

// A session of the time before it was disabled must not come to life again.
Exit enable_user(const CommandContext& context, store::sql::Connection& connection) {
    return change_user(
        context, connection, {"user.enable", "enabled"}, [](auto& accounts, std::int64_t id) {
            accounts.set_disabled(id, false);
        });
}

Exit change_role(const CommandContext& context, store::sql::Connection& connection) {
    const auto role = role_of(context.line.option("role"));
    if (!role) {
        context.output.error(kGiveARole);
        return Exit::Usage;
    }
    return change_user(
        context,
        connection,
        {"user.role", fmt::format("is {} now, its sessions ended", word(*role)), word(*role)},
        [&](auto&, std::int64_t id) { store::AccountRights(connection).set_role(id, *role); });
}

Exit change_wecom(const CommandContext& context, store::sql::Connection& connection) {
    const CommandLine& line = context.line;
    if (line.has("userid") == line.has("none")) {
        context.output.error("give --userid USERID, or --none");
        return Exit::Usage;
    }
    std::optional<std::string> userid;
    if (line.has("userid")) {
        userid = base::to_lower_ascii(line.option("userid"));
        const std::string problem = wecom_problem(connection, *userid);
        if (!problem.empty()) {
            context.output.error(problem);
            return Exit::Usage;
        }
    }
    const Exit exit = change_user(
        context,
        connection,
        {"user.wecom",
         userid ? fmt::format("may log in as {} of WeCom, its sessions ended", *userid)
                : "may not log in by WeCom any more, its sessions ended",
         userid.value_or("none")},
        [&](auto&, std::int64_t id) { store::AccountRights(connection).set_wecom(id, userid); });
    if (exit == Exit::Done && userid) {
        warn_without_login(context);
    }
    return exit;
}

Exit change_password(const CommandContext& context, store::sql::Connection& connection) {
    const std::string problem = web::password_fault(context.input);
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    return change_user(context,
                       connection,
                       {"user.password", "has its new password, its sessions ended"},
                       [&](auto& accounts, std::int64_t id) {
                           accounts.set_password(id, web::hash_password(context.input));
                       });
}

}  // namespace

Exit run_users(const CommandContext& context) {
    const auto connection = context.services.store->connect();
    if (context.line.command == "user add") {
        return add_user(context, *connection);
    }
    if (context.line.command == "user role") {
        return change_role(context, *connection);
    }
    if (context.line.command == "user wecom") {
        return change_wecom(context, *connection);
    }
    if (context.line.command == "user disable") {
        return disable_user(context, *connection);
    }
    if (context.line.command == "user enable") {
        return enable_user(context, *connection);
    }
    if (context.line.command == "user password") {
        return change_password(context, *connection);
    }
    nlohmann::json all = nlohmann::json::array();
    for (const model::Account& account : store::AccountRepository(*connection).all()) {
        if (context.line.has("json")) {
            all.push_back({{"name", account.name},
                           {"role", word(account.role)},
                           {"password", !account.password_hash.empty()},
                           {"wecom", account.wecom_userid.value_or("")},
                           {"disabled", account.disabled}});
            continue;
        }
        context.output.line(
            fmt::format("{:<20} {:<12}{}{}{}",
                        account.name,
                        word(account.role),
                        account.password_hash.empty() ? " no password" : "",
                        account.wecom_userid ? " WeCom " + *account.wecom_userid : std::string(),
                        account.disabled ? " disabled" : ""));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
