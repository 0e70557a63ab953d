#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "daemon/app/store_commands.h"
#include "daemon/base/text.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kMostNameBytes = 64;

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

Exit add_user(const CommandContext& context, store::sql::Connection& connection) {
    const std::string& name = context.line.arguments.front();
    const auto role = role_of(context.line.option("role"));
    const std::string& password = context.input;
    store::AccountRepository accounts(connection);
    std::string problem;
    if (!role) {
        problem = "give --role operator, implementer, hr or checker";
    } else if (accounts.find(name)) {
        problem = "there is an account of this name already";
    } else if (!is_account_name(name)) {
        problem =
            "a name has 1 to 64 bytes of UTF-8 text, no blank at its ends, and no line end or "
            "other character that cannot be seen";
    } else {
        problem = web::password_fault(password);
    }
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    model::Account account;
    account.name = name;
    account.role = *role;
    account.password_hash = web::hash_password(password);
    const auto now = context.services.clock.now();
    store::sql::Transaction transaction(connection);
    accounts.add(account, now);
    store::AuditRepository(connection).add(context.actor, "user.add", name, word(*role), now);
    transaction.commit();
    context.output.line(fmt::format("account {} ({}) added", name, word(*role)));
    return Exit::Done;
}

// Changes an account, ends its sessions and notes who did it, or nothing of these.
Exit change_user(const CommandContext& context,
                 store::sql::Connection& connection,
                 const char* act,
                 const char* done,
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
        .add(context.actor, act, account->name, "", context.services.clock.now());
    transaction.commit();
    context.output.line(fmt::format("account {} {}", account->name, done));
    return Exit::Done;
}

Exit disable_user(const CommandContext& context, store::sql::Connection& connection) {
    return change_user(context,
                       connection,
                       "user.disable",
                       "disabled, its sessions ended",
                       [](auto& accounts, std::int64_t id) { accounts.set_disabled(id, true); });
}

// A session of the time before it was disabled must not come to life again.
Exit enable_user(const CommandContext& context, store::sql::Connection& connection) {
    return change_user(
        context, connection, "user.enable", "enabled", [](auto& accounts, std::int64_t id) {
            accounts.set_disabled(id, false);
        });
}

Exit change_password(const CommandContext& context, store::sql::Connection& connection) {
    const std::string problem = web::password_fault(context.input);
    if (!problem.empty()) {
        context.output.error(problem);
        return Exit::Usage;
    }
    return change_user(context,
                       connection,
                       "user.password",
                       "has its new password, its sessions ended",
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
                           {"disabled", account.disabled}});
            continue;
        }
        context.output.line(fmt::format("{:<20} {:<12}{}",
                                        account.name,
                                        word(account.role),
                                        account.disabled ? " disabled" : ""));
    }
    if (context.line.has("json")) {
        context.output.line(all.dump(2));
    }
    return Exit::Done;
}

}  // namespace hrbridge::app
