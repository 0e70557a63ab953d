#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/store_commands.h"
#include "daemon/base/text.h"
#include "daemon/store/repositories.h"
#include "daemon/web/passwords.h"

namespace hrbridge::app {
namespace {

std::optional<model::Role> role_of(const std::string& text) {
    if (text == "operator") {
        return model::Role::Operator;
    }
    if (text == "implementer") {
        return model::Role::Implementer;
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
    }
    return "operator";
}

Exit add_user(const CommandContext& context, store::sql::Connection& connection) {
    const std::string& name = context.line.arguments.front();
    const auto role = role_of(context.line.option("role"));
    const std::string& password = context.input;
    store::AccountRepository accounts(connection);
    std::string problem;
    if (!role) {
        problem = "give --role operator, implementer or hr";
    } else if (accounts.find(name)) {
        problem = "there is an account of this name already";
    } else if (name.empty() || name.size() > 64 || !base::is_valid_utf8(name)) {
        problem = "a name has 1 to 64 bytes of UTF-8 text";
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

Exit disable_user(const CommandContext& context, store::sql::Connection& connection) {
    store::AccountRepository accounts(connection);
    const auto account = accounts.find(context.line.arguments.front());
    if (!account) {
        context.output.error("there is no such account; hrbridge user list shows them");
        return Exit::Usage;
    }
    store::sql::Transaction transaction(connection);
    accounts.disable(account->id);
    accounts.end_sessions(account->id);
    store::AuditRepository(connection)
        .add(context.actor, "user.disable", account->name, "", context.services.clock.now());
    transaction.commit();
    context.output.line(fmt::format("account {} disabled, its sessions ended", account->name));
    return Exit::Done;
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
