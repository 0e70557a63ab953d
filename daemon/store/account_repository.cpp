#include <array>
#include <stdexcept>
#include <string_view>

#include "daemon/base/error.h"
#include "daemon/store/account_rights.h"
#include "daemon/store/local_transaction.h"
#include "daemon/store/repositories.h"

namespace hrbridge::store {
namespace {

using model::Role;

constexpr std::string_view kSelect =
    "SELECT id, name, role, password_hash, wecom_userid, disabled FROM account ";
constexpr std::string_view kAdd =
    "INSERT INTO account (name, role, password_hash, wecom_userid, disabled, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kMayLogIn =
    "SELECT id FROM account WHERE id = $1 AND NOT disabled AND password_hash = $2 AND role = $3 "
    "AND coalesce(wecom_userid, '') = $4";
constexpr std::string_view kSetPassword = "UPDATE account SET password_hash = $2 WHERE id = $1";
constexpr std::string_view kSetRole = "UPDATE account SET role = $2 WHERE id = $1";
constexpr std::string_view kSetWecom = "UPDATE account SET wecom_userid = $2 WHERE id = $1";
constexpr std::string_view kSetDisabled = "UPDATE account SET disabled = $2 WHERE id = $1";
constexpr std::string_view kAddSession =
    "INSERT INTO session (token_hash, account_id, form_token, created_at, expires_at, last_seen) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kFindSession =
    "SELECT token_hash, account_id, form_token, created_at, expires_at, last_seen FROM session "
    "WHERE token_hash = $1";
constexpr std::string_view kTouchSession =
    "UPDATE session SET last_seen = $2 WHERE token_hash = $1";
constexpr std::string_view kEndSession = "DELETE FROM session WHERE token_hash = $1";
constexpr std::string_view kEndSessions = "DELETE FROM session WHERE account_id = $1";

struct RoleName {
    Role role;
    std::string_view name;
};
constexpr std::array kRoles{RoleName{Role::Operator, "operator"},
                            RoleName{Role::Implementer, "implementer"},
                            RoleName{Role::Hr, "hr"},
                            RoleName{Role::Checker, "checker"}};

std::string name_of(Role role) {
    for (const RoleName& known : kRoles) {
        if (known.role == role) {
            return std::string(known.name);
        }
    }
    throw std::logic_error("a role without a name");
}

Role role_of(const std::string& name) {
    for (const RoleName& known : kRoles) {
        if (known.name == name) {
            return known.role;
        }
    }
    throw base::StoreError("role", base::Remedy::Stop, "an account has an unknown role");
}

model::Account read_account(const sql::Rows& rows) {
    model::Account account;
    account.id = rows.integer(0);
    account.name = rows.text(1);
    account.role = role_of(rows.text(2));
    account.password_hash = rows.text(3);
    account.wecom_userid = rows.optional_text(4);
    account.disabled = rows.boolean(5);
    return account;
}

}  // namespace

std::optional<model::Account> AccountRepository::find(const std::string& name) {
    const auto rows = connection_.query(std::string(kSelect) + "WHERE name = $1", {name});
    return rows->next() ? std::optional{read_account(*rows)} : std::nullopt;
}

std::optional<model::Account> AccountRepository::find(std::int64_t id) {
    const auto rows = connection_.query(std::string(kSelect) + "WHERE id = $1", {id});
    return rows->next() ? std::optional{read_account(*rows)} : std::nullopt;
}

std::vector<model::Account> AccountRepository::all() {
    std::vector<model::Account> accounts;
    const auto rows = connection_.query(std::string(kSelect) + "ORDER BY name", {});
    while (rows->next()) {
        accounts.push_back(read_account(*rows));
    }
    return accounts;
}

void AccountRepository::add(const model::Account& account, base::Timestamp now) {
    connection_.execute(kAdd,
                        {account.name,
                         name_of(account.role),
                         account.password_hash,
                         to_value(account.wecom_userid),
                         account.disabled,
                         now});
}

bool AccountRepository::may_log_in(const model::Account& account) {
    return connection_
        .query(std::string(kMayLogIn) + for_update(connection_),
               {account.id,
                account.password_hash,
                name_of(account.role),
                account.wecom_userid.value_or("")})
        ->next();
}

void AccountRepository::set_password(std::int64_t id, const std::string& hash) {
    connection_.execute(kSetPassword, {id, hash});
}

void AccountRepository::set_disabled(std::int64_t id, bool disabled) {
    connection_.execute(kSetDisabled, {id, disabled});
}

void AccountRepository::add_session(const model::Session& session) {
    connection_.execute(kAddSession,
                        {base::Bytes{session.token_hash},
                         session.account_id,
                         session.form_token,
                         session.created_at,
                         session.expires_at,
                         session.last_seen});
}

std::optional<model::Session> AccountRepository::find_session(const std::string& token_hash) {
    const auto rows = connection_.query(kFindSession, {base::Bytes{token_hash}});
    if (!rows->next()) {
        return std::nullopt;
    }
    return model::Session{rows->bytes(0),
                          rows->integer(1),
                          rows->text(2),
                          rows->timestamp(3),
                          rows->timestamp(4),
                          rows->timestamp(5)};
}

void AccountRepository::touch_session(const std::string& token_hash, base::Timestamp at) {
    connection_.execute(kTouchSession, {base::Bytes{token_hash}, at});
}

void AccountRepository::end_session(const std::string& token_hash) {
    connection_.execute(kEndSession, {base::Bytes{token_hash}});
}

void AccountRepository::end_sessions(std::int64_t account_id) {
    connection_.execute(kEndSessions, {account_id});
}

std::int64_t AccountRepository::purge_sessions(base::Timestamp before) {
    return connection_.execute("DELETE FROM session WHERE expires_at < $1", {before});
}

std::optional<model::Account> AccountRights::find_wecom(const std::string& userid) {
    const auto rows = connection_.query(std::string(kSelect) + "WHERE wecom_userid = $1", {userid});
    return rows->next() ? std::optional{read_account(*rows)} : std::nullopt;
}

void AccountRights::set_wecom(std::int64_t id, const std::optional<std::string>& userid) {
    connection_.execute(kSetWecom, {id, to_value(userid)});
}

void AccountRights::set_role(std::int64_t id, model::Role role) {
    connection_.execute(kSetRole, {id, name_of(role)});
}

}  // namespace hrbridge::store
